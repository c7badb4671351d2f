"""The tool that makes the sample calls names wrong scripts and missing programs, and repeats itself exactly."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped,unused-ignore]

from samples.script import SampleError, read_script

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is needed only to make the samples again"
)
needs_tools = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("espeak-ng", "ffmpeg", "sox")),
    reason="espeak-ng, ffmpeg and sox are needed only to make the samples again",
)


def changed_script(folder: Path, **changes: object) -> Path:
    """A copy of c0392's script with some keys replaced."""
    script = yaml.safe_load((SAMPLES / "scripts" / "c0392.yaml").read_text(encoding="utf-8"))
    path = folder / "c0392.yaml"
    path.write_text(yaml.safe_dump({**script, **changes}, allow_unicode=True), encoding="utf-8")
    return path


def run_record(*arguments: str, search_path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": os.environ["PATH"] if search_path is None else search_path}
    command = [sys.executable, str(SAMPLES / "record.py"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_an_unknown_emotion_is_named_with_its_file(tmp_path: Path) -> None:
    turn = {"role": "agent", "language": "en", "emotion": "grumpy", "text": "Hello."}
    with pytest.raises(SampleError, match=r"c0392\.yaml: emotion 'grumpy' is not one of surprised"):
        read_script(changed_script(tmp_path, turns=[turn]))


def test_an_unknown_key_is_named_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match=r"c0392\.yaml: .*colour"):
        read_script(changed_script(tmp_path, colour="red"))


def test_a_script_under_another_calls_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="rename the file or mend the key"):
        read_script(changed_script(tmp_path, call_id="c9999"))


def test_a_script_with_turns_and_a_copy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="only one of them"):
        read_script(changed_script(tmp_path, copy_of="c0201"))


def test_a_missing_program_is_named_with_the_way_to_get_it(tmp_path: Path) -> None:
    done = run_record("c0392", "--out", str(tmp_path), search_path=str(tmp_path))
    assert done.returncode == 1
    assert "espeak-ng is not installed" in done.stderr
    assert "apt install espeak-ng" in done.stderr


def test_an_unknown_call_is_refused_with_the_list_of_calls() -> None:
    done = run_record("c9999")
    assert done.returncode == 1
    assert "no script for c9999" in done.stderr
    assert "c0101" in done.stderr


@needs_tools
def test_a_party_that_talks_over_itself_is_refused(tmp_path: Path) -> None:
    turn = {"role": "agent", "language": "en", "emotion": "neutral", "text": "Hello, how are you?"}
    changed_script(tmp_path, turns=[turn, {**turn, "pause_ms": -500}])
    done = run_record("c0392", "--scripts", str(tmp_path), "--out", str(tmp_path))
    assert done.returncode == 1
    assert "c0392: the agent talks over itself in turn 1" in done.stderr


@needs_tools
def test_the_same_script_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        done = run_record("c0293", "c0400", "c0392", "--out", str(tmp_path / folder))
        assert done.returncode == 0, done.stderr
    made = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert len(made) == 6  # three recordings, two transcripts, calls.csv
    for path in made:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes()


@needs_espeak
def test_transcripts_are_written_again_without_touching_the_recording(tmp_path: Path) -> None:
    recordings = tmp_path / "recordings"
    shutil.copytree(SAMPLES / "recordings", recordings, ignore=shutil.ignore_patterns("2025-*"))
    written = recordings / "c0400.transcript.json"
    wanted, sound = written.read_text(encoding="utf-8"), (recordings / "c0400.wav").read_bytes()
    document = json.loads(wanted)
    for said in document["transcripts"][0]["sentences"]:
        del said["words"]
    written.write_text(json.dumps(document), encoding="utf-8")
    done = run_record("c0400", "--transcripts-only", "--out", str(recordings))
    assert done.returncode == 0, done.stderr
    assert (written.read_text(encoding="utf-8"), (recordings / "c0400.wav").read_bytes()) == (wanted, sound)


@needs_espeak
def test_a_transcript_that_would_not_be_of_the_recording_any_more_is_not_written(tmp_path: Path) -> None:
    written = tmp_path / "c0400.transcript.json"
    text = (SAMPLES / "recordings" / "c0400.transcript.json").read_text(encoding="utf-8")
    moved = text.replace('"begin_time": 400,', '"begin_time": 390,')
    written.write_text(moved, encoding="utf-8")
    done = run_record("c0400", "--transcripts-only", "--out", str(tmp_path))
    assert (done.returncode, written.read_text(encoding="utf-8")) == (1, moved)
    assert "make the recording again too" in done.stderr
