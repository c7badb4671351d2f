"""Cuts the work on a day into shards of about the same size."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from qa_pipeline.settings import Settings

T = TypeVar("T")

ALONE = 30
"""Without workers one process does a shard after the other, on all cores: that pays for so much more in each."""


def worth_a_shard(settings: Settings, size: float) -> float:
    """How much work a shard should be at least, where `size` is worth a way to another machine."""
    return size if settings.uses_workers else ALONE * size


def cut(items: Sequence[T], size_of: Callable[[T], float], *, least: float, most: int) -> list[list[T]]:
    """The items in shards that are worth a way to another machine each, and no more than `most`; none where there are
    no items.

    A shard is of about `least` or more, in the unit of `size_of`. The largest items are given away first, each to the
    smallest shard. The same items are always cut in the same way; in a shard they keep their order.
    """
    if not items:
        return []
    sizes = [max(size_of(item), 0.0) for item in items]
    number = min(max(math.ceil(sum(sizes) / least), 1), most, len(items))
    shards: list[list[int]] = [[] for _ in range(number)]
    smallest = [(0.0, shard) for shard in range(number)]
    for index in sorted(range(len(items)), key=lambda index: -sizes[index]):
        so_far, shard = heapq.heappop(smallest)
        shards[shard].append(index)
        heapq.heappush(smallest, (so_far + sizes[index], shard))
    return [[items[index] for index in sorted(shard)] for shard in shards]
