"""Types of columns that are kept small: ids as bytes, days and times as integers, states as numbers.

Code sees what it always saw (hex ids, ISO days, seconds, states); only the disk sees the short form. Each form is
lossless: an id that does not look like one is kept as it is written. Explanations alone lose what is personal.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, SmallInteger, Text
from sqlalchemy.types import TypeDecorator

from qa_pipeline.ledger.states import UnitState
from qa_pipeline.privacy.messages import without_personal

STATE_NUMBERS = {
    UnitState.PLANNED: 1,
    UnitState.SENDING: 2,
    UnitState.SUBMITTED: 3,
    UnitState.SUCCEEDED: 4,
    UnitState.FETCHED: 5,
    UnitState.PARSED: 6,
    UnitState.FAILED: 7,
    UnitState.UNKNOWN: 8,
}
"""On the disk of every ledger: numbers are added and never change."""

_STATES = {number: state for state, number in STATE_NUMBERS.items()}

_AS_WRITTEN, _HEX, _DASHED = b"\x00", b"\x01", b"\x02"
_HEX_ID = re.compile(r"(?:[0-9a-f]{2}){8,64}")
_DASHED_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def pack(text: str) -> bytes:
    """An id in about half of its letters."""
    if _HEX_ID.fullmatch(text):
        return _HEX + bytes.fromhex(text)
    if _DASHED_ID.fullmatch(text):
        return _DASHED + bytes.fromhex(text.replace("-", ""))
    return _AS_WRITTEN + text.encode("utf-8", "surrogatepass")


def unpack(packed: bytes) -> str:
    """What was packed."""
    form, rest = packed[:1], bytes(packed[1:])
    if form == _AS_WRITTEN:
        return rest.decode("utf-8", "surrogatepass")
    digits = rest.hex()
    if form == _HEX:
        return digits
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


class PackedId(TypeDecorator[str]):
    """A text that is mostly an id in hexadecimal digits."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """To the disk."""
        return None if value is None else pack(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """From the disk."""
        return None if value is None else unpack(bytes(value))


class Moment(TypeDecorator[float]):
    """UTC epoch seconds, kept in whole milliseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> int | None:
        """To the disk."""
        return None if value is None else round(value * 1000)

    def process_result_value(self, value: Any, dialect: Dialect) -> float | None:
        """From the disk."""
        return None if value is None else value / 1000


class Day(TypeDecorator[str]):
    """A day as ISO text, kept as the number of days since the year 1."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> int | None:
        """To the disk. Raises ValueError where it is no day."""
        return None if value is None else dt.date.fromisoformat(value).toordinal()

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """From the disk."""
        return None if value is None else dt.date.fromordinal(value).isoformat()


class Explanation(TypeDecorator[str]):
    """What somebody said of a failure, who may quote what was said in the call: without what is personal in it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the disk."""
        return None if value is None else without_personal(value)


class State(TypeDecorator[UnitState]):
    """A state of a unit by its number."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: UnitState | None, dialect: Dialect) -> int | None:
        """To the disk."""
        return None if value is None else STATE_NUMBERS[UnitState(value)]

    def process_result_value(self, value: Any, dialect: Dialect) -> UnitState | None:
        """From the disk."""
        return None if value is None else _STATES[value]
