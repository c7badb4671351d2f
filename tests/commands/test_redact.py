"""`qa-pipeline redact test`: what would be masked, and why, as people run it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.conftest import Typed
from tests.own_settings import begin_project


@pytest.fixture
def project(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    begin_project(monkeypatch, tmp_path)
    return tmp_path


def test_a_text_is_shown_as_it_would_be_stored_with_the_reasons(project: Path, typed: Typed) -> None:
    done = typed("redact", "test", "--text", "my card is 4111 1111 1111 1111, order number 88374655")
    assert done.code == 0
    assert "customer: my card is [card], order number 88374655" in done.out
    assert 'card, masked: "4111 1111 1111 1111" (shape' in done.out


def test_a_dialogue_is_looked_at_as_a_whole_by_the_settings(project: Path, typed: Typed) -> None:
    (project / "qa.toml").write_text('[redaction]\ncard = "last4"\n', encoding="utf-8")
    dialogue = project / "call.txt"
    dialogue.write_text("customer: It's 4111 1111\nagent: uh-huh\ncustomer: 1111 1111\nagent: Thanks, Ana.\n")
    done = typed("redact", "test", "--dialogue", str(dialogue), "--known", "customer_name=Ana López")
    assert "customer: [card …1111]" in done.out
    assert "agent: Thanks, [name]." in done.out
    assert "a value of the call's metadata" in done.out


def test_redaction_that_is_off_is_said(project: Path, typed: Typed) -> None:
    (project / "qa.toml").write_text('redaction = "off"\n', encoding="utf-8")
    done = typed("redact", "test", "--text", "my card is 4111 1111 1111 1111")
    assert "redaction is off" in done.out
    assert "my card is 4111 1111 1111 1111" in done.out


@pytest.mark.parametrize(
    ("options", "said"),
    [((), "name one of --text and --dialogue"), (("--text", "x", "--known", "Ana"), "write KEY=VALUE")],
)
def test_wrong_use_is_named(project: Path, typed: Typed, options: tuple[str, ...], said: str) -> None:
    done = typed("redact", "test", *options)
    assert done.code == 2
    assert said in done.err
