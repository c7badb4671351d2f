"""Whether a recording is still the one that was transcribed: known by the hash of its bytes, as everywhere.

A file is hashed once as long as it stays as it is, beside whoever listens: twelve hours take some seconds. A listener
waits a moment for it and then hears on; what turns out to be another recording is broken off.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from pathlib import Path

from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.landing.recording_files import RecordingReplaced
from qa_pipeline.recordings.identity import recording_id

PATIENCE_S = 0.3
"""By then 100 MB are hashed, which is an hour of a telephone call."""
HASHERS = 2
KEPT = 4096

Stamp = tuple[int, int]
"""Size and time of the last change."""

_IDENTITY = re.compile(r"[0-9a-f]{64}")
_hashers = ThreadPoolExecutor(HASHERS, "recording-hash")
_lock = threading.Lock()
_kept: OrderedDict[tuple[Path, Stamp], Future[str]] = OrderedDict()


class Identity:
    """The hash of a file, which may still be on its way, against the one that is expected."""

    def __init__(self, path: Path, stamp: Stamp, expected: str | None) -> None:
        """Begins to hash the file, unless it is known or nothing is expected (an earlier version's snapshot)."""
        self._path, self._expected = path, expected
        self._found = _hash_of(path, stamp) if expected and _IDENTITY.fullmatch(expected) else None

    def check(self, wait_s: float | None = 0.0) -> None:
        """Waits so long for the hash, None: as long as it takes. A file that can't be read is somebody else's trouble.

        Raises:
            RecordingReplaced: it is there, and it is another one.
        """
        if self._found is None:
            return
        with suppress(NotYet, OSError, UnusableAudio):
            if self._found.result(wait_s) != self._expected:
                raise RecordingReplaced(
                    f"{self._path} was replaced after it was transcribed: what is heard would not be what is read. Put "
                    "the recording back, or run the day again to take the new one in"
                )

    def guard(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """The blocks of the file, until it turns out to be another one.

        Raises:
            RecordingReplaced: as soon as that is known.
        """
        for block in blocks:
            self.check()
            yield block


def _hash_of(path: Path, stamp: Stamp) -> Future[str]:
    key = (path, stamp)
    with _lock:
        found = _kept.get(key)
        # what could not be read a moment ago may be readable now
        if found is None or (found.done() and found.exception() is not None):
            found = _kept[key] = _hashers.submit(recording_id, path)
        _kept.move_to_end(key)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
        return found
