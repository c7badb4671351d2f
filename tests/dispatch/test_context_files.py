"""Contexts as they lie on disk: which files are found, in which order of names, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qa_pipeline.dispatch.context_files import load_contexts, read_contexts
from qa_pipeline.settings import load_settings
from qa_pipeline.transcription.context import ContextError, Contexts
from tests.own_settings import forget_settings


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with an empty qa.toml and no settings of the machine."""
    forget_settings(monkeypatch, tmp_path)
    return tmp_path


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_nothing_there_is_no_context(root: Path) -> None:
    assert load_contexts(load_settings()) == Contexts()


def test_context_md_beside_qa_toml_is_found_by_itself(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root / "context.md", "Kevanto\n")
    write(root / "context" / "Billing.md", "chargeback")
    write(root / "context" / "retention.txt", "churn")
    monkeypatch.chdir(root.parent)
    contexts = load_contexts(load_settings())
    assert contexts.for_queue("billing") == "Kevanto\n\nchargeback"
    assert contexts.for_queue("retention") == "Kevanto\n\nchurn"
    assert contexts.for_queue("delivery") == "Kevanto"


@pytest.mark.parametrize("named", ["terms.md", "terms"])
def test_the_setting_may_name_the_file_or_the_folder(root: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    write(root / "terms.md", "Kevanto")
    write(root / "terms" / "billing.md", "chargeback")
    monkeypatch.setenv("QA_CONTEXT", named)
    assert load_contexts(load_settings()).for_queue("billing") == "Kevanto\n\nchargeback"


def test_a_word_list_of_any_name_is_a_context(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(root / "elsewhere" / "words.txt", "Kevanto\nrouter\n")
    monkeypatch.setenv("QA_CONTEXT", str(path))
    assert load_contexts(load_settings()).for_queue("billing") == "Kevanto\nrouter"


def test_one_of_file_and_folder_is_enough(root: Path) -> None:
    write(root / "context" / "billing.md", "chargeback")
    for named in ("context", "context.md"):
        assert read_contexts(root / named, must_exist=True).for_queue("billing") == "chargeback"
        assert read_contexts(root / named, must_exist=True).for_queue("other") is None


def test_what_was_named_and_is_missing_is_an_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_CONTEXT", "gone.md")
    with pytest.raises(ContextError, match=re.escape(f"the context {root / 'gone.md'} is missing; write it, or")):
        load_contexts(load_settings())


def test_a_queue_with_a_slash_has_a_file(root: Path) -> None:
    write(root / "context" / "a%2FB.md", "chargeback")
    assert read_contexts(root / "context", must_exist=True).for_queue("A/b") == "chargeback"


def test_two_files_for_one_queue_are_refused(root: Path) -> None:
    write(root / "context" / "billing.md", "a")
    write(root / "context" / "billing.txt", "b")
    with pytest.raises(ContextError, match=r"billing\.md and .*billing\.txt are both for the queue 'billing'"):
        read_contexts(root / "context", must_exist=True)


def test_a_file_that_is_no_context_is_named_and_hidden_files_are_left_alone(root: Path) -> None:
    write(root / "context" / ".DS_Store", b"\0\1")
    write(root / "context" / "billing.md", "a")
    assert read_contexts(root / "context", must_exist=True).for_queue("billing") == "a"
    write(root / "context" / "billing.docx", b"PK")
    with pytest.raises(ContextError, match=r"billing\.docx is not a context file: name it <queue>\.md"):
        read_contexts(root / "context", must_exist=True)


@pytest.mark.parametrize(
    "raw", ["科万 router".encode("utf-8-sig"), "科万 router".encode("utf-16"), "科万 router\r\n".encode()]
)
def test_text_is_read_as_editors_save_it(root: Path, raw: bytes) -> None:
    write(root / "context.md", raw)
    assert read_contexts(root / "context.md", must_exist=True).for_queue(None) == "科万 router"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("Größe".encode("latin-1"), "context.md is not UTF-8 text (byte 2); save it as UTF-8"),
        (b"Kevanto\0router", "holds NUL characters"),
        (b"x" * 1_000_001, "has 1,000,001 bytes: too much for a context"),
        (b"<!-- x", "the comment that begins in line 1 does not end"),
    ],
)
def test_a_file_that_cannot_be_sent_is_named(root: Path, raw: bytes, said: str) -> None:
    write(root / "context.md", raw)
    with pytest.raises(ContextError, match=re.escape(said)):
        read_contexts(root / "context.md", must_exist=True)


def test_a_folder_in_the_folder_is_no_context(root: Path) -> None:
    (root / "context" / "billing.md").mkdir(parents=True)
    with pytest.raises(ContextError, match=r"billing\.md is not a context file"):
        read_contexts(root / "context", must_exist=True)
