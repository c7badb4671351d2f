"""The rate limit's state in one small file that all processes of the machine share.

An exclusive file lock guards each read and write; the system frees it when a process dies, however it dies. The
state is the file's first line and is written in one go, so a half-written or damaged file is at worst an
unreadable first line, after which everyone continues at an even pace. Times are the machine's monotonic clock,
which is the same for all processes and is not set by hand.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import math
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from qa_pipeline.dashscope.pacing import DAMAGED, LimiterState

LOCK_RETRY_S = 0.002
MAX_STATE_BYTES = 64 * 1024
FORGET_AFTER_S = 3600.0
"""An account not used for this long has nothing left to limit."""

T = TypeVar("T")


class RateLimitStateUnusable(OSError):
    """The shared file cannot be opened or written; the message names it."""


class MemoryPace:
    """The same state for one process alone."""

    def __init__(self) -> None:
        self._limiters: dict[str, LimiterState] = {}

    async def update(self, limiter: str, change: Callable[[LimiterState | None], tuple[LimiterState, T]]) -> T:
        """Replaces the limiter's state by what `change` makes of it; returns what `change` gives besides."""
        self._limiters[limiter], answer = change(self._limiters.get(limiter))
        return answer


class PaceFile:
    """The state of all accounts' limiters in the file at `path`, created with its folder when first needed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def update(self, limiter: str, change: Callable[[LimiterState | None], tuple[LimiterState, T]]) -> T:
        """As `MemoryPace.update`, with every other process kept out meanwhile (well under a millisecond).

        Raises:
            RateLimitStateUnusable: the file cannot be opened or written.
        """
        try:
            async with self._locked() as descriptor:
                limiters = _read(descriptor)
                state, answer = change(limiters.get(limiter) if limiters is not None else DAMAGED)
                kept = {name: old for name, old in (limiters or {}).items() if _is_recent(old, state.written_at)}
                _write(descriptor, {**kept, limiter: state})
                return answer
        except OSError as error:
            raise RateLimitStateUnusable(
                error.errno,
                f"the shared rate limit file {self._path} cannot be used ({error.strerror}); "
                "make its folder writable or free some space",
            ) from error

    def read(self) -> dict[str, LimiterState]:
        """All states as they stand; what can't be read is left out, and none where nobody has used the file."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            return {}
        try:
            return {name: state for name, state in (_read(descriptor) or {}).items() if state is not DAMAGED}
        finally:
            os.close(descriptor)

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[int]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while not _lock(descriptor):  # noqa: ASYNC110 - the lock is another process's to free
                await asyncio.sleep(LOCK_RETRY_S)
            yield descriptor
        finally:
            os.close(descriptor)  # frees the lock too


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(descriptor: int) -> dict[str, LimiterState] | None:
    """The limiters on the first line, None where it cannot be read; a limiter that cannot be read is `DAMAGED`."""
    first_line = os.pread(descriptor, MAX_STATE_BYTES, 0).partition(b"\n")[0]
    if not first_line:
        return {}
    try:
        document: Any = json.loads(first_line)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return None
    return {limiter: _state(numbers) for limiter, numbers in document.items()}


def _write(descriptor: int, limiters: dict[str, LimiterState]) -> None:
    document = {limiter: [state.next_at, state.held_until, state.written_at] for limiter, state in limiters.items()}
    os.pwrite(descriptor, json.dumps(document).encode() + b"\n", 0)


def _state(numbers: Any) -> LimiterState:
    if not isinstance(numbers, list) or len(numbers) != 3:
        return DAMAGED
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        return DAMAGED
    return LimiterState(*numbers)


def _is_recent(state: LimiterState, now: float) -> bool:
    return abs(now - state.written_at) < FORGET_AFTER_S
