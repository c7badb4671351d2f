"""What a person may narrow the calls by, and how a URL writes it. Pure: no Streamlit, no database, no clock.

`CallFilter.to_query` and `CallFilter.from_query` are each other's inverse. A URL's text that makes no sense is left
out, as if it weren't there.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dashboards.date_presets import PRESETS, UNDATED, days_of
from dashboards.url_values import EARLIEST, LATEST, date_of
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.search.query import RULE_OUTCOMES
from qa_pipeline.transcription.models import EMOTIONS

UNLABELLED = "none"
"""As an emotion to filter by: customers without a labelled sentence."""

UNSURE = "unsure"
"""As a form to filter by: calls divided by voice whose agent and customer must not be relied on."""

FORMS = ("stereo", "parts", "tracks", "channels", "diarized", UNSURE, "single")
"""Forms of calls, as `calls.form` and sql/pages/find_calls.sql know them."""

DEFAULT_DAYS = 31
"""Where nothing is said of dates: this many days up to the newest call date."""

COURSES = ("turned_angry", "began_angry", "ended_angry", "recovered", "improving", "worsening")
"""Courses of a customer's emotions, as docs/metrics.md defines them and sql/pages/find_calls.sql knows them."""

STEPS = tuple(f"{one}-{next_one}" for one in EMOTIONS for next_one in EMOTIONS)
"""Steps from one labelled sentence of a customer to the next, as sql/pages/find_calls.sql writes them."""

DIRECTIONS = ("inbound", "outbound", "internal")

REPEATS = ("yes", "no")
"""Whether the customer called again within seven days; calls of which that is not known yet are neither."""

RANGED_METRICS = tuple(column for column, entry in CATALOGUE.items() if entry.unit not in ("", "JSON"))
"""Columns of `call_metrics` that have an order; yes and no are 1 and 0."""

LISTED_METRICS = tuple(column for column in RANGED_METRICS if column not in ("duration_s", "languages"))
"""Metrics that are columns of the list; it has a length and languages of its own."""

SORTS = (
    "date", "call", "agent", "team", "supervisor", "queue", "direction", "customer", "length", "languages", "anger",
    "status", "engine", "defects", "form", "outcomes", "repeat", "rules_hit", "rules_missed", *LISTED_METRICS,
)  # fmt: skip
"""The orders of the list, as sql/pages/find_calls.sql knows them: keys of its columns, metrics among them."""

_METRIC, _SHARE, _OUTCOME = "m.", "e.", "o."
_BETWEEN = ".."


@dataclass(frozen=True, slots=True)
class DateRange:
    """First and last call date, both included."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> list[dt.date]:
        """Every day of the range."""
        return [self.first + dt.timedelta(days=number) for number in range((self.last - self.first).days + 1)]


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers from `low` to `high`, both included; None leaves that side open. Ends that are given the wrong way round
    are turned."""

    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low > self.high:
            low, high = self.high, self.low
            object.__setattr__(self, "low", low)
            object.__setattr__(self, "high", high)

    @property
    def is_open(self) -> bool:
        """True when it holds every number."""
        return self.low is None and self.high is None

    def __str__(self) -> str:
        """As a URL writes it: LOW..HIGH, one side missing where it is open."""
        return f"{_number(self.low)}{_BETWEEN}{_number(self.high)}"

    @classmethod
    def of(cls, text: str) -> Span | None:
        """What `text` writes; a single number is exactly that one. None where it makes no sense or holds everything."""
        low, between, high = text.partition(_BETWEEN)
        try:
            ends = [float(end) if end.strip() else None for end in (low, high if between else low)]
        except ValueError:
            return None
        if any(end is not None and not math.isfinite(end) for end in ends):
            return None
        span = cls(*ends)
        return None if span.is_open else span


Spans = tuple[tuple[str, Span], ...]
"""A name each and what its number may be."""


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls to list. What is empty leaves that side open; several values of one kind mean any of them.

    `dates` is a range, the name of a preset (`date_presets.PRESETS`), UNDATED for the recordings without a date, which
    belong to no range, or None: the newest days of the snapshot.
    `length` is seconds; `metrics` are columns of `RANGED_METRICS` in their stored units; `shares` are emotions and
    their shares of the customer's labelled speech, 0 to 1. Teams and supervisors are those of the call's agents on
    its day. `rules` are rules with what they come to (`rule_choice`): any of them is enough, of `each_rule` each must.
    """

    dates: DateRange | str | None = None
    agents: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    supervisors: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    emotions: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    text: str = ""
    defects: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    courses: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    length: Span = Span()
    metrics: Spans = ()
    shares: Spans = ()
    outcomes: Spans = ()
    repeats: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    each_rule: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", self.text.strip())

    @property
    def is_open(self) -> bool:
        """True when nothing but the dates narrows the calls."""
        return replace(self, dates=None) == CallFilter()

    @property
    def range(self) -> DateRange:
        """The days, once `on` has said which they are; every day for recordings without a date.

        Raises:
            ValueError: it has not.
        """
        if self.dates == UNDATED:
            return DateRange(EARLIEST, LATEST)
        if not isinstance(self.dates, DateRange):
            raise ValueError(f"which days {self.dates or 'the newest'} are is not known yet")
        return self.dates

    def on(self, today: dt.date, newest: DateRange, published: DateRange) -> CallFilter:
        """The same with its days: presets are counted from `today`, no dates are `newest`, and a range that is open
        at one end goes to that end of what is `published`."""
        if self.dates is None:
            return replace(self, dates=newest)
        if self.dates == UNDATED:
            return self
        if isinstance(self.dates, DateRange):
            first = published.first if self.dates.first == EARLIEST else self.dates.first
            last = published.last if self.dates.last == LATEST else self.dates.last
            return replace(self, dates=range_of(first, last))
        found = days_of(self.dates, today)
        return replace(self, dates=published if found is None else DateRange(*found))

    def values(self) -> dict[str, Any]:
        """What sql/pages/find_calls.sql takes for the choice besides dates, text, defects, forms and metrics; None
        leaves a side open."""
        chosen = {
            "agents": self.agents,
            "queues": self.queues,
            "teams": self.teams,
            "supervisors": self.supervisors,
            "languages": self.languages,
            "emotions": self.emotions,
            "courses": self.courses,
            "steps": self.steps,
            "statuses": self.statuses,
            "directions": self.directions,
            "engines": self.engines,
            "reasons": self.reasons,
            "rules": self.rules,
            "each_rule": self.each_rule,
        }
        shares = [{"name": name, "low": span.low, "high": span.high} for name, span in self.shares]
        length = {"length_low": self.length.low, "length_high": self.length.high}
        return {name: list(values) or None for name, values in chosen.items()} | {"shares": shares} | length

    def to_query(self) -> dict[str, list[str]]:
        """URL parameters and their values; what is open has none."""
        query = {name: list(getattr(self, field)) for name, field in _MANY.items()}
        query |= _dates_to_query(self.dates)
        query["q"] = [self.text] if self.text else []
        query["length"] = [] if self.length.is_open else [str(self.length)]
        query |= {f"{_METRIC}{name}": [str(span)] for name, span in self.metrics}
        query |= {f"{_SHARE}{name}": [str(span)] for name, span in self.shares}
        query |= {f"{_OUTCOME}{name}": [str(span)] for name, span in self.outcomes}
        return {name: values for name, values in query.items() if values}

    @classmethod
    def from_query(cls, query: Mapping[str, str | Sequence[str]]) -> CallFilter:
        """The filter that URL parameters write; parameters that are none of it are left alone."""
        given = {name: [values] if isinstance(values, str) else list(values) for name, values in query.items()}
        many = {field: _known(name, given.get(name, [])) for name, field in _MANY.items()}
        return cls(
            dates=_dates_from_query(given),
            text=_first(given, "q"),
            length=Span.of(_first(given, "length")) or Span(),
            metrics=_spans(given, _METRIC, RANGED_METRICS),
            shares=_spans(given, _SHARE, None),
            outcomes=_spans(given, _OUTCOME, None),
            **many,
        )


_MANY = {
    "agent": "agents",
    "queue": "queues",
    "team": "teams",
    "supervisor": "supervisors",
    "language": "languages",
    "emotion": "emotions",
    "course": "courses",
    "step": "steps",
    "direction": "directions",
    "status": "statuses",
    "engine": "engines",
    "defect": "defects",
    "form": "forms",
    "reason": "reasons",
    "repeat": "repeats",
    "rule": "rules",
    "each_rule": "each_rule",
}
"""URL parameter → field, where several values mean any of them."""

_ALLOWED = {"form": FORMS, "course": COURSES, "step": STEPS, "direction": DIRECTIONS, "repeat": REPEATS}
"""URL parameter → its only values."""


DATE_PARAMETERS = ("dates", "from", "to")


def rule_choice(rule_id: str, outcome: str) -> str:
    """A rule with what it comes to, as a filter has it: greeting:miss."""
    return f"{rule_id}:{outcome}"


def rule_chosen(value: str) -> tuple[str, str] | None:
    """Rule and outcome of such a choice; None where it makes no sense."""
    rule_id, _, outcome = value.rpartition(":")
    return (rule_id, outcome) if rule_id and outcome in RULE_OUTCOMES else None


def parameters_of(query: Iterable[str]) -> list[str]:
    """Which of these URL parameters are of the filter."""
    own = {*_MANY, *DATE_PARAMETERS, "q", "length"}
    return [name for name in query if name in own or name.startswith((_METRIC, _SHARE, _OUTCOME))]


def range_of(one: dt.date, other: dt.date) -> DateRange:
    """The days from one date to the other, whichever comes first."""
    return DateRange(min(one, other), max(one, other))


def published_ranges(publication: Mapping[str, Any]) -> tuple[DateRange, DateRange]:
    """All days that have calls, and the newest of them, which are shown where nothing is said of dates; of a row of
    sql/pages/describe_snapshot.sql."""
    last = publication["last_date"] or dt.date(1970, 1, 1)
    first = publication["first_date"] or last
    return DateRange(first, last), DateRange(max(first, last - dt.timedelta(days=DEFAULT_DAYS - 1)), last)


def _first(given: Mapping[str, list[str]], name: str) -> str:
    return next(iter(given.get(name, [])), "")


def _known(name: str, values: Sequence[str]) -> tuple[str, ...]:
    if name in ("rule", "each_rule"):
        values = [value for value in values if rule_chosen(value)]
    allowed = _ALLOWED.get(name)
    return tuple(dict.fromkeys(value for value in values if value and (allowed is None or value in allowed)))


def _spans(given: Mapping[str, list[str]], prefix: str, allowed: Sequence[str] | None) -> Spans:
    found = []
    for parameter in given:
        name = parameter.removeprefix(prefix)
        if name and name != parameter and (allowed is None or name in allowed):
            span = Span.of(_first(given, parameter))
            found += [(name, span)] if span else []
    return tuple(found)


def _dates_to_query(dates: DateRange | str | None) -> dict[str, list[str]]:
    if dates is None:
        return {}
    if isinstance(dates, str):
        return {"dates": [dates]}
    ends = {"from": (dates.first, EARLIEST), "to": (dates.last, LATEST)}
    if dates == DateRange(EARLIEST, LATEST):
        return {name: [end.isoformat()] for name, (end, _) in ends.items()}
    return {name: [end.isoformat()] for name, (end, is_open) in ends.items() if end != is_open}


def _dates_from_query(given: Mapping[str, list[str]]) -> DateRange | str | None:
    first, last = (date_of(_first(given, name)) for name in ("from", "to"))
    if first or last:
        return range_of(first or EARLIEST, last or LATEST)
    preset = _first(given, "dates")
    return preset if preset in (*PRESETS, UNDATED) else None


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(value)
