"""Puts neighbours together that are dealt with at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def stretches(items: Iterable[T], size: Callable[[T], float], *, number: int, total: float) -> Iterator[list[T]]:
    """The items in their order, at most `number` of them at once and of `total` size together, but for one that alone
    is larger."""
    stretch: list[T] = []
    held = 0.0
    for item in items:
        if stretch and (len(stretch) == number or held + size(item) > total):
            yield stretch
            stretch, held = [], 0.0
        stretch.append(item)
        held += size(item)
    if stretch:
        yield stretch
