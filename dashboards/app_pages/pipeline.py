"""What `qa-pipeline status` says: the snapshot's age, days, runs, states, failures and what mends them, cost, sound."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from dashboards.board.drawing import board
from dashboards.board.figures import Section
from dashboards.cards import pipeline as cards
from dashboards.cards.alerts import alert_cards
from dashboards.page import Reading, reading
from dashboards.queries import ask_frame
from dashboards.shell.document import title
from qa_pipeline.outbox.standing import standing_of
from qa_pipeline.published import standing
from qa_pipeline.wording.languages import t

DAYS_SHOWN = 14
RUNS_SHOWN = 10
MONTHS_SHOWN = 12
UNDATED_SHOWN = 20
COMMANDS_SHOWN = 6


def pipeline(page: Reading) -> None:
    """The whole page."""
    title(t("Pipeline"))
    snapshot = page.snapshot
    known = snapshot.tables()
    age = standing.age(snapshot, dt.datetime.now(dt.UTC))
    failures = standing.failures(snapshot)
    stale = cards.stale_card(standing.stale_calls(snapshot))
    undated = cards.undated_card(ask_frame(snapshot, "list_undated_recordings", limit=UNDATED_SHOWN))
    board(
        "standing",
        cards.snapshot_tiles(
            snapshot.name,
            None if age is None else age.total_seconds(),
            standing.engines(snapshot),
            standing.calls_with_odd_values(snapshot),
        ),
        Section(
            t("Calls"),
            (
                cards.failures_card(failures),
                *([stale] if stale else []),
                *([undated] if undated else []),
            ),
            narrowest=700,
        ),
    )
    commands = list(dict.fromkeys(failure.command for failure in failures))[:COMMANDS_SHOWN]
    if commands:
        st.markdown(t("**Commands to copy**, once the causes are dealt with:"))
        st.code("\n".join(commands), language=None, wrap_lines=True)
    lower = [cards.days_card(standing.newest_days(snapshot, DAYS_SHOWN))]
    if "costs_daily" in known:
        lower.append(cards.costs_card(ask_frame(snapshot, "what_months_cost", months=MONTHS_SHOWN)))
    lower.append(cards.states_card(ask_frame(snapshot, "count_channel_states")))
    if "acoustics" in known:
        lower.append(cards.sound_card(ask_frame(snapshot, "what_was_done_for_sound")))
    lower.append(cards.runs_card(ask_frame(snapshot, "list_publications", limit=RUNS_SHOWN)))
    board("history", Section(t("Days, channels and runs"), tuple(lower), narrowest=480))
    if (alerts := standing_of(page.settings)) is not None:
        board("alerts", Section(t("Alerts"), alert_cards(alerts, page.settings.tz), narrowest=700))


with reading() as opened:
    pipeline(opened)
