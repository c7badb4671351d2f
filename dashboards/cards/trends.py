"""Cards of figures over time: means with their intervals, calls by status, shares of emotions, marks of versions."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from dashboards.board.axes import Axis, axis_of_amounts, axis_of_means
from dashboards.board.figures import Card, Course, Place, Point, Series, Stack, Tick, Trend, VersionMark
from dashboards.cards.rows import calls_address, calls_with, mean_of, metric_address, metric_help, rows_of
from dashboards.figures import Mean
from dashboards.filters import UNLABELLED, CallFilter, DateRange
from dashboards.palette import EMOTIONS, STATUSES, emotion_mark
from dashboards.periods import Period
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.wording.clocks import amount
from qa_pipeline.wording.definitions import name as metric_name
from qa_pipeline.wording.figures import bounds, signed
from qa_pipeline.wording.languages import t, tn

TREND_METRICS = (
    "talk_ratio",
    "silence_ratio",
    "dead_air_s",
    "overlap_s",
    "response_ms_p50",
    "customer_valence",
    "valence_shift",
    "negative_share",
)
"""Metrics of metrics_daily whose course is drawn."""

ENOUGH = 5
"""Intervals of fewer calls don't widen an axis: they would press all others into a line."""

Narrow = Mapping[str, tuple[str, ...]]
"""Fields of a `CallFilter` that a card's calls are narrowed by."""


def trend_card(
    column: str,
    by_period: pd.DataFrame,
    periods: Sequence[Period],
    marks: Sequence[VersionMark],
    *,
    now: Mean | None,
    change: str = "",
    narrow: Narrow | None = None,
    others: Mapping[str, pd.DataFrame] | None = None,
) -> Card:
    """A metric's mean over the range, how it changed, and its course. `by_period`: rows of how_metrics_went_by_period,
    of any metrics; `others`: the same of whom to compare with, by name."""
    entry = CATALOGUE[column]
    every = _means_at(column, by_period, periods)
    found = {at: mean for at, mean in every.items() if now is not None and mean.unit == now.unit}
    if now is None or not found:
        return Card(
            metric_name(column),
            href=metric_address(column),
            help=metric_help(column),
            notes=(t("No call of these dates has it."),),
        )
    scale = 1000 if entry.unit == "ms" else 1
    compared = {name: _means_at(column, frame, periods) for name, frame in (others or {}).items()}
    alike = {
        name: {at: mean for at, mean in means.items() if mean.unit == now.unit} for name, means in compared.items()
    }
    axis = _axis(column, found, scale, [mean.mean for means in alike.values() for mean in means.values()])
    points = tuple(
        _point(column, at, mean, axis, scale, calls_address(calls_with(column, periods[at].days, **(narrow or {}))))
        for at, mean in sorted(found.items())
    )
    body = Trend(
        tuple(Place(period.name, period.short) for period in periods),
        points,
        axis.low,
        axis.high,
        tuple(Tick(at, axis_name(column, at, axis)) for at in axis.ticks),
        tuple(marks),
        t("no call has it"),
        tuple(_course(column, name, means, len(periods), scale) for name, means in alike.items() if means),
    )
    ends = axis.ticks[0], axis.ticks[-1]
    notes = []
    if not axis.starts_at_zero:
        low, high = (axis_name(column, end, axis) for end in ends)
        notes.append(t("The axis shows {low} to {high}, not from zero.", low=low, high=high))
    if len(found) < len(every):
        notes.append(
            tn("{n} period is left out: most of its calls have this in another unit.",
               "{n} periods are left out: most of their calls have this in another unit.", len(every) - len(found))
        )  # fmt: skip
    beside = " ".join(part for part in (now.interval(column), tn("{n} call", "{n} calls", now.n)) if part)
    return Card(
        metric_name(column),
        body,
        now.shown(column),
        beside,
        change,
        tuple(notes),
        metric_address(column),
        metric_help(column),
    )


def _means_at(column: str, by_period: pd.DataFrame, periods: Sequence[Period]) -> dict[int, Mean]:
    """Number of the period → the metric's mean."""
    places = {period.begins: at for at, period in enumerate(periods)}
    rows = rows_of(by_period.loc[by_period["metric"] == column])
    return {places[row["begins"]]: mean_of(row) for row in rows if row["begins"] in places}


def _course(column: str, name: str, means: Mapping[int, Mean], periods: int, scale: int) -> Course:
    values = tuple(means[at].mean / scale if at in means else None for at in range(periods))
    return Course(name, values, tuple(means[at].shown(column) if at in means else "" for at in range(periods)))


def _axis(column: str, found: Mapping[int, Mean], scale: int, others: Sequence[float]) -> Axis:
    least, most = bounds(column)
    values = [*(mean.mean for mean in found.values()), *others]
    for mean in found.values():
        if mean.n >= ENOUGH and mean.ci_low is not None and mean.ci_high is not None:
            values += [max(least, mean.ci_low), min(most, mean.ci_high)]
    return axis_of_means((value / scale for value in values), least / scale, most / scale)


def _point(column: str, at: int, mean: Mean, axis: Axis, scale: int, href: str) -> Point:
    """The interval is cut where the axis ends; where it reads as one figure there is none."""
    span = mean.interval(column)
    low, high = (
        (max(axis.low, mean.ci_low / scale), min(axis.high, mean.ci_high / scale))
        if span and mean.ci_low is not None and mean.ci_high is not None
        else (None, None)
    )
    calls = tn("{n} call", "{n} calls", mean.n)
    return Point(at, mean.mean / scale, low, high, " ".join(filter(None, (mean.shown(column), span, calls))), href)


def axis_name(column: str, value: float, axis: Axis) -> str:
    """A tick of a metric's axis, in the axis' unit (seconds for milliseconds)."""
    step = axis.ticks[1] - axis.ticks[0] if len(axis.ticks) > 1 else 1.0
    match CATALOGUE[column].unit:
        case "0 to 1":
            return f"{value:.1%}" if step < 0.01 else f"{value:.0%}"
        case "s" | "ms":
            return t("{seconds} s", seconds=f"{value:g}")
        case "−5 to 5" | "−10 to 10":
            return f"{value:+.2f}".replace("-", "−") if step < 0.1 else signed(value)
        case _:
            return f"{value:g}"


def calls_card(by_period: pd.DataFrame, periods: Sequence[Period], marks: Sequence[VersionMark]) -> Card:
    """Calls per period by status. `by_period`: rows of count_calls_by_period."""
    rows = rows_of(by_period)
    body = _stack(
        periods,
        marks,
        [(status, mark.label, mark.colour) for status, mark in STATUSES.items()],
        {(row["status"], row["begins"]): float(row["calls"]) for row in rows},
        lambda status, value: f"{value:,.0f} {STATUSES[status].label}",
        lambda status, days: CallFilter(days, statuses=(status,)),
    )
    return Card(t("Calls"), body)


def emotions_card(
    by_period: pd.DataFrame,
    periods: Sequence[Period],
    marks: Sequence[VersionMark],
    *,
    hides_unlabelled: bool,
    narrow: Narrow | None = None,
) -> Card | None:
    """Shares of customers' speech per period by emotion; None without any. `by_period`: rows of
    how_customers_felt_by_period. With `hides_unlabelled` speech without a label has no share."""
    rows = [row for row in rows_of(by_period) if row["emotion"] is not None or not hides_unlabelled]
    totals: dict[dt.date, float] = {}
    for row in rows:
        totals[row["begins"]] = totals.get(row["begins"], 0.0) + row["speech_s"]
    shares = {
        (row["emotion"] or UNLABELLED, row["begins"]): row["speech_s"] / totals[row["begins"]]
        for row in rows
        if totals[row["begins"]] > 0
    }
    if not shares:
        return None
    body = _stack(
        periods,
        marks,
        [(emotion or UNLABELLED, emotion_mark(emotion).label, emotion_mark(emotion).colour) for emotion in EMOTIONS],
        shares,
        lambda emotion, value: f"{value:.0%} {emotion_mark(None if emotion == UNLABELLED else emotion).label}",
        lambda emotion, days: CallFilter(days, emotions=(emotion,), **(narrow or {})),  # type: ignore[arg-type]
        most=1.0,
    )
    beside = t("shares of {hours} of speech", hours=amount(sum(totals.values())))
    return Card(t("Customers' emotions"), body, notes=(beside,))


def _stack(
    periods: Sequence[Period],
    marks: Sequence[VersionMark],
    kinds: Sequence[tuple[str, str, str]],
    values: Mapping[tuple[str, dt.date], float],
    word: Callable[[str, float], str],
    calls_of: Callable[[str, DateRange], CallFilter],
    most: float | None = None,
) -> Stack:
    """`kinds`: key, label and colour; `values` by key and begin of the period; `most`: the end of the axis."""
    sums = [sum(values.get((kind, period.begins), 0.0) for kind, _, _ in kinds) for period in periods]
    axis = axis_of_amounts(sums) if most is None else axis_of_amounts([most])
    series = []
    for kind, label, colour in kinds:
        amounts = tuple(values.get((kind, period.begins), 0.0) for period in periods)
        if not any(amounts):
            continue
        texts = tuple(word(kind, value) if value else "" for value in amounts)
        hrefs = tuple(
            calls_address(calls_of(kind, period.days)) if value else ""
            for period, value in zip(periods, amounts, strict=True)
        )
        series.append(Series(label, colour, amounts, texts, hrefs))
    ticks = [tick for tick in axis.ticks if most is not None or tick == int(tick)]
    return Stack(
        tuple(Place(period.name, period.short) for period in periods),
        tuple(series),
        axis.low,
        axis.high,
        tuple(Tick(tick, f"{tick:,.0f}" if most is None else f"{tick:.0%}") for tick in ticks),
        tuple(marks),
        t("no calls"),
    )


def version_marks(versions: pd.DataFrame, periods: Sequence[Period]) -> list[VersionMark]:
    """What began or ended in which period. `versions`: rows of which_versions_by_day, in order of the days.

    One that pauses as long again and again neither ends nor begins: several that take turns would otherwise fill a
    chart with marks.
    """
    found: dict[int, dict[dt.date, list[str]]] = {}
    for day, change in sorted(_changes(versions)):
        at = next((at for at, period in enumerate(periods) if day <= period.days.last), None)
        if at is not None:
            found.setdefault(at, {}).setdefault(day, []).append(change)
    return [
        VersionMark(at, "; ".join(f"{day}: {', '.join(changes)}" for day, changes in days.items()))
        for at, days in sorted(found.items())
    ]


def _changes(versions: pd.DataFrame) -> Iterator[tuple[dt.date, str]]:
    makers = [_makers(row) for row in rows_of(versions)]
    for kind in ("engine", "model", "definitions"):
        days = [(day, names[kind]) for day, names in makers if names[kind]]  # a day without any says nothing
        for name in sorted({name for _, names in days for name in names}):
            used = [number for number, (_, names) in enumerate(days) if name in names]
            longest_pause = max((later - earlier - 1 for earlier, later in itertools.pairwise(used)), default=0)
            if len(days) - 1 - used[-1] > longest_pause:
                yield days[used[-1] + 1][0], t("before: {kind} {name}", kind=t(kind), name=name)
            if used[0] > longest_pause:
                yield days[used[0]][0], t("from here: {kind} {name}", kind=t(kind), name=name)


def has_several_definitions(versions: pd.DataFrame) -> bool:
    """Whether the figures of these days were made by different definitions. `versions` as above."""
    found = {row["definition"] for row in rows_of(versions)} - {None}
    return len(found) > 1 or "mixed" in found


def differs_from(versions: pd.DataFrame, earlier: pd.DataFrame) -> bool:
    """Whether the days of one range were made by other engines, models or definitions than those of another."""
    now, then = (
        {(kind, name) for row in rows_of(each) for kind, names in _makers(row)[1].items() for name in names}
        for each in (versions, earlier)
    )
    return bool(now and then) and now != then


def _makers(row: Mapping[str, Any]) -> tuple[dt.date, dict[str, list[str]]]:
    """A day and the engines, models and definitions that are known to have made its figures."""
    definition = [] if row["definition"] in (None, "mixed") else [row["definition"]]
    return row["call_date"], {"engine": row["engines"], "model": row["models"], "definitions": definition}
