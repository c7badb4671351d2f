"""Answers that are kept, so that the parts of a page that need the same one ask for it once, and so do its visitors.

A snapshot never changes under its path, so an answer about it stays right; a bounded number of them is kept.
"""

from __future__ import annotations

import copy
import sys
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Generic, TypeVar, cast

import numpy as np
import pandas as pd

T = TypeVar("T")


class Remembered(Generic[T]):
    """The newest `most` answers by what was asked. Several threads may ask at once; two that ask the same at the same
    time work it out twice."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: dict[Hashable, T] = {}
        self._lock = threading.Lock()

    def get(self, asked: Hashable, answer: Callable[[], T]) -> T:
        """The answer that is known, or what `answer` returns."""
        with self._lock:
            if asked in self._answers:
                self._answers[asked] = self._answers.pop(asked)
                return self._answers[asked]
        found = answer()
        with self._lock:
            self._answers[asked] = found
            while len(self._answers) > self._most:
                del self._answers[next(iter(self._answers))]
        return found


class RememberedOfNewest:
    """Answers about one thing that is published, the one asked about last: at most `most_bytes` together, and
    `most_of_one` in one answer. What was asked for longest ago goes first.

    Several threads may ask at once, as with `Remembered`.
    """

    def __init__(self, most_bytes: int, most_of_one: int) -> None:
        self._most_bytes, self._most_of_one = most_bytes, most_of_one
        self._published = ""
        self._bytes = 0
        self._answers: dict[Hashable, tuple[Any, int]] = {}
        self._lock = threading.Lock()

    def get(self, published: str, asked: Hashable, answer: Callable[[], T], size: Callable[[T], int]) -> T:
        """The answer that is known, or what `answer` returns, which takes about `size` bytes. `published` is the
        identity of what is published; the first question about another one forgets what was said of the one before."""
        with self._lock:
            if published != self._published:
                self._published, self._bytes = published, 0
                self._answers.clear()
            if asked in self._answers:
                self._answers[asked] = self._answers.pop(asked)
                return cast("T", self._answers[asked][0])
        found = answer()
        taken = OF_QUESTION + size(found)
        with self._lock:
            if published == self._published and taken <= self._most_of_one and asked not in self._answers:
                self._answers[asked] = found, taken
                self._bytes += taken
                while self._bytes > self._most_bytes:
                    self._bytes -= self._answers.pop(next(iter(self._answers)))[1]
        return found


OF_QUESTION = 2048
"""About what a question takes besides its answer, in bytes."""


def bytes_of_rows(rows: Sequence[Mapping[str, Any]]) -> int:
    """About what rows take in memory."""
    return sum(_bytes_of(value) + sys.getsizeof(value) for row in rows for value in row.values()) + 240 * len(rows)


def _bytes_of(value: Any) -> int:
    """What is in a list or an object."""
    if isinstance(value, Mapping):
        value = list(value.values())
    return sum(_bytes_of(each) + sys.getsizeof(each) for each in value) if isinstance(value, list | tuple) else 0


def bytes_of_frame(frame: pd.DataFrame) -> int:
    """About what a frame takes in memory."""
    return int(frame.memory_usage(deep=True).sum()) + 4096


def own_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows that may be changed without changing these."""
    return [{name: _own(value) for name, value in row.items()} for row in rows]


def own_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame that may be changed, and what is in it, without changing this one."""
    own = frame.copy()
    for name, kind in own.dtypes.items():
        if pd.api.types.is_object_dtype(kind):
            own[name] = own[name].map(_own)
    return own


def _own(value: Any) -> Any:
    return copy.deepcopy(value) if isinstance(value, list | dict | np.ndarray) else value
