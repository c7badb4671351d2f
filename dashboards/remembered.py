"""Answers that are kept, so that the parts of a page that need the same one ask for it once, and so do its visitors.

A snapshot never changes under its path, so an answer about it stays right; a bounded number of them is kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar, cast

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
    """Answers about one thing that is published, the one asked about last: at most `most_cells` values together, and
    `most_of_one` in one answer. What was asked for longest ago goes first.

    Several threads may ask at once, as with `Remembered`.
    """

    def __init__(self, most_cells: int, most_of_one: int) -> None:
        self._most_cells, self._most_of_one = most_cells, most_of_one
        self._published = ""
        self._cells = 0
        self._answers: dict[Hashable, tuple[Any, int]] = {}
        self._lock = threading.Lock()

    def get(self, published: str, asked: Hashable, answer: Callable[[], T], cells: Callable[[T], int]) -> T:
        """The answer that is known, or what `answer` returns, which has `cells` values. `published` is the identity of
        what is published; the first question about another one forgets what was said of the one before."""
        with self._lock:
            if published != self._published:
                self._published, self._cells = published, 0
                self._answers.clear()
            if asked in self._answers:
                self._answers[asked] = self._answers.pop(asked)
                return cast("T", self._answers[asked][0])
        found = answer()
        count = cells(found)
        with self._lock:
            if published == self._published and count <= self._most_of_one and asked not in self._answers:
                self._answers[asked] = found, count
                self._cells += count
                while self._cells > self._most_cells:
                    self._cells -= self._answers.pop(next(iter(self._answers)))[1]
        return found
