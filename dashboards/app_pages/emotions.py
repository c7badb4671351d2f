"""How customers felt through their calls, by queue and by agent, and which languages were spoken and switched."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards.board.drawing import board
from dashboards.board.figures import Section
from dashboards.cards import emotions as cards
from dashboards.cards import trends
from dashboards.cards.rows import rows_of
from dashboards.cards.speech import languages_card, roles_card
from dashboards.components import date_controls, url_controls
from dashboards.components.team_controls import team_controls
from dashboards.filters import DateRange
from dashboards.page import Reading, reading
from dashboards.periods import periods_of
from dashboards.queries import DAILY_TABLES, ask, ask_frame
from dashboards.shell.document import title
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.languages import t
from qa_pipeline.wording.missing_labels import gaps_of, labels_are_hidden

AGENTS_SHOWN = 20
SWITCHES_SHOWN = 10


def emotions(page: Reading) -> None:
    """The whole page."""
    title(t("Emotions & languages"))
    controls = st.container(horizontal=True, vertical_alignment="bottom")
    with controls:
        dates = date_controls.date_range(page)
        period = date_controls.period(dates)
    snapshot = page.snapshot
    if not snapshot.tables() >= DAILY_TABLES:
        st.info(t("This snapshot is of an earlier version, without daily figures; the next run publishes them, free."))
        return
    (totals,) = ask(snapshot, "count_calls_and_cost", dates)
    if not totals["calls"]:
        date_controls.explain_no_calls(page)
        return
    by_queue = ask_frame(snapshot, "how_feelings_went_by_quarter", dates)
    queue_rows = [row for row in rows_of(by_queue) if row["dimension"] == "queue"]
    agents = ask_frame(snapshot, "how_agents_calls_felt_by_quarter", dates, limit=AGENTS_SHOWN)
    models = ask(snapshot, "which_models_transcribed", dates)
    hides = labels_are_hidden(models)
    periods = periods_of(dates, period)
    marks = trends.version_marks(ask_frame(snapshot, "which_versions_by_day", dates), periods)
    felt = trends.emotions_card(
        ask_frame(snapshot, "how_customers_felt_by_period", dates, period=period),
        periods,
        marks,
        hides_unlabelled=hides,
    )
    speech = ask_frame(snapshot, "how_roles_felt", dates)
    roles = roles_card(speech, dates, hides_unlabelled=hides, notes=gaps_of(models))
    board(
        "emotions",
        Section(t("Emotions"), (*([felt] if felt else []), roles), narrowest=420),
        Section("", (cards.quarters_card(by_queue, dates),), narrowest=420),
    )
    _changes(page, dates, queue_rows)
    board(
        "emotions_compared",
        Section(
            t("By queue and by agent"),
            (
                cards.quarters_table(t("Queue"), queue_rows, dates, page.settings.minimum_n, "queues"),
                cards.quarters_table(t("Agent"), rows_of(agents), dates, page.settings.minimum_n, "agents"),
            ),
            (t("The customer's mood by quarter of the call; agents with the most calls."),),
            narrowest=800,
        ),
        Section(
            t("Languages"),
            (
                languages_card(ask_frame(snapshot, "which_languages_were_spoken", dates), dates),
                cards.labelled_by_card(ask_frame(snapshot, "who_labelled_languages", dates)),
                cards.switches_card(ask_frame(snapshot, "how_often_languages_were_switched", dates), dates),
                cards.most_switches_card(ask_frame(snapshot, "which_calls_switched_most", dates, limit=SWITCHES_SHOWN)),
            ),
            narrowest=480,
        ),
    )


def _changes(page: Reading, dates: DateRange, queue_rows: Sequence[Row]) -> None:
    """How calls began and ended, and what followed what, of a queue, team or supervisor: the choices above them narrow
    these two alone, and the other figures are of all calls."""
    st.header(t("From one emotion to another"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {row["key"]: row["key"] for row in queue_rows if row["key"] != cards.UNKNOWN_KEY}
        queue = url_controls.optional("queue", t("Queue"), names, t("all queues"))
        team, supervisor = team_controls(page)
    chosen = [queue] if queue else None
    people = {"teams": [team] if team else None, "supervisors": [supervisor] if supervisor else None}
    narrow = {name: tuple(values) for name, values in people.items() if values}
    began = ask_frame(page.snapshot, "how_calls_began_and_ended", dates, mild=cards.MILD, queues=chosen, **people)
    steps = ask_frame(page.snapshot, "which_emotions_followed", dates, queues=chosen, **people)
    queues = tuple(chosen or ())
    board(
        "emotions_changed",
        Section(
            "",
            (
                cards.began_and_ended_card(began, dates, queues, **narrow),
                cards.transitions_card(steps, dates, queues, **narrow),
            ),
            narrowest=700,
        ),
    )


with reading() as opened:
    emotions(opened)
