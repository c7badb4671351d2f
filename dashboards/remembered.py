"""Answers that are kept, so that the parts of a page that need the same one ask for it once.

A snapshot never changes under its path, so an answer about it stays right; a bounded number of them is kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

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
