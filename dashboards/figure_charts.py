"""Charts of figures: a mean's trend with its interval, a customer's quarters, the outline of the sound."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import altair as alt

from dashboards.charts import Chart, chart_of, day_axis
from dashboards.figures import Mean
from dashboards.filters import DateRange
from dashboards.palette import ACCENT, MOODS, QUIET
from qa_pipeline.wording.figures import bounds, signed


def trend(
    column: str, days: Sequence[tuple[dt.date, Mean]], dates: DateRange, engine_changes: Sequence[dt.date] = ()
) -> Chart:
    """A dot per day for the mean, a bar for its 95% interval (none below 2 calls), and a broken line on each day of
    `engine_changes` that has a mean."""
    low, high = bounds(column)
    scale = 1000 if column.endswith("_ms_p50") else 1
    values = [
        {
            "day": day.isoformat(),
            "mean": mean.mean / scale,
            "low": None if mean.ci_low is None else max(low, mean.ci_low) / scale,
            "high": None if mean.ci_high is None else min(high, mean.ci_high) / scale,
            "calls": mean.n,
            "shown": mean.shown(column),
        }
        for day, mean in days
    ]
    axis = alt.Axis(format="%" if column.endswith("_ratio") else "~r", tickCount=4)
    rows = [{"call_date": day} for day, _ in days]
    x = day_axis(dates, rows)
    y_scale = alt.Scale(zero=low == 0, domainMin=0) if low == 0 else alt.Scale(zero=True)
    base = chart_of(values, 150)
    bars: alt.Chart = base.mark_rule(color=QUIET, strokeWidth=4, strokeCap="round").encode(
        x=x, y=alt.Y("low:Q", title=None, scale=y_scale, axis=axis), y2="high:Q"
    )
    line: alt.Chart = base.mark_line(color=ACCENT, strokeWidth=1, opacity=0.5).encode(x=x, y="mean:Q")
    dots: alt.Chart = base.mark_circle(color=ACCENT, size=45, opacity=1).encode(
        x=x,
        y=alt.Y("mean:Q", title=None),
        tooltip=[
            "day:N",
            alt.Tooltip("shown:N", title="mean"),
            alt.Tooltip("low:Q", title="95% from", format=".2f"),
            alt.Tooltip("high:Q", title="to", format=".2f"),
            "calls:Q",
        ],
    )
    changed = [day.isoformat() for day, _ in days if day in engine_changes]
    marked = [{"day": day, "what": "another engine from here on"} for day in changed]
    if not marked:
        return alt.layer(bars, line, dots)
    changes: alt.Chart = (
        chart_of(marked, 150)
        .mark_rule(color=QUIET, strokeDash=[4, 4])
        .encode(x=x, tooltip=["day:N", alt.Tooltip("what:N", title="engines")])
    )
    return alt.layer(changes, bars, line, dots)


def quarters(valences: Sequence[float | None]) -> Chart:
    """The customer's valence in each quarter of the recording; a quarter without labelled speech has no bar."""
    values = [
        {
            "quarter": f"Quarter {number}",
            "valence": value,
            "mood": MOODS[value >= 0].label,
            "words": signed(value),
        }
        for number, value in enumerate(valences, start=1)
        if value is not None
    ]
    names = [f"Quarter {number}" for number in range(1, len(valences) + 1)]
    base = chart_of(values, 170)
    x = alt.X("quarter:N", title=None, scale=alt.Scale(domain=names), axis=alt.Axis(labelAngle=0))
    bars: alt.Chart = base.mark_bar(width=34).encode(
        x=x,
        y=alt.Y("valence:Q", title=None, scale=alt.Scale(domain=[-6, 6]), axis=alt.Axis(values=[-5, 0, 5])),
        color=alt.Color(
            "mood:N",
            scale=alt.Scale(
                domain=[mark.label for mark in MOODS.values()], range=[mark.colour for mark in MOODS.values()]
            ),
            legend=None,
        ),
        tooltip=["quarter:N", alt.Tooltip("words:N", title="valence")],
    )
    # A neutral quarter has a flat, invisible bar; its number shows it.
    words: alt.Chart = base.mark_text(dy=alt.expr("datum.valence < 0 ? 9 : -8"), fontSize=12).encode(
        x=x, y=alt.Y("valence:Q"), text="words:N"
    )
    return alt.layer(bars, words)
