"""The sound of a call as a file of this machine, whatever it was recorded in: the one way to listen to a call.

A call that is one file is that file. Of any other the sound is put together when it is first asked for, and kept in
`QA_HOME/sounds` as long as it fits: acoustics, player and waveform use the same. A file there is known by its sources
(hashes, places, offsets), so it is never out of date. Processes may share the folder: whoever uses a file holds a
shared lock on it, and what is locked is not deleted.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.audio.call_sound import MOST_CHANNELS, PlacedSound, write_call_sound
from qa_pipeline.audio.containers import open_audio
from qa_pipeline.audio.decoding import DECODING
from qa_pipeline.audio.muting import Muting
from qa_pipeline.landing.recording_files import BYTES_PER_GB, RecordingFiles, RecordingReplaced, recording_files
from qa_pipeline.recordings.channels import CallForm, ChannelSource, recordings_in_time
from qa_pipeline.recordings.identity import recording_id
from qa_pipeline.settings import Settings

AS_IT_LIES: frozenset[CallForm] = frozenset({"stereo", "diarized", "single"})
"""Forms of a call whose one file is its sound."""


@dataclass(frozen=True, slots=True)
class Mute:
    """What of a copy is silent: `of` says it by the number of channels and the sample rate (Hz). `mark` is another one
    whenever it is something else."""

    of: Callable[[int, int], Muting]
    mark: str


class CallSounds:
    """The sounds of calls. Safe to share between threads and processes."""

    def __init__(self, recordings: RecordingFiles, folder: Path, max_bytes: int) -> None:
        """`folder` may hold `max_bytes`; what was used longest ago is deleted above that."""
        self._recordings = recordings
        self._folder = folder
        self._max_bytes = max_bytes

    @contextmanager
    def hold(self, form: CallForm, sources: Sequence[ChannelSource]) -> Iterator[Path]:
        """The sound of a call as a file that stays for the time of the block: its channels are those of the call.

        Raises:
            RecordingGone: a file of the call is not there any more.
            RecordingReplaced: it was replaced since it landed.
            UnusableAudio: a file can't be decoded.
            StorageError: the bucket cannot be read.
            OSError: there is no room for it.
        """
        if lies_as_one_file(form, sources):
            with self._unchanged(sources[0]) as path:
                yield path
            return
        with self._locked(sound_id(sources), lambda target: self._put_together(sources, target)) as path:
            yield path

    @contextmanager
    def hold_copy(self, recording: Path, mute: Mute | None = None) -> Iterator[Path]:
        """A recording of this machine as FLAC of what `decode_blocks` gives, for a reader who can't read it itself; at
        most eight channels, of which `mute` may silence parts. It stays for the time of the block, and is made when it
        is first asked for.

        Raises:
            UnusableAudio: it can't be decoded.
            OSError: it is gone, or there is no room for the copy.
        """
        status = recording.stat()
        name = f"{recording.resolve()}\n{status.st_size}\n{status.st_mtime_ns}\n{DECODING}"
        if mute is not None:
            name += f"\n{mute.mark}"
        with self._locked(
            hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:40], _copier(recording, mute)
        ) as path:
            yield path

    @contextmanager
    def _unchanged(self, source: ChannelSource) -> Iterator[Path]:
        with self._recordings.hold(source.source_uri) as path:
            if recording_id(path) != source.recording_id:
                raise RecordingReplaced(
                    f"{path} was replaced after it landed; run the day again to take the new one in"
                )
            yield path

    @contextmanager
    def _locked(self, name: str, make: Callable[[Path], None]) -> Iterator[Path]:
        path = self._folder / f"{name}.flac"
        while True:
            self._make(make, path)
            with suppress(FileNotFoundError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH)
                # somebody may have deleted it between the opening and the lock
                if path.exists() and os.fstat(file.fileno()).st_ino == path.stat().st_ino:
                    with suppress(OSError):
                        os.utime(path)
                    yield path
                    return

    def _make(self, make: Callable[[Path], None], path: Path) -> None:
        if path.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        # never deleted: whoever waits for a lock must wait for the same file as whoever comes later
        with (self._folder / f".lock-{path.name[:2]}").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists():
                return
            make(path)
            self._tidy(path)

    def _put_together(self, sources: Sequence[ChannelSource], target: Path) -> None:
        with ExitStack() as held:
            paths: dict[str, Path] = {}
            for source in sources:
                if source.source_uri not in paths:
                    held.enter_context(self._unchanged(source))
                    heard = self._recordings.hold_to_hear(source.source_uri)
                    paths[source.source_uri] = held.enter_context(heard)
            placed = [
                PlacedSound(paths[each.source_uri], each.source_channel, each.channel_id, each.offset_ms)
                for each in sources
            ]
            write_call_sound(placed, target)

    def _tidy(self, newest: Path) -> None:
        """Deletes what was used longest ago and is in nobody's use, until the rest fits."""
        kept = sorted(self._folder.glob("*.flac"), key=_used_at)
        total = sum(_size(path) for path in kept)
        for path in kept:
            if total <= self._max_bytes:
                return
            size = _size(path)
            if path != newest and _delete_unused(path):
                total -= size


def lies_as_one_file(form: CallForm, sources: Sequence[ChannelSource]) -> bool:
    """Whether the sound of a call is its one file, as it lies."""
    return form in AS_IT_LIES and recordings_in_time(sources) == 1


def sound_id(sources: Sequence[ChannelSource]) -> str:
    """What the sound of a call is known by: its files, their places and offsets."""
    places = sorted(f"{each.channel_id}={each.recording_id}.{each.source_channel}@{each.offset_ms}" for each in sources)
    return hashlib.sha256("\n".join(places).encode()).hexdigest()[:40]


def call_sounds(settings: Settings) -> CallSounds:
    """The sounds of the calls that these settings may read. Reaches for nothing."""
    most = round(settings.landing_cache_gb * BYTES_PER_GB)
    return CallSounds(recording_files(settings), settings.home / "sounds", most)


def _copier(recording: Path, mute: Mute | None) -> Callable[[Path], None]:
    def make(target: Path) -> None:
        with open_audio(recording) as audio:
            channels = audio.channels
        placed = [PlacedSound(recording, channel, channel, 0) for channel in range(min(channels, MOST_CHANNELS))]
        write_call_sound(placed, target, None if mute is None else mute.of)

    return make


def _delete_unused(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
        return True
    return False


def _used_at(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0
