"""Cards of who sounded how and in which languages, on several pages."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboards.board.addresses import address
from dashboards.board.figures import (
    Bar,
    Bars,
    Card,
    Piece,
    Series,
    Split,
    SplitRow,
)
from dashboards.cards.rows import (
    calls_address,
    rows_of,
)
from dashboards.filters import UNLABELLED, CallFilter, DateRange
from dashboards.palette import EMOTIONS, ROLES, emotion_mark, ink_on, language_name
from qa_pipeline.wording.clocks import amount, duration
from qa_pipeline.wording.languages import t, tn

NAMED_FROM_SHARE = 0.12
"""Pieces of a whole below this share are too narrow for their name."""


def roles_card(
    speech: pd.DataFrame,
    dates: DateRange,
    *,
    hides_unlabelled: bool,
    notes: Sequence[str],
    agents: tuple[str, ...] = (),
) -> Card:
    """What agents and customers felt, as shares of their speech. `speech`: rows of how_roles_felt, or of
    how_an_agents_calls_felt for one of `agents`."""
    rows = [row for row in rows_of(speech) if row["emotion"] is not None or not hides_unlabelled]
    totals: dict[str, float] = {}
    for row in rows:
        totals[row["role"]] = totals.get(row["role"], 0.0) + row["speech_s"]
    lines = []
    for role, total in totals.items():
        pieces = []
        for emotion in EMOTIONS:
            own = sum(row["speech_s"] for row in rows if (row["role"], row["emotion"]) == (role, emotion))
            if own and total:
                mark = emotion_mark(emotion)
                chosen = CallFilter(dates, agents=agents, emotions=(emotion or UNLABELLED,))
                text = f"{mark.label} {own / total:.0%}, {duration(own)}"
                href = calls_address(chosen) if role == "customer" else ""
                name = mark.label if own / total >= NAMED_FROM_SHARE else ""
                pieces.append(Piece(own / total, mark.colour, ink_on(mark.colour), name, text, href))
        lines.append(SplitRow(ROLES[role].label, tuple(pieces)))
    felt = {row["emotion"] for row in rows}
    legend = tuple(Series(mark.label, mark.colour) for emotion, mark in EMOTIONS.items() if emotion in felt)
    body = Split(tuple(lines), legend) if lines else None
    what = (
        t("Shares of speech. Speech without a label is left out, never counted as neutral.")
        if hides_unlabelled
        else t("Shares of speech. Speech without a label has a share of its own, it is not neutral.")
    )
    return Card(t("Emotions by role"), body, notes=(*notes, what))


def languages_card(spoken: pd.DataFrame, dates: DateRange, agents: tuple[str, ...] = ()) -> Card:
    """How much was spoken in each language. `spoken`: rows of which_languages_were_spoken, or of
    which_languages_an_agent_heard for one of `agents`."""
    rows = rows_of(spoken)
    total_s, total = sum(row["speech_s"] for row in rows), sum(row["sentences"] for row in rows)
    bars = []
    for row in rows:
        part = row["speech_s"] / total_s if total_s else row["sentences"] / total
        text = amount(row["speech_s"]) if total_s else tn("{n} sentence", "{n} sentences", row["sentences"])
        href = calls_address(CallFilter(dates, agents=agents, languages=(row["language"],)))
        bars.append(Bar(language_name(row["language"]), part, f"{part:.0%} · {text}", href))
    notes = () if rows else (t("No language was recognized in these dates."),)
    return Card(t("Languages"), Bars(tuple(bars)) if bars else None, href=address("emotions"), notes=notes)
