"""Which bytes a request asks for (RFC 9110, section 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE = re.compile(r"\s*([0-9]*)\s*-\s*([0-9]*)\s*")
MOST_DIGITS = 20
"""No file is longer; digits without end cost time to read."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `first` up to and with `last`."""

    first: int
    last: int

    @property
    def size_bytes(self) -> int:
        """How many there are."""
        return self.last + 1 - self.first


class NotSatisfiable(ValueError):
    """The range begins behind the end of the sound."""


def wanted_range(header: str | None, if_range: str | None, *, size_bytes: int, etag: str) -> ByteRange | None:
    """The part that is asked for; None for the whole.

    A header that isn't understood asks for the whole, as the standard says; so does a list of ranges, and one whose
    `If-Range` names another state of the sound.

    Raises:
        NotSatisfiable: nothing of the range is there.
    """
    if header is None or (if_range is not None and if_range.strip() != etag):
        return None
    unit, equals, text = header.partition("=")
    one = _ONE.fullmatch(text)
    if unit.strip().lower() != "bytes" or not equals or one is None or max(map(len, one.groups())) > MOST_DIGITS:
        return None
    first, last = one.groups()
    if not first and not last:
        return None
    if first and last and int(last) < int(first):
        return None
    if not first:
        begin, end = max(0, size_bytes - int(last)), size_bytes - 1
        if int(last) == 0:
            raise NotSatisfiable
    else:
        begin, end = int(first), min(int(last), size_bytes - 1) if last else size_bytes - 1
    if begin >= size_bytes:
        raise NotSatisfiable
    return ByteRange(begin, end)
