"""`qa-pipeline models pull`: what a person sees, and the exit codes."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from rich.console import Console

from qa_pipeline.commands.models.pull import _reporting
from qa_pipeline.local_service.weights import download
from qa_pipeline.local_service.weights.pull import FileProgress
from tests.commands.conftest import Typed
from tests.local_service.tiny_sense_voice import write_sense_voice, write_tokens, write_vad


@pytest.fixture
def carried(tmp_path: Path) -> Path:
    """A folder with three files that are not the published ones."""
    folder = tmp_path / "carried"
    folder.mkdir()
    write_sense_voice(folder / "model.int8.onnx")
    write_tokens(folder / "tokens.txt")
    write_vad(folder / "silero_vad.onnx")
    return folder


def vouching(folder: Path) -> list[str]:
    """The options that vouch for each file of a folder."""
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
    return [word for name, value in hashes.items() for word in ("--sha256", f"{name}={value}")]


def test_a_folder_is_taken_and_the_next_step_said(typed: Typed, home: Path, carried: Path) -> None:
    answer = typed("models", "pull", "sense-voice", "--from", carried, *vouching(carried))
    target = home / "models" / "sense-voice"
    assert answer.code == 0
    assert sorted(path.name for path in target.iterdir() if path.name[0] != ".") == [
        "model.int8.onnx", "silero_vad.onnx", "tokens.txt", "weights.json",
    ]  # fmt: skip
    assert f"in {target}" in answer.out
    assert "export QA_LOCAL_RECOGNIZER=sense-voice" in answer.out
    assert "QA_SENSE_VOICE_DIR" not in answer.out
    assert "licence" in answer.out


def test_another_folder_is_named_in_the_next_step(typed: Typed, tmp_path: Path, carried: Path) -> None:
    answer = typed("models", "pull", "sense-voice", "--from", carried, "--dir", tmp_path / "w", *vouching(carried))
    assert f"export QA_SENSE_VOICE_DIR={tmp_path / 'w'}" in answer.out


def test_files_that_are_not_the_published_ones_are_refused(typed: Typed, home: Path, carried: Path) -> None:
    answer = typed("models", "pull", "sense-voice", "--from", carried)
    assert answer.code == 1
    assert "model.int8.onnx is not the file it should be" in answer.err
    assert "--sha256 model.int8.onnx=" in answer.err
    assert not (home / "models" / "sense-voice" / "model.int8.onnx").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["parrot"], "no weights named 'parrot'; choose one of: sense-voice, whisper"),
        (["whisper", "--size", "huge"], "whisper has no size 'huge' here; choose one of: tiny, base, small"),
        (["sense-voice", "--size", "base"], "come in one size; leave --size out"),
        (["sense-voice", "--sha256", "tokens.txt"], "it takes NAME=HEX"),
    ],
    ids=str,
)
def test_wrong_use_ends_with_2_and_a_sentence(arguments: list[str], says: str, typed: Typed) -> None:
    answer = typed("models", "pull", *arguments)
    assert (answer.code, says in answer.err) == (2, True), answer.err


def test_an_address_without_a_server_ends_with_1(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "FIRST_DELAY_S", 0.0)
    answer = typed("models", "pull", "sense-voice", "--from", "http://127.0.0.1:1/weights")
    assert answer.code == 1
    assert "http://127.0.0.1:1/weights/model.int8.onnx could not be fetched" in answer.err


def test_without_a_terminal_progress_is_a_line_for_each_step() -> None:
    console = Console(file=io.StringIO(), width=100)
    with _reporting(console) as report:
        for done in (0, 500_000, 1_000_000):
            report(FileProgress("model.onnx", "fetch", done, 1_000_000))
        report(FileProgress("model.onnx", "check", 1_000_000, 1_000_000))
    written = console.file.getvalue()  # type: ignore[attr-defined]
    assert written.splitlines() == ["fetching model.onnx: 0.0 MB (0%)", "checking model.onnx: 1.0 MB (100%)"]


def test_on_a_terminal_progress_is_a_bar() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    with _reporting(console) as report:
        report(FileProgress("model.onnx", "fetch", 500_000, 1_000_000))
    assert "fetching model.onnx" in console.file.getvalue()  # type: ignore[attr-defined]
