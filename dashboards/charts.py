"""The charts, from plain rows to Altair. Whatever a colour says, a word says too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt

from dashboards.filters import DateRange
from dashboards.palette import (
    ACCENT,
    EMOTIONS,
    INKED,
    ROLES,
    STATUSES,
    Mark,
    emotion_mark,
    ink_on,
    language_name,
)

Rows = Sequence[Mapping[str, Any]]
Chart = alt.Chart | alt.LayerChart | alt.FacetChart

AXIS_DAYS = 92
"""Up to here a time axis has a place for every day of the range; beyond, for days with calls only."""

LABEL_FROM_SHARE = 0.09
"""Segments below this share are too narrow for their name."""


def calls_by_day(rows: Rows, dates: DateRange) -> Chart:
    """Stacked bars: calls per day by status. Rows: call_date, status, calls."""
    order = list(STATUSES)
    values = [
        {
            "day": row["call_date"].isoformat(),
            "status": row["status"],
            "place": order.index(row["status"]),
            "calls": row["calls"],
        }
        for row in rows
    ]
    chart: alt.Chart = (
        chart_of(values, 290)
        .mark_bar(strokeWidth=0)
        .encode(
            x=day_axis(dates, rows),
            y=alt.Y("calls:Q", title=None, axis=alt.Axis(tickMinStep=1, format="d")),
            color=_colour("status", STATUSES.values()),
            order=alt.Order("place:Q"),
            tooltip=["day:N", "status:N", "calls:Q"],
        )
    )
    return chart


def customer_emotions_by_day(rows: Rows, dates: DateRange) -> Chart:
    """Shares of customer speech per day by emotion. Rows: call_date, emotion, speech_s."""
    days: dict[dt.date, float] = {}
    for row in rows:
        days[row["call_date"]] = days.get(row["call_date"], 0.0) + row["speech_s"]
    values = [
        _felt(row, days[row["call_date"]]) | {"day": row["call_date"].isoformat()}
        for row in rows
        if days[row["call_date"]] > 0
    ]
    chart: alt.Chart = (
        chart_of(values, 290)
        .mark_bar(strokeWidth=0)
        .encode(
            x=day_axis(dates, rows),
            y=alt.Y("share:Q", title=None, stack="zero", scale=alt.Scale(domain=[0, 1]), axis=_PERCENT_AXIS),
            color=_colour("emotion", EMOTIONS.values()),
            order=alt.Order("place:Q"),
            tooltip=["day:N", "emotion:N", _PERCENT, _SECONDS],
        )
    )
    return chart


def emotions_by_role(rows: Rows) -> Chart:
    """One bar per role, divided by emotion, with names in it. Rows: role, emotion, speech_s."""
    totals: dict[str, float] = {}
    for row in rows:
        totals[row["role"]] = totals.get(row["role"], 0.0) + row["speech_s"]
    values: list[dict[str, Any]] = []
    for role, total in totals.items():
        begin = 0.0
        mine = (_felt(row, total) for row in rows if row["role"] == role and total > 0)
        for value in sorted(mine, key=lambda item: item["place"]):
            end = begin + value["share"]
            label = value["emotion"] if value["share"] >= LABEL_FROM_SHARE else ""
            span = {"begin": begin, "end": end, "middle": (begin + end) / 2}
            words = {
                "role": ROLES[role].label,
                "label": label,
                "ink": ink_on(value["colour"]),
            }
            values.append(value | span | words)
            begin = end
    base = chart_of(values, 210).encode(y=alt.Y("role:N", title=None, axis=_NAME_AXIS))
    bars: alt.Chart = base.mark_bar(height=42).encode(
        x=alt.X("begin:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=_PERCENT_AXIS),
        x2="end:Q",
        color=_colour("emotion", EMOTIONS.values()),
        tooltip=["role:N", "emotion:N", _PERCENT, _SECONDS],
    )
    names: alt.Chart = (
        base.mark_text(fontSize=12)
        .encode(x="middle:Q", text="label:N", color=alt.Color("ink:N", scale=None))
        .properties(name=INKED)
    )
    return alt.layer(bars, names)


def languages(rows: Rows) -> Chart:
    """Bars of speech time per language, or of calls where no model gave times. Rows: language, calls, speech_s."""
    total = sum(row["speech_s"] for row in rows)
    length = (
        alt.X("minutes:Q", title="minutes of speech", axis=alt.Axis(tickCount=6))
        if total
        else alt.X("calls:Q", title="calls", axis=alt.Axis(tickMinStep=1, format="d"))
    )
    values = [
        {
            "language": language_name(row["language"]),
            "sentences": row["sentences"],
            "minutes": row["speech_s"] / 60,
            "share": f"{row['speech_s'] / total:.0%}" if total else "",
        }
        for row in rows
    ]
    base = chart_of(values, 28 * len(values) + 62).encode(
        y=alt.Y("language:N", title=None, sort=None, axis=_NAME_AXIS), x=length
    )
    bars: alt.Chart = base.mark_bar(color=ACCENT, height=16).encode(
        tooltip=["language:N", "share:N", alt.Tooltip("minutes:Q", format=".1f"), "sentences:Q"]
    )
    names: alt.Chart = base.mark_text(align="left", dx=5, fontSize=11).encode(text="share:N")
    return alt.layer(bars, names)


_PERCENT_AXIS = alt.Axis(format="%", tickCount=5)
_PERCENT = alt.Tooltip("share:Q", format=".0%")
_SECONDS = alt.Tooltip("speech_s:Q", format=".1f", title="seconds")
_NAME_AXIS = alt.Axis(labelFontSize=12, labelLimit=160, ticks=False, domain=False)


def chart_of(values: list[dict[str, Any]], height: int) -> alt.Chart:
    """An empty chart of these rows, as wide as its place."""
    return alt.Chart(alt.InlineData(values=values)).properties(height=height, width="container")


def day_axis(dates: DateRange, rows: Rows) -> alt.X:
    """The days of the range from left to right; of a long one those of `rows` (call_date) only."""
    is_short = (dates.last - dates.first).days < AXIS_DAYS
    days = dates.days if is_short else sorted({row["call_date"] for row in rows})
    domain = [day.isoformat() for day in days]
    return alt.X("day:O", title=None, scale=alt.Scale(domain=domain), axis=alt.Axis(labelAngle=0, labelOverlap=True))


def _colour(field: str, marks: Iterable[Mark]) -> alt.Color:
    marks = list(marks)
    scale = alt.Scale(domain=[mark.label for mark in marks], range=[mark.colour for mark in marks])
    return alt.Color(
        f"{field}:N", scale=scale, legend=alt.Legend(title=None, orient="bottom", columns=4, symbolStrokeWidth=0)
    )


def _felt(row: Mapping[str, Any], total_s: float) -> dict[str, Any]:
    places = list(EMOTIONS)
    emotion = row["emotion"]
    return {
        "emotion": emotion_mark(emotion).label,
        "colour": emotion_mark(emotion).colour,
        "place": places.index(emotion) if emotion in places else len(places),
        "speech_s": row["speech_s"],
        "share": row["speech_s"] / total_s,
    }
