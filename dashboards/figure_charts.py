"""The chart of one call: the customer's valence by quarter."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from dashboards.palette import MOODS
from qa_pipeline.wording.figures import signed
from qa_pipeline.wording.languages import t


def quarters(valences: Sequence[float | None]) -> alt.LayerChart | alt.FacetChart:
    """The customer's valence in each quarter of the recording; a quarter without labelled speech has no bar."""
    values = [
        {
            "quarter": t("Quarter {number}", number=number),
            "valence": value,
            "mood": MOODS[value >= 0].label,
            "words": signed(value),
        }
        for number, value in enumerate(valences, start=1)
        if value is not None
    ]
    names = [t("Quarter {number}", number=number) for number in range(1, len(valences) + 1)]
    base = alt.Chart(alt.InlineData(values=values)).properties(height=170, width="container")
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
        tooltip=[alt.Tooltip("quarter:N", title=t("Quarter")), alt.Tooltip("words:N", title=t("Mood (valence)"))],
    )
    # A neutral quarter has a flat, invisible bar; its number shows it.
    words: alt.Chart = base.mark_text(dy=alt.expr("datum.valence < 0 ? 9 : -8"), fontSize=12).encode(
        x=x, y=alt.Y("valence:Q"), text="words:N"
    )
    return alt.layer(bars, words)
