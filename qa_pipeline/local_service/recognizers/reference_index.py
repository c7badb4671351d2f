"""Knows recordings again: from the sound of a file to the transcript somebody wrote for it.

A reference is `<name>.transcript.json` (a result file of the service) beside `<name>.<ext>`. The recording is
hashed channel by channel over its decoded samples, so it is known under any name, and so is one channel of it
cut to a mono file. Decoding is remembered by path, size, time of change and decoder version; a restart only
looks at the folder.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from qa_pipeline.audio.decoding import DECODING, ChannelDigests, channel_digests
from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.transcription.results import BadResult, ChannelTranscript, TranscriptionResult, parse_result

logger = logging.getLogger(__name__)

TRANSCRIPT_SUFFIX = ".transcript.json"

AUDIO_SUFFIXES = frozenset({
    ".aac", ".aif", ".aiff", ".amr", ".au", ".avi", ".flac", ".flv", ".m4a", ".mkv", ".mov", ".mp3", ".mp4",
    ".mpeg", ".ogg", ".opus", ".wav", ".webm", ".wma", ".wmv",
})  # fmt: skip

FileMark = tuple[str, int, int]
"""Path, size in bytes and time of change in ns: a file that differs in none is the file it was."""


@dataclass(frozen=True, slots=True)
class _Pair:
    transcript: FileMark
    audio: FileMark


@dataclass(slots=True)
class _Lookup:
    """One finished reading of the folders; never changed once it is in use."""

    recordings: dict[tuple[int, tuple[str, ...]], TranscriptionResult] = field(default_factory=dict)
    channels: dict[tuple[int, str], ChannelTranscript] = field(default_factory=dict)

    def add(self, digests: ChannelDigests, result: TranscriptionResult) -> None:
        """The first of two references of the same sound stays."""
        self.recordings.setdefault((digests.sample_rate, digests.digests), result)
        for channel_id, digest in enumerate(digests.digests):
            transcript = _labelled(result, channel_id)
            if transcript is not None:
                self.channels.setdefault((digests.sample_rate, digest), transcript)


class ReferenceIndex:
    """Transcripts by sound, from every file below `folders`; safe to use from several threads.

    `cache_path` (None: no file) keeps the digests between runs. A reference that can't be read is named in
    `problems` and harms no other.
    """

    def __init__(self, folders: tuple[Path, ...], cache_path: Path | None) -> None:
        self._folders = folders
        self._cache_path = cache_path
        self._lock = threading.Lock()
        self._lookup = _Lookup()
        self._digests: dict[FileMark, ChannelDigests] = {}
        self._results: dict[FileMark, TranscriptionResult] = {}
        self._problems: dict[str, str] = {}
        self._last_scan: tuple[frozenset[_Pair], dict[str, str]] = (frozenset(), {})

    @property
    def problems(self) -> dict[str, str]:
        """Files below the folders that can't be used, each with a sentence."""
        return dict(self._problems)

    @property
    def recording_count(self) -> int:
        """Recordings with a known transcript (two files of the same sound count once)."""
        return len(self._lookup.recordings)

    def knows_recording(self, digests: ChannelDigests) -> bool:
        """Whether a reference sounds the same on every channel."""
        return (digests.sample_rate, digests.digests) in self._lookup.recordings

    def find(self, digests: ChannelDigests, channel_id: int) -> ChannelTranscript | None:
        """The transcript of one channel: by the whole recording first, then by that channel's sound alone."""
        lookup = self._lookup
        result = lookup.recordings.get((digests.sample_rate, digests.digests))
        found = _labelled(result, channel_id) if result is not None else None
        return found or lookup.channels.get((digests.sample_rate, digests.digests[channel_id]))

    def refresh(self, stopping: Callable[[], bool] = lambda: False) -> None:
        """Looks at the folders again and reads what is new or changed; gives up early when `stopping()`.

        Costs one directory walk when nothing changed.
        """
        with self._lock:
            if not self._digests:
                self._digests = _read_cache(self._cache_path)
            scan = self._scan()
            if scan == self._last_scan:
                return
            pairs, problems = scan[0], dict(scan[1])
            known_before = set(self._digests)
            lookup = _Lookup()
            for pair in sorted(pairs, key=lambda pair: pair.audio):
                if stopping():
                    return
                self._add(pair, lookup, problems)
            self._lookup, self._problems, self._last_scan = lookup, problems, scan
            self._forget_all_but(pairs)
            if set(self._digests) != known_before:
                self._write_cache()

    def _scan(self) -> tuple[frozenset[_Pair], dict[str, str]]:
        pairs: set[_Pair] = set()
        problems: dict[str, str] = {}
        for folder in self._folders:
            for transcript, sounds in _find_sounds(folder, problems):
                if not sounds:
                    problems[str(transcript)] = f"{transcript.name} has no recording of that name beside it"
                try:
                    pairs.update(_Pair(_mark(transcript), _mark(sound)) for sound in sounds)
                except OSError as error:
                    problems[str(transcript)] = f"{transcript.name} or its recording cannot be read: {error}"
        return frozenset(pairs), problems

    def _add(self, pair: _Pair, lookup: _Lookup, problems: dict[str, str]) -> None:
        path = Path(pair.audio[0])
        try:
            if pair.transcript not in self._results:
                self._results[pair.transcript] = parse_result(Path(pair.transcript[0]).read_bytes())
            if pair.audio not in self._digests:
                self._digests[pair.audio] = channel_digests(path)
            lookup.add(self._digests[pair.audio], self._results[pair.transcript])
        except BadResult as error:
            problems[pair.transcript[0]] = f"{Path(pair.transcript[0]).name} is not a usable transcript: {error}"
        except (UnusableAudio, OSError) as error:
            problems[pair.audio[0]] = f"{path.name} cannot be used as a reference recording: {error}"

    def _forget_all_but(self, pairs: frozenset[_Pair]) -> None:
        sounds, transcripts = {pair.audio for pair in pairs}, {pair.transcript for pair in pairs}
        self._digests = {mark: known for mark, known in self._digests.items() if mark in sounds}
        self._results = {mark: result for mark, result in self._results.items() if mark in transcripts}

    def _write_cache(self) -> None:
        if self._cache_path is None:
            return
        document = {
            "decoder": _decoder(),
            "files": [
                {"mark": mark, "sample_rate": known.sample_rate, "digests": known.digests, "frames": known.frames}
                for mark, known in self._digests.items()
            ],
        }
        part = self._cache_path.with_suffix(".part")
        try:
            part.write_text(json.dumps(document), encoding="utf-8")
            part.replace(self._cache_path)
        except OSError as error:
            logger.warning("the reference cache %s could not be written: %s", self._cache_path, error)


def _labelled(result: TranscriptionResult, channel_id: int) -> ChannelTranscript | None:
    return next((item for item in result.transcripts if item.channel_id == channel_id), None)


def _find_sounds(folder: Path, problems: dict[str, str]) -> Iterator[tuple[Path, list[Path]]]:
    """Every transcript file below `folder` with the sound files of its name; links to folders are not followed."""

    def unreadable(error: OSError) -> None:
        problems[str(error.filename)] = f"{error.filename} cannot be searched: {error.strerror}"

    for parent, _, names in os.walk(folder, onerror=unreadable):
        sounds = [Path(parent, name) for name in names if Path(name).suffix.lower() in AUDIO_SUFFIXES]
        for name in names:
            if name.endswith(TRANSCRIPT_SUFFIX):
                stem = name.removesuffix(TRANSCRIPT_SUFFIX)
                yield Path(parent, name), [path for path in sounds if path.stem == stem]


def _mark(path: Path) -> FileMark:
    status = path.stat()
    return str(path), status.st_size, status.st_mtime_ns


def _decoder() -> str:
    """Lossy formats may decode differently with another FFmpeg; digests made by another are not for us."""
    return f"av {version('av')}, decoding {DECODING}"


def _read_cache(path: Path | None) -> dict[FileMark, ChannelDigests]:
    if path is None or not path.exists():
        return {}
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if document["decoder"] != _decoder():
            return {}
        return {
            (str(item["mark"][0]), int(item["mark"][1]), int(item["mark"][2])): ChannelDigests(
                sample_rate=int(item["sample_rate"]),
                digests=tuple(str(digest) for digest in item["digests"]),
                frames=int(item["frames"]),
            )
            for item in document["files"]
        }
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        logger.warning("the reference cache %s is made again, it could not be read: %s", path, error)
        return {}
