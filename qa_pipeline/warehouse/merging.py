"""Which parts of a table are put together, so that a long history is few files.

Each file costs a reader a third of a millisecond a question. Parts of neighbouring days are merged in groups of 4, 16,
64 and 256 days once the days after them are published, as long as a merged file stays small: then a day that is
published again costs little, and no publish merges much. Each row is written again once for each of these steps.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qa_pipeline.warehouse.parts import Part

LARGEST_BYTES = 32 << 20
"""Of a merged file. Days that are larger stay as they are."""

AT_ONCE_BYTES = 32 << 20
"""What one publish merges at most; the next ones go on with it."""

GROUPS = (256, 128, 64, 32, 16, 8, 4, 2)
"""Days of a group. Those between the powers of four are for parts that would be too large in the next group."""

BETWEEN = (128, 32, 8, 2)
LARGEST_SHARE = 0.75
"""A group whose largest part is more than this share of it waits: most of it would be written for little."""


@dataclass(frozen=True, slots=True)
class Merge:
    """Parts of a table that become one, in the order of their days; a part with hidden days alone, to lose these."""

    table: str
    parts: tuple[Part, ...]

    @property
    def size_bytes(self) -> int:
        """What is read for it, and about what is written."""
        return sum(part.size_bytes for part in self.parts)


def merges(table: str, parts: Sequence[Part], newest: dt.date) -> Iterator[Merge]:
    """What of a table's parts should be merged when `newest` is the newest day that is published. No part is in two."""
    taken: set[str] = set()
    for part in parts:
        if part.hidden:
            taken.add(part.file)
            yield Merge(table, (part,))
    for size in GROUPS:
        groups: dict[int, list[Part]] = {}
        for part in parts:
            if part.file not in taken and (group := _group(part, size)) is not None:
                groups.setdefault(group, []).append(part)
        for number, group_parts in sorted(groups.items()):
            if (number + 1) * size > newest.toordinal():
                continue  # not all of its days have come
            merge = Merge(table, tuple(sorted(group_parts, key=_first)))
            if _is_worth_it(merge, size):
                taken |= {part.file for part in group_parts}
                yield merge


def affordable(wanted: Iterable[Merge], bytes_at_once: int) -> Iterator[Merge]:
    """As many of the merges as one publish may do, the smallest first; one at least that is within its bounds."""
    left = bytes_at_once
    for merge in sorted(wanted, key=lambda merge: merge.size_bytes):
        if merge.size_bytes > left:
            return
        left -= merge.size_bytes
        yield merge


def _is_worth_it(merge: Merge, size: int) -> bool:
    total = merge.size_bytes
    if len(merge.parts) < 2 or total > LARGEST_BYTES:
        return False
    if size in BETWEEN and 2 * total <= LARGEST_BYTES:
        return False
    return max(part.size_bytes for part in merge.parts) <= LARGEST_SHARE * total


def _group(part: Part, size: int) -> int | None:
    numbers = {day.toordinal() // size if day else None for day in (part.days[0], part.days[-1])}
    return numbers.pop() if len(numbers) == 1 else None


def _first(part: Part) -> dt.date:
    return part.days[0] or dt.date.min
