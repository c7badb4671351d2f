"""How well and at what cost Whisper hears here: errors by language, processor time beside faster-whisper's own
pipeline, two workers beside one, and the memory of a channel of twelve hours.

Recordings are the real ones of a folder with a `manifest.csv` beside the repository (`--recordings`); weights come from
the packages of the development locks. Each figure is of a process of its own.
"""

from __future__ import annotations

import csv
import json
import re
import tempfile
import wave
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import pytest

from benchmarks.measuring import neutral_environment, run_child
from qa_pipeline.accuracy.normalization import UNSEGMENTED_LANGUAGES, characters, shown, words
from tests.weights import whisper_base, whisper_tiny_en

RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "audio"
CALL = "calls/bankcard.wav"
MORE_CALLS = ("calls/repairs40.wav", "calls/audiohook-mulaw.wav")
RATE = 8_000
BEGINS_WITHIN_MS = 1000
PHRASE_EVERY_S = 300.0

_INCOMPLETE = re.compile(r"\.\.\.|^starts:|\|| only\)|partial")
_REMARK = re.compile(r"\s*\(.*\)$")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording whose language is known, and what is said in it where that is known, too."""

    path: Path
    language: str
    text: str


def recognition(folder: Path, hours: float, say: Say) -> bool:
    """Prints the tables; False where the recordings are not there.

    Raises:
        ChildFailed: a measured process ended with an error.
    """
    if not (folder / "manifest.csv").is_file():
        say(f"The real recordings are not at {folder}; name their folder with --recordings.")
        return False
    try:
        tiny, base = whisper_tiny_en(), whisper_base()
    except pytest.skip.Exception as missing:
        say(f"{missing}; `make bench` installs it.")
        return False
    _languages(folder, base, say)
    _cost(folder, {"tiny.en": tiny, "base": base}, say)
    _workers(folder, base, say)
    _long_channel(folder, tiny, hours, say)
    return True


def _languages(folder: Path, weights: Path, say: Say) -> None:
    clips = clips_of(folder)
    found = _run("ours", weights, [clip.path for clip in clips])
    heard: dict[str, list[dict[str, Any]]] = {item["file"]: item["rows"] for item in reversed(found["channels"])}
    say("Whisper base on clips of known language:")
    say(_line("language", "clips", "language right", "with text", "words wrong", "characters wrong"))
    by_language: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        by_language[clip.language].append(clip)
    for language, of_it in sorted(by_language.items()):
        right = sum(all(row["language"] == language for row in heard[clip.path.name]) for clip in of_it)
        texts = [(clip.text, _text(heard[clip.path.name])) for clip in of_it if clip.text]
        shares = ("", "") if not texts else (_word_errors(language, texts), _share(_character_errors(texts)))
        say(_line(language, str(len(of_it)), f"{right} of {len(of_it)}", str(len(texts)), *shares))


def clips_of(folder: Path) -> list[Clip]:
    """The clips of the manifest in which one language is spoken, which it names."""
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["file"].startswith("speech/")]
    return [
        Clip(folder / row["file"], row["language"][:2], _complete(row["known_transcript"]))
        for row in rows
        if re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", row["language"])
    ]


def _complete(text: str) -> str:
    return "" if _INCOMPLETE.search(text) else _REMARK.sub("", text)


def _cost(folder: Path, models: Mapping[str, Path], say: Say) -> None:
    paths = [folder / name for name in (CALL, *MORE_CALLS)]
    written = json.loads((folder / CALL).with_suffix(".transcript.json").read_text(encoding="utf-8"))["transcripts"]
    say("\nCalls over the telephone, both channels, one worker with one thread:")
    say(_line("", "CPU s an hour", "÷ peer", "RSS MiB", "words wrong", "begins within 1 s", "rows"))
    for size, weights in models.items():
        peer, ours = _run("peer", weights, paths), _run("ours", weights, paths)
        for name, found in ((f"{size}, faster-whisper", peer), (f"{size}, here", ours)):
            say(
                _line(
                    name,
                    f"{_per_hour(found):,.0f}",
                    f"{_per_hour(found) / _per_hour(peer):.2f}",
                    f"{found['rss_mib']:.0f}",
                    *_of_the_call(found, written),
                )
            )


def _of_the_call(found: dict[str, Any], written: Sequence[dict[str, Any]]) -> tuple[str, str, str]:
    """Of the call with a human transcript: share of wrong words, sentences whose begin was found, rows."""
    heard = [item["rows"] for item in found["channels"] if item["file"] == Path(CALL).name]
    texts = [(said["text"], _text(rows)) for said, rows in zip(written, heard, strict=True)]
    near = [
        any(abs(row["begin_ms"] - sentence["begin_time"]) <= BEGINS_WITHIN_MS for row in rows)
        for said, rows in zip(written, heard, strict=True)
        for sentence in said["sentences"]
    ]
    return _word_errors("en", texts), f"{sum(near)} of {len(near)}", str(sum(map(len, heard)))


def _workers(folder: Path, weights: Path, say: Say) -> None:
    paths = [folder / name for name in (CALL, *MORE_CALLS)]
    say("\nThe same calls by base, by workers:")
    say(_line("workers", "wall s", "CPU s", "RSS MiB"))
    for workers in (1, 2):
        found = _run("ours", weights, paths, workers=workers)
        say(_line(str(workers), f"{found['wall_s']:.1f}", f"{found['cpu_s']:.1f}", f"{found['rss_mib']:.0f}"))


def _long_channel(folder: Path, weights: Path, hours: float, say: Say) -> None:
    say(f"\nA channel of {hours:g} h, a phrase every {PHRASE_EVERY_S / 60:g} minutes, by tiny.en; and its first tenth:")
    say(_line("hours", "wall s", "CPU s", "RSS MiB", "sentences"))
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as scratch:
        for length in (hours / 10, hours):
            path = Path(scratch) / "long.wav"
            _write_long(path, folder / CALL, length)
            found = _run("ours", weights, [path])
            rows = len(found["channels"][0]["rows"])
            figures = (f"{found['wall_s']:.0f}", f"{found['cpu_s']:.0f}", f"{found['rss_mib']:.0f}")
            say(_line(f"{length:g}", *figures, str(rows)))


def _write_long(path: Path, call: Path, hours: float) -> None:
    """The first fifteen seconds of a call's agent, then silence, over and over."""
    with wave.open(str(call), "rb") as file:
        sound = np.frombuffer(file.readframes(15 * RATE), "<i2").reshape(-1, file.getnchannels())[:, 0]
    period = np.zeros(round(PHRASE_EVERY_S * RATE), "<i2")
    period[: len(sound)] = sound
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        for _ in range(round(hours * 3600 / PHRASE_EVERY_S)):
            out.writeframes(period.tobytes())


def _run(task: str, weights: Path, paths: Iterable[Path], workers: int = 1) -> dict[str, Any]:
    arguments = [task, str(weights), str(workers), *map(str, paths)]
    return run_child("benchmarks.recognizing", arguments, {**neutral_environment(), "OMP_NUM_THREADS": "1"})


def _per_hour(found: dict[str, Any]) -> float:
    return float(found["cpu_s"] / found["audio_s"] * 3600)


def _text(rows: Sequence[dict[str, Any]]) -> str:
    return " ".join(row["text"] for row in rows)


def _word_errors(language: str, texts: Sequence[tuple[str, str]]) -> str:
    if language in UNSEGMENTED_LANGUAGES:
        return ""
    spelt = [tuple(" ".join(unit.text for unit in words(shown(text))) for text in pair) for pair in texts]
    return _share(jiwer.wer([said for said, _ in spelt], [heard for _, heard in spelt]))


def _character_errors(texts: Sequence[tuple[str, str]]) -> float:
    spelt = [tuple("".join(characters(words(shown(text)))) for text in pair) for pair in texts]
    return float(jiwer.cer([said for said, _ in spelt], [heard for _, heard in spelt]))


def _share(value: float) -> str:
    return f"{value:.1%}"


def _line(first: str, *cells: str) -> str:
    return f"{first:<26}" + "".join(f"{cell:>18}" for cell in cells)
