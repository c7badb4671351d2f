"""A range of call dates, checked once for all that takes `--from` and `--to`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from qa_pipeline.errors import WrongUse


@dataclass(frozen=True, slots=True)
class DayRange:
    """The call dates from `first` to `last`, both included.

    Raises:
        WrongUse: `last` is before `first`.
    """

    first: dt.date
    last: dt.date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise WrongUse(f"--to {self.last} is before --from {self.first}; swap them")

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"

    def widened(self, days: int) -> DayRange:
        """The range with some days before and after it, as far as there are any."""
        first = max(self.first.toordinal() - days, dt.date.min.toordinal())
        last = min(self.last.toordinal() + days, dt.date.max.toordinal())
        return DayRange(dt.date.fromordinal(first), dt.date.fromordinal(last))

    @classmethod
    def optional(cls, first: dt.date | None, last: dt.date | None) -> DayRange | None:
        """The range that the options give: one day where `last` is left out, None where both are.

        Raises:
            WrongUse: `last` is before `first`, or stands without it.
        """
        if first is None:
            if last is not None:
                raise WrongUse("--to needs --from, the first day")
            return None
        return cls(first, last or first)

    @classmethod
    def open(cls, first: dt.date | None, last: dt.date | None) -> DayRange:
        """The range that the options give, without a bound where one is left out."""
        return cls(first or dt.date.min, last or dt.date.max)
