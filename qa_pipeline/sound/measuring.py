"""Listens to recordings before anything is sent: measures what is not measured yet, on all cores, and judges it.

Where a recording lies and how many cores there are is not for the pure rooms to know, so it is dealt with here.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.acoustics import Acoustics, measure_acoustics
from qa_pipeline.audio.defects import Defect, name_defects
from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.landing.call_sounds import CallSounds
from qa_pipeline.landing.recording_files import RecordingGone
from qa_pipeline.object_storage.faults import ObjectRefused
from qa_pipeline.processes.cores import usable_cores
from qa_pipeline.recordings.usable_calls import UsableCall

WORTH_PROCESSES_S = 3600.0
"""Seconds of sound from which other cores pay: an hour is measured in 3 s, and a process takes half a second to start.
Threads would not do: the detector is asked frame by frame under Python's lock."""

HELD_AT_ONCE = 8
"""Recordings of a bucket that are fetched at once where they are not here any more; more where there are many cores."""

Measure = Callable[[Path, float], Acoustics]
"""Measures a file that should last so many seconds."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A call that was measured, and the defects of each of its channels."""

    call: UsableCall
    acoustics: Acoustics
    defects: tuple[tuple[Defect, ...], ...]


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """A call that could not be. `code` is what is wrong with its sound (an `AudioFault`); None where the recording is
    not there, or not any more the one that landed."""

    call: UsableCall
    sentence: str
    code: str | None = None


def greeting_channel(call: UsableCall) -> int | None:
    """The channel of the party that is to greet: the agent's, but for outbound calls, where it is not known."""
    return None if call.direction == "outbound" else call.agent_channel


def measure_recordings(
    calls: Sequence[UsableCall], sounds: CallSounds, options: AcousticOptions, *, cores: int | None = None
) -> Generator[Measured | NotMeasured]:
    """Measures the sound of the calls; one that cannot be used does not affect the others. In the order of `calls`.
    By default on all cores; a process that may have no children has one.

    Raises:
        StorageError: the landing zone's bucket cannot be read.
    """
    used = cores or (1 if multiprocessing.current_process().daemon else usable_cores())
    with _measuring(options, sum(call.duration_s for call in calls), used) as measure:
        threads = ThreadPoolExecutor(max(HELD_AT_ONCE, 2 * usable_cores()), thread_name_prefix="listening")
        try:
            yield from threads.map(partial(_listen_to, sounds=sounds, measure=measure, options=options), calls)
        finally:  # stopped: what waits is not begun any more
            threads.shutdown(cancel_futures=True)


def _listen_to(
    call: UsableCall, *, sounds: CallSounds, measure: Measure, options: AcousticOptions
) -> Measured | NotMeasured:
    try:
        with sounds.hold(call.form, call.sources) as path:
            acoustics = measure(path, call.duration_s)
    except UnusableAudio as error:
        return NotMeasured(call, error.sentence, error.code.value)
    except (RecordingGone, ObjectRefused, OSError) as error:
        return NotMeasured(call, str(error))
    defects = name_defects(acoustics, options, greeting_channel=greeting_channel(call))
    return Measured(call, acoustics, defects)


@contextmanager
def _measuring(options: AcousticOptions, audio_s: float, cores: int) -> Iterator[Measure]:
    """How to measure: here, or for much sound in as many processes as there are cores."""
    if cores == 1 or audio_s < WORTH_PROCESSES_S:
        lock = threading.Lock()

        def here(path: Path, expected_s: float) -> Acoustics:
            with lock:  # threads would only get in each other's way
                return measure_acoustics(path, options, expected_s=expected_s)

        yield here
        return
    pool = ProcessPoolExecutor(cores, mp_context=multiprocessing.get_context("spawn"), initializer=_become_worker)

    def elsewhere(path: Path, expected_s: float) -> Acoustics:
        found = pool.submit(_measure_for_another_process, path, options, expected_s).result()
        if isinstance(found, Acoustics):
            return found
        raise UnusableAudio(*found)

    try:
        yield elsewhere
    finally:
        pool.shutdown(cancel_futures=True)


def _measure_for_another_process(
    path: Path, options: AcousticOptions, expected_s: float
) -> Acoustics | tuple[Any, str]:
    """An exception that takes two arguments does not survive the way between processes."""
    try:
        return measure_acoustics(path, options, expected_s=expected_s)
    except UnusableAudio as error:
        return error.code, error.sentence


def _become_worker() -> None:
    """Ctrl-C is for the process that started this one; when that is gone, however it went, so is this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
