"""Which parts of a table are put together, so that a long history is few files.

Each file costs a reader some tenths of a millisecond a question. So neighbouring parts are merged once a newer day than
theirs is published, whenever no single one of them is most of what is written: then files grow larger towards the
past, and each row is written again a few times in a year, whatever the order in which its days came. Where that is
little, up to `SMALL_BYTES`, it is done earlier, so that small tables are about four files. A merged file stays small
enough: a day in it that is published again costs little, and no publish merges much.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qa_pipeline.warehouse.parts import Part

LARGEST_BYTES = 15 << 20
"""Of a merged file. Days that are larger stay as they are."""

AT_ONCE_BYTES = 15 << 20
"""What one publish merges at most; the next ones that change a day go on with it."""

PACKED = 4
"""Rows that were packed more tightly than to this part of their size count as if they were not: it is the packing that
takes time."""

SMALL_BYTES = 2 << 20
MOST_OF_SMALL, MOST_OF_LARGE = 0.8, 0.6
"""Parts of which one is a larger share of what would be written are left: most of it would be written for little."""


@dataclass(frozen=True, slots=True)
class Merge:
    """Parts of a table that become one, in the order of their days; a part with hidden days alone, to lose these."""

    table: str
    parts: tuple[Part, ...]

    @property
    def size_bytes(self) -> int:
        """What is read for it, and about what is written; more of what is packed tightly."""
        return sum(map(size_of, self.parts))


def merges(table: str, parts: Sequence[Part], newest: dt.date) -> Iterator[Merge]:
    """What of a table's parts should be merged when `newest` is the newest day that is published. No part is in two."""
    yield from (Merge(table, (part,)) for part in parts if part.hidden)
    settled = sorted((part for part in parts if not part.hidden and _last(part) < newest), key=_last)
    end = len(settled)
    while end > 1:
        first = _first_of_longest(settled[:end])
        if first < end - 1:
            yield Merge(table, tuple(settled[first:end]))
            end = first
        else:
            end -= 1


def affordable(wanted: Iterable[Merge], bytes_at_once: int) -> Iterator[Merge]:
    """As many of the merges as one publish may do, the smallest first; one at least that is within its bounds."""
    left = bytes_at_once
    for merge in sorted(wanted, key=lambda merge: merge.size_bytes):
        if merge.size_bytes > left:
            return
        left -= merge.size_bytes
        yield merge


def size_of(part: Part) -> int:
    """What counts for the size of a part, in bytes."""
    return max(part.size_bytes, part.unpacked_bytes // PACKED)


def _first_of_longest(parts: Sequence[Part]) -> int:
    """Where the longest row of neighbours begins that ends with the last part and is worth merging; that part itself
    where none is."""
    longest = len(parts) - 1
    total = largest = 0
    for place in range(len(parts) - 1, -1, -1):
        total += size_of(parts[place])
        largest = max(largest, size_of(parts[place]))
        if total > LARGEST_BYTES:
            break
        if largest <= (MOST_OF_SMALL if total <= SMALL_BYTES else MOST_OF_LARGE) * total:
            longest = place
    return longest


def _last(part: Part) -> dt.date:
    """The last day of a part; of one without a date none is newer."""
    return part.days[-1] or dt.date.max
