"""What the pages ask a published snapshot: the selects of sql/pages, and what several of their rows make together.

A file of sql/pages says in its header which values it takes and which columns its rows have.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

import pandas as pd

from dashboards.filters import DateRange
from dashboards.remembered import (
    Remembered,
    RememberedOfNewest,
    bytes_of_frame,
    bytes_of_rows,
    own_frame,
    own_rows,
)
from qa_pipeline.published.agent_channels import AGENT_CHANNELS, channel_groups
from qa_pipeline.published.call_ranges import Ends, with_metric_ranges
from qa_pipeline.published.own_calls import OwnSnapshot
from qa_pipeline.published.snapshot import Row, Snapshot
from qa_pipeline.recordings.agent_channel_swaps import ChannelGroup
from qa_pipeline.settings import Settings
from qa_pipeline.statements.files import read_sql
from qa_pipeline.wording.rules import SEVERITIES

DAILY_TABLES = {"acoustics", "counts_daily", "metrics_daily", "emotions_daily", "languages_daily", "costs_daily"}
"""What pages of daily figures need; a snapshot of an earlier version may lack them."""

T = TypeVar("T")

_WITHOUT_VALUES: Remembered[list[Row]] = Remembered(128)
_OF_DAYS = RememberedOfNewest(32 << 20, 4 << 20)
"""Figures of days: a page asks for them again with each click, and all its visitors for those of the same days."""

MOST_NAMED = 50
"""A question that names more calls or people than these will hardly be asked again."""


def ask(
    snapshot: Snapshot,
    question: str,
    dates: DateRange | None = None,
    *,
    metric_ranges: Mapping[str, Ends] | None = None,
    **values: Any,
) -> list[Row]:
    """The rows that sql/pages/`question`.sql finds, by column name; `metric_ranges` narrow a select that takes them.

    What takes no values, such as the choices of filters, is asked of a snapshot once, and so are figures of `dates`.
    The rows are the caller's own.

    Raises:
        UnreadableSnapshot: the snapshot lacks a table or column, or is damaged.
    """
    select, ends = with_metric_ranges(read_sql(f"pages/{question}.sql"), metric_ranges or {})
    given = _with_dates(values, dates) | ends
    if not given and (identity := snapshot.identity_for(select)) is not None:
        once = (identity, snapshot.time_zone, question)
        return own_rows(_WITHOUT_VALUES.get(once, lambda: snapshot.rows(select)))
    if dates is None or _names_many(values):
        return snapshot.rows(select, given)
    asked = (question, select if ends else "", _hashable(given), "rows")
    return own_rows(_remembered(snapshot, select, asked, lambda: snapshot.rows(select, given), bytes_of_rows))


def ask_in_batches(
    snapshot: Snapshot, question: str, *, size: int, metric_ranges: Mapping[str, Ends] | None = None, **values: Any
) -> Iterator[list[Row]]:
    """What `ask` finds, `size` rows at a time.

    Raises:
        UnreadableSnapshot: as of `ask`, also after some rows were given.
    """
    select, ends = with_metric_ranges(read_sql(f"pages/{question}.sql"), metric_ranges or {})
    yield from snapshot.batches(select, values | ends, size=size)


def ask_frame(snapshot: Snapshot, question: str, dates: DateRange | None = None, **values: Any) -> pd.DataFrame:
    """What `ask` finds as a frame of the caller's own, for charts and tables of figures.

    Raises:
        UnreadableSnapshot: as of `ask`.
    """
    select, given = read_sql(f"pages/{question}.sql"), _with_dates(values, dates)
    if dates is None or _names_many(values):
        return snapshot.frame(select, given)
    asked = (question, _hashable(given), "frame")
    return own_frame(_remembered(snapshot, select, asked, lambda: snapshot.frame(select, given), bytes_of_frame))


def agent_channels(snapshot: Snapshot, settings: Settings, dates: DateRange) -> list[ChannelGroup]:
    """On which channel the agents of these days' calls are, by where their recordings lie.

    Raises:
        UnreadableSnapshot: the snapshot is damaged.
    """
    found = _remembered(
        snapshot,
        AGENT_CHANNELS,
        ("agent_channels", settings.landing_bucket, settings.recordings, dates),
        lambda: channel_groups(snapshot, settings, dates.first, dates.last),
        lambda groups: bytes_of_rows(list(map(asdict, groups))),
    )
    return list(found)


def _remembered(
    snapshot: Snapshot, select: str, asked: tuple[Hashable, ...], answer: Callable[[], T], size: Callable[[T], int]
) -> T:
    """The answer to a select that was given before by the name `asked`, or is given now."""
    identity = snapshot.identity_for(select)
    if identity is None:
        return answer()
    return _OF_DAYS.get(snapshot.published_identity, (identity, snapshot.time_zone, *asked), answer, size)


def _names_many(values: Mapping[str, Any]) -> bool:
    return any(len(value) > MOST_NAMED for value in values.values() if isinstance(value, list | tuple))


def _hashable(value: Any) -> Hashable:
    if isinstance(value, Mapping):
        return tuple((name, _hashable(each)) for name, each in value.items())
    return tuple(map(_hashable, value)) if isinstance(value, list | tuple) else value


def _with_dates(values: dict[str, Any], dates: DateRange | None) -> dict[str, Any]:
    return values if dates is None else values | {"from_date": dates.first, "to_date": dates.last}


_ABOUT_CALLS: Remembered[list[Row]] = Remembered(256)


def ask_about_call(snapshot: Snapshot, question: str, call_id: str) -> list[Row]:
    """As `ask`, of a question that several parts of a call's page have, its sound and its data among them: it is asked
    once. The rows are the caller's own."""
    asked = (snapshot.identity, snapshot.time_zone, question, call_id)
    return [dict(row) for row in _ABOUT_CALLS.get(asked, lambda: ask(snapshot, question, call_id=call_id))]


def knows_voices(snapshot: Snapshot) -> bool:
    """Whether it says of calls in which form they were handed over; one of an earlier version does not."""
    return "call_voices" in snapshot.tables()


def sources_of(snapshot: Snapshot, call_id: str) -> list[Row]:
    """Where the sound of a call's channels lies; none where the snapshot is of a version that did not say."""
    return ask_about_call(snapshot, "list_sources", call_id) if knows_recordings(snapshot) else []


def recordings_of(snapshot: Snapshot, call_id: str) -> list[Row]:
    """The recordings of a call; none where the snapshot is of a version that did not know of several."""
    return ask_about_call(snapshot, "read_recordings", call_id) if knows_recordings(snapshot) else []


def outcomes_of(snapshot: Snapshot, calls: Sequence[Row]) -> list[Row]:
    """What became of calls, rows with their `call_id` and `call_date`."""
    days = [call["call_date"] for call in calls if call["call_date"] is not None]
    ids = [call["call_id"] for call in calls]
    first, last = min(days, default=None), max(days, default=None)
    return ask(snapshot, "list_outcomes_of_calls", call_ids=ids, first_date=first, last_date=last)


def knows_repeats(snapshot: Snapshot) -> bool:
    """Whether it can be asked who called again: own calls alone don't say so."""
    return not isinstance(snapshot, OwnSnapshot)


def knows_recordings(snapshot: Snapshot) -> bool:
    """Whether it knows calls of several recordings; one of an earlier version does not."""
    return "call_agents" in snapshot.tables()


def knows_rules(snapshot: Snapshot) -> bool:
    """Whether it says what rules come to in calls; one of an earlier version does not."""
    return "rules_daily" in snapshot.tables()


def rules_of(snapshot: Snapshot) -> list[Row]:
    """The rules that were applied to calls, rows of list_rules: each in the version of the newest calls, those that
    matter most first."""
    if not knows_rules(snapshot):
        return []
    newest = {row["rule_id"]: row for row in ask(snapshot, "list_rules")}
    places = {severity: place for place, severity in enumerate(SEVERITIES)}
    return sorted(newest.values(), key=lambda row: (places.get(row["severity"], len(places)), row["title"].casefold()))


def filter_choices(snapshot: Snapshot) -> dict[str, list[str]]:
    """What the calls can be narrowed to: agents, queues, languages and defects that occur."""
    (row,) = ask(snapshot, "list_filter_choices")
    defects = ask(snapshot, "list_defects") if "acoustics" in snapshot.tables() else []
    further = ask(snapshot, "list_further_choices") if knows_recordings(snapshot) else []
    choices = {
        name: sorted({*(values or []), *(value for each in further for value in each.get(name) or [])})
        for name, values in row.items()
    }
    return choices | {"defects": [row["defect"] for row in defects]}
