"""The calls that a draw is made from, and the periods that they are drawn for."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

_WEEK = re.compile(r"\d{4}-W\d{2}")
_MONTH = re.compile(r"\d{4}-\d{2}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class FrameCall:
    """A call as plans look at it. `agents` are all who took part, `agent_id` is whose call it is; team and `hired_at`
    are the agent's on the day of the call. `metrics` and `outcomes` have numbers (a flag is 1 or 0), `rules` outcomes
    by the rule's id; what is not there is not known."""

    call_id: str
    call_date: dt.date
    status: str = "ok"
    agent_id: str | None = None
    agents: frozenset[str] = frozenset()
    team: str | None = None
    hired_at: dt.date | None = None
    queue: str | None = None
    direction: str | None = None
    language: str | None = None
    duration_s: float | None = None
    defects: frozenset[str] = frozenset()
    metrics: Mapping[str, float] = field(default_factory=dict)
    outcomes: Mapping[str, float] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)


class PeriodKind(StrEnum):
    """How long the periods of a plan are: a day, a week from Monday to Sunday (ISO 8601), a month of the calendar."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From `first` to `last` day, both included; `name` is 2025-09-01, 2025-W36 or 2025-09."""

    first: dt.date
    last: dt.date
    name: str

    @property
    def days(self) -> list[dt.date]:
        """The days of the period, in order."""
        return [self.first + dt.timedelta(n) for n in range((self.last - self.first).days + 1)]


def period_with(day: dt.date, kind: PeriodKind) -> Period:
    """The period that a day is in."""
    if kind is PeriodKind.DAY:
        return Period(day, day, day.isoformat())
    if kind is PeriodKind.WEEK:
        year, week, weekday = day.isocalendar()
        monday = day - dt.timedelta(weekday - 1)
        return Period(monday, monday + dt.timedelta(6), f"{year:04}-W{week:02}")
    first = day.replace(day=1)
    return Period(first, (first + dt.timedelta(31)).replace(day=1) - dt.timedelta(1), f"{day:%Y-%m}")


def period_before(period: Period, kind: PeriodKind) -> Period:
    """The period before it, of the same kind."""
    return period_with(period.first - dt.timedelta(1), kind)


def period_named(name: str, kind: PeriodKind) -> Period:
    """The period of a name, or the one that a named day is in.

    Raises:
        ValueError: it names none of the kind.
    """
    text = name.strip()
    try:
        if _DAY.fullmatch(text):
            return period_with(dt.date.fromisoformat(text), kind)
        if kind is PeriodKind.WEEK and _WEEK.fullmatch(text):
            return period_with(dt.date.fromisocalendar(int(text[:4]), int(text[6:]), 1), kind)
        if kind is PeriodKind.MONTH and _MONTH.fullmatch(text):
            return period_with(dt.date.fromisoformat(f"{text}-01"), kind)
    except ValueError:
        pass  # a day, week or month that there is not
    example = {PeriodKind.DAY: "2025-09-01", PeriodKind.WEEK: "2025-W36", PeriodKind.MONTH: "2025-09"}[kind]
    raise ValueError(f"{name} is not a {kind}; write {example}, or any day of it") from None
