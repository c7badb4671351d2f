"""Work on stretches of calls by as many processes as there are cores, with the results in order."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

IN_FLIGHT = 2
"""Stretches per process that are read ahead."""


def spread(work: Callable[[T], R], stretches: Iterable[T], *, processes: int | None = None) -> Iterator[R]:
    """What `work` makes of each stretch. A single one is worked on here: a process takes a second to begin. `work` and
    what it takes and gives are sent to the processes, `work` once."""
    waiting = iter(stretches)
    first, second = next(waiting, None), next(waiting, None)
    cores = processes or cores_here()
    if second is None or cores == 1:
        for each in (first, second):
            if each is not None:
                yield work(each)
        yield from map(work, waiting)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(cores, mp_context=context, initializer=_begin, initargs=(work,))
    try:
        under_way: deque[Future[R]] = deque(pool.submit(_work, each) for each in (first, second))
        for each in waiting:
            under_way.append(pool.submit(_work, each))
            while len(under_way) > IN_FLIGHT * cores:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def without_collector() -> Iterator[None]:
    """Lets the collector of cycles rest: of what is made for a call nothing goes in a circle, and looking through
    millions of objects again and again takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def cores_here() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


_given: Callable[[Any], Any] | None = None
"""What a process of the pool was started for."""


def _begin(work: Callable[[Any], Any]) -> None:
    global _given
    _given = work


def _work(each: Any) -> Any:
    assert _given is not None
    return _given(each)
