"""Remembers what was found out about a recording's bytes.

Each channel of a recording is usually a task of its own, and both come within seconds: the sound is read and
decoded once for all of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from qa_pipeline.audio.decoding import ChannelDigests, channel_digests
from qa_pipeline.audio.probing import AudioProbe, probe
from qa_pipeline.local_service.sources import SourceFile

Fact = TypeVar("Fact")

REMEMBERED_SOUNDS = 1000


class SoundMemory(Generic[Fact]):
    """`look(path)` for the sha256 of the file's bytes, done once; safe between threads.

    Who asks while another thread is looking waits for its answer. Failures are not remembered.
    """

    def __init__(self, look: Callable[[Path], Fact]) -> None:
        self._look = look
        self._known: OrderedDict[str, Future[Fact]] = OrderedDict()
        self._lock = Lock()

    def of(self, source: SourceFile) -> Fact:
        """The fact about the file, looked up now or remembered; raises what `look` raises."""
        with self._lock:
            known = self._known.get(source.sha256)
            if known is None:
                promise = self._known[source.sha256] = Future()
                if len(self._known) > REMEMBERED_SOUNDS:
                    self._known.popitem(last=False)
            else:
                self._known.move_to_end(source.sha256)
        if known is None:
            return self._find_out(source, promise)
        if known.exception() is not None:
            return self._look(source.path)  # the other's error names the other's file
        return known.result()

    def _find_out(self, source: SourceFile, promise: Future[Fact]) -> Fact:
        try:
            fact = self._look(source.path)
        except BaseException as error:
            with self._lock:
                self._known.pop(source.sha256, None)
            promise.set_exception(error)
            raise
        promise.set_result(fact)
        return fact


@dataclass(frozen=True, slots=True)
class KnownSounds:
    """What tasks and calls have found out about recordings, shared so that each is decoded once for both."""

    probes: SoundMemory[AudioProbe] = field(default_factory=lambda: SoundMemory(probe))
    digests: SoundMemory[ChannelDigests] = field(default_factory=lambda: SoundMemory(channel_digests))
