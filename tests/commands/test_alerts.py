"""`qa-pipeline alerts`, as people run it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.commands.doctor.alerts import alerts
from qa_pipeline.commands.doctor.findings import Level
from qa_pipeline.settings import load_settings
from tests.commands.conftest import Typed
from tests.outbox.receivers import Answer, WebReceiver, unused_port, web_receiver
from tests.own_settings import begin_project

ALERTS = """since: 2025-09-01
give_up_hours: 1
channels:
  - {id: leads, kind: webhook, url_env: QA_ALERT_LEADS}
  - {id: office, kind: slack, url_env: QA_ALERT_OFFICE, language: zh}
causes:
  - {kind: share, count: quarantined, at_least: 0.01, min_n: 1}
  - {kind: share, count: failed, at_least: 0.01, min_n: 1}
routes:
  - {to: [leads]}
  - {to: [office], kinds: [share], severity_at_least: critical}
"""


@pytest.fixture
def receiver() -> Iterator[WebReceiver]:
    with web_receiver() as opened:
        yield opened


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: Path, receiver: WebReceiver) -> Path:
    begin_project(monkeypatch, tmp_path)
    monkeypatch.setenv("QA_ALERT_LEADS", receiver.url)
    (tmp_path / "alerts.yaml").write_text(ALERTS, encoding="utf-8")
    return tmp_path


def test_who_is_told_of_what_is_checked_with_file_and_line(typed: Typed, project: Path) -> None:
    done = typed("alerts", "check")
    assert done.code == 0
    assert "leads (webhook, en): everything" in done.out
    assert "office (slack, zh): kinds share, from critical" in done.out
    assert "office is told nothing: QA_ALERT_OFFICE not set" in done.err
    file = project / "alerts.yaml"
    file.write_text(ALERTS.replace("kind: webhook", "kind: pager"), encoding="utf-8")
    done = typed("alerts", "check")
    assert done.code == 1
    assert "line 4: kind" in done.err
    watched = "{kind: rate, metric: talk_ration}\n  - {kind: rule, rules: [greetings]}"
    file.write_text(ALERTS.replace("routes:", f"  - {watched}\nroutes:"), encoding="utf-8")
    done = typed("alerts", "check")
    assert done.code == 1
    assert "metric talk_ration: unknown; did you mean talk_ratio?" in done.err
    assert "rule greetings: unknown; write it into rules/, or correct the name." in done.err
    file.unlink()
    done = typed("alerts", "check")
    assert done.code == 2
    assert "there is no alerts.yaml" in done.err


def test_a_test_message_reaches_the_channel_and_says_why_where_it_does_not(
    typed: Typed, project: Path, receiver: WebReceiver
) -> None:
    done = typed("alerts", "test", "leads")
    assert (done.code, len(receiver.got)) == (0, 1)
    assert "this is a test" in receiver.got[0].body["title"]
    receiver.answer = lambda _: Answer(403)
    done = typed("alerts", "test", "leads")
    assert done.code == 1
    assert "leads: HTTP 403" in done.err
    done = typed("alerts", "test", "office")
    assert done.code == 2
    assert "office has no address: QA_ALERT_OFFICE not set" in done.err
    assert "there is no channel nobody; there are leads, office" in typed("alerts", "test", "nobody").err
    assert "s3cret" not in done.out + done.err


def test_what_is_found_is_shown_sent_once_and_listed(typed: Typed, project: Path, receiver: WebReceiver) -> None:
    assert "Nothing was ever told" in typed("alerts", "list").out
    dry = typed("alerts", "send", "--dry-run")
    assert dry.code == 0
    assert "leads: High · " in dry.out
    assert receiver.got == []
    done = typed("alerts", "send")
    assert done.code == 0
    assert f"{len(receiver.got)} messages sent" in done.out
    assert len(receiver.got) > 1
    again = typed("alerts", "send")
    assert "0 new alerts, 0 messages sent" in again.out
    listed = typed("alerts", "list")
    assert listed.code == 0
    assert f"leads: 0 alerts collected, 0 messages waiting, {len(receiver.got)} sent, 0 given up" in listed.out
    assert receiver.got[0].key[:12] in listed.out


def test_what_fails_is_named_by_list_and_doctor_and_sent_again(
    typed: Typed, project: Path, receiver: WebReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.answer = lambda _: Answer(500)
    done = typed("alerts", "send")
    assert done.code == 1
    assert "`qa-pipeline alerts list` says why" in done.err
    assert "1 attempt: HTTP 500" in typed("alerts", "list").out
    found = {finding.detail: finding.level for finding in alerts(load_settings())}
    assert Level.WARN in found.values()
    assert any("to leads not there yet: HTTP 500" in detail for detail in found)
    assert "office is told nothing: QA_ALERT_OFFICE not set" in found
    monkeypatch.setenv("QA_ALERT_LEADS", f"http://127.0.0.1:{unused_port()}/")


def test_doctor_names_a_fault_and_says_nothing_without_a_file(typed: Typed, project: Path) -> None:
    (project / "alerts.yaml").write_text("channels: 1\n", encoding="utf-8")
    found = list(alerts(load_settings()))
    assert {finding.level for finding in found} == {Level.FAIL}
    assert "alerts.yaml, line 1: channels" in found[0].detail
    (project / "alerts.yaml").unlink()
    assert list(alerts(load_settings())) == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://hooks.example.org/x", "would send alerts unencrypted"),
        ("hooks.example.org", "is not an address"),
        ("ftp://hooks.example.org", "is not an address"),
        ("https://hooks.example.org/a b", "is not an address"),
    ],
)
def test_an_address_that_can_not_be_meant_is_refused_unseen(
    typed: Typed, project: Path, monkeypatch: pytest.MonkeyPatch, address: str, said: str
) -> None:
    monkeypatch.setenv("QA_ALERT_LEADS", address)
    done = typed("alerts", "test", "leads")
    assert done.code == 2
    assert said in done.err
    assert "hooks.example.org/x" not in done.err


def test_without_an_address_nothing_is_kept_for_a_channel(
    typed: Typed, project: Path, monkeypatch: pytest.MonkeyPatch, receiver: WebReceiver
) -> None:
    monkeypatch.delenv("QA_ALERT_LEADS")
    assert "0 new alerts" in typed("alerts", "send").out
    assert "Nothing was ever told" in typed("alerts", "list").out
    monkeypatch.setenv("QA_ALERT_LEADS", receiver.url)
    assert typed("alerts", "send").code == 0
    assert receiver.got != []
