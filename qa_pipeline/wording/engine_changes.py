"""Figures over several engines: that a trend steps where another engine began is said, never left to be found out."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from qa_pipeline.wording.languages import t

SHOWN = 6


def change_days(days: Sequence[Mapping[str, Any]]) -> list[dt.date]:
    """The days whose engines are others than those of the day before them in `days`. Rows: call_date, engines."""
    return [
        row["call_date"] for before, row in itertools.pairwise(days) if set(row["engines"]) != set(before["engines"])
    ]


def several_engines(days: Sequence[Mapping[str, Any]]) -> str | None:
    """A sentence on which engines made the transcripts from when on; None where one made them all. Rows as above."""
    if len({engine for row in days for engine in row["engines"]}) < 2:
        return None
    begins = {days[0]["call_date"], *change_days(days)}
    spans = [
        t("from {date} {engines}", date=row["call_date"], engines=t(" and ").join(row["engines"]))
        for row in days
        if row["call_date"] in begins
    ]
    named = t("; ").join(spans)
    if len(spans) > SHOWN:
        engines = sorted({engine for row in days for engine in row["engines"]})
        named = t("by turns {engines}", engines=", ".join(engines))
    return t(
        "Several engines made the transcripts of these dates: {changes}. A step in a figure may be the engine's.",
        changes=named,
    )
