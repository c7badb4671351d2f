"""Charts of figures: a mean's trend with its interval, a customer's quarters, the outline of the sound."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np

from dashboards.charts import Chart, chart_of, day_axis
from dashboards.figures import Mean
from dashboards.filters import DateRange
from dashboards.palette import ACCENT, MOODS, QUIET, ROLES, SOUNDS, THEMED_LINE
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.clocks import place
from qa_pipeline.wording.figures import bounds, signed

WAVEFORM_COLUMNS = 700
"""Strokes per channel: more than a screen shows side by side are merged, peaks kept."""

PEAKS_PER_SECOND = 20
"""As `qa_pipeline.audio.peaks` stores them: lowest and highest sample of each 50 ms as signed bytes."""


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


def waveform(sounds: Sequence[Row], duration_s: float, now_s: float | None, not_speech: Sequence[Row] = ()) -> Chart:
    """The waveform of each channel over the length of the recording, with a line at `now_s`; stretches of ringing,
    tones and music (`not_speech`) lie under it in colours of their own."""
    # Lanes are 2 high and lie above each other: of two, the agent's middle is at 1, the customer's at −1.
    ordered = sorted(sounds, key=lambda sound: list(ROLES).index(sound["role"]))
    half = max(2, len(ordered))
    middles = [half - 1 - 2 * lane for lane in range(len(ordered))]
    values = [row for sound, middle in zip(ordered, middles, strict=True) for row in _strokes(sound, middle)]
    labels = [mark.label for mark in ROLES.values()]
    # Vega's expressions know no negative keys of an object.
    lanes = "".join(
        f"datum.value === {middle} ? '{ROLES[sound['role']].label}' : "
        for sound, middle in zip(ordered, middles, strict=True)
    )
    strokes: alt.Chart = (
        chart_of(values, 92)
        .mark_rule(strokeWidth=1.4)
        .encode(
            x=alt.X(
                "at_s:Q",
                title=None,
                scale=alt.Scale(domain=[0, duration_s], nice=False),
                axis=alt.Axis(grid=False, labels=False, ticks=False),
            ),
            y=alt.Y(
                "low:Q",
                title=None,
                scale=alt.Scale(domain=[-half, half]),
                axis=alt.Axis(
                    values=middles, labelExpr=f"{lanes}''", labelFontSize=12, grid=False, ticks=False, domain=False
                ),
            ),
            y2="high:Q",
            color=alt.Color(
                "role:N", scale=alt.Scale(domain=labels, range=[mark.colour for mark in ROLES.values()]), legend=None
            ),
        )
    )
    middle_of = (
        {sound["channel_id"]: middle for sound, middle in zip(ordered, middles, strict=True)} if not_speech else {}
    )
    layers = [_stretches(not_speech, middle_of), strokes] if not_speech else [strokes]
    if now_s is not None:
        line = chart_of([{"now_s": now_s}], 92).mark_rule(strokeWidth=1.5).encode(x="now_s:Q")
        layers.append(line.properties(name=THEMED_LINE))
    return alt.layer(*layers).resolve_scale(color="independent") if len(layers) > 1 else strokes


def _stretches(not_speech: Sequence[Row], middles: Mapping[int, int]) -> alt.Chart:
    values = [
        {
            "kind": SOUNDS[row["kind"]].label,
            "role": ROLES[row["role"]].label,
            "from": place(row["begin_ms"]),
            "to": place(row["end_ms"]),
            "begin_s": row["begin_ms"] / 1000,
            "end_s": row["end_ms"] / 1000,
            "low": middles[row["channel_id"]] - 0.95,
            "high": middles[row["channel_id"]] + 0.95,
        }
        for row in not_speech
    ]
    kinds = alt.Scale(domain=[mark.label for mark in SOUNDS.values()], range=[mark.colour for mark in SOUNDS.values()])
    drawn: alt.Chart = (
        chart_of(values, 92)
        .mark_rect(opacity=0.4)
        .encode(
            x="begin_s:Q",
            x2="end_s:Q",
            y="low:Q",
            y2="high:Q",
            color=alt.Color("kind:N", scale=kinds, legend=alt.Legend(title="no speech", orient="top")),
            tooltip=["kind:N", "role:N", "from:N", "to:N"],
        )
    )
    return drawn


def _strokes(sound: Row, middle: int) -> list[dict[str, Any]]:
    peaks = np.frombuffer(sound["waveform"], dtype=np.int8).reshape(-1, 2) / 128
    if not len(peaks):
        return []
    width = -(-len(peaks) // WAVEFORM_COLUMNS)
    starts = np.arange(0, len(peaks), width)
    low, high = np.minimum.reduceat(peaks[:, 0], starts), np.maximum.reduceat(peaks[:, 1], starts)
    return [
        {
            "role": ROLES[sound["role"]].label,
            "at_s": round(float(start + width / 2) / PEAKS_PER_SECOND, 3),
            "low": round(middle + float(bottom), 3),
            "high": round(middle + float(top), 3),
        }
        for start, bottom, top in zip(starts, low, high, strict=True)
    ]
