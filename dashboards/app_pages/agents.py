"""All agents side by side, and one of them: how their calls went, against their queue and everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.board.drawing import board
from dashboards.board.figures import Section
from dashboards.cards import agents as cards
from dashboards.cards import trends
from dashboards.cards.overview import GROUP_METRICS, UNKNOWN_KEY, languages_card, roles_card
from dashboards.cards.rows import means_of, metric_help
from dashboards.changes import change_of_mean
from dashboards.components import url_controls
from dashboards.figures import Mean
from dashboards.filters import DateRange
from dashboards.markdown import plain
from dashboards.page import Reading, reading
from dashboards.periods import comparable, periods_of
from dashboards.queries import DAILY_TABLES, ask, ask_frame
from dashboards.shell.document import title
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.clocks import UNKNOWN
from qa_pipeline.wording.definitions import name as metric_name
from qa_pipeline.wording.languages import t
from qa_pipeline.wording.missing_labels import gaps_of, labels_are_hidden

EXTREMES_SHOWN = 5
TABLE_PX = 560
Means = Mapping[str, Mapping[str, Mean]]


def agents(page: Reading) -> None:
    """The whole page."""
    title(t("Agents"))
    controls = st.container(horizontal=True, vertical_alignment="bottom")
    with controls:
        dates = url_controls.date_range(page)
    if not page.snapshot.tables() >= DAILY_TABLES:
        st.info(t("This snapshot is of an earlier version, without daily figures; the next run publishes them, free."))
        return
    rows = ask(page.snapshot, "which_agents_and_queues_took_calls", dates)
    groups = [row for row in rows if row["dimension"] == "agent" and row["key"] != UNKNOWN_KEY]
    if not groups:
        st.info(t("No calls of a known agent in these dates."), icon=":material/event_busy:")
        return
    names = {group["key"]: cards.named(group) for group in sorted(groups, key=lambda group: cards.named(group).lower())}
    with controls:
        chosen = url_controls.optional("agent", t("Agent"), names, t("all agents"))
        if chosen:
            period = url_controls.period(dates)
        else:
            labels = {column: metric_name(column) for column in GROUP_METRICS}
            column = url_controls.named_choice("metric", t("Compared by"), labels, "customer_valence")
    means = means_of(ask_frame(page.snapshot, "how_metrics_went", dates, dimensions=["agent"]))
    group = next((group for group in groups if group["key"] == chosen), None)
    if group is not None:
        _one(page, dates, period, group, means)
    elif chosen:
        st.info(t("No call of {agent} in these dates.", agent=plain(chosen)), icon=":material/event_busy:")
    else:
        _all(page, groups, means, column)


def _all(page: Reading, groups: Sequence[Row], means: Means, column: str) -> None:
    frame = cards.agents_frame(groups, means, column, page.settings.minimum_n)
    picked = st.dataframe(
        frame,
        height=min(TABLE_PX, 38 * (len(frame) + 1)),
        hide_index=True,
        placeholder=UNKNOWN,
        column_config=_formats(frame, column),
        on_select="rerun",
        selection_mode="single-row",
        key="agents",
    )
    for note in cards.group_notes(frame):
        st.caption(plain(note))
    st.caption(
        t(
            "A group holds agents whose 95% intervals overlap; 1 has the highest mean, which is not always the best. "
            "Means of fewer than {n} calls are left out. Choose a row to see that agent; a heading sorts, the "
            "magnifier searches.",
            n=page.settings.minimum_n,
        )
    )
    selected = picked.selection.rows
    if selected:
        st.query_params["agent"] = str(frame.index[selected[0]])
        st.query_params.pop("metric", None)
        st.rerun()


def _formats(frame: pd.DataFrame, column: str) -> dict[str, Any]:
    """How the numbers of the table are shown, and what each column is."""
    formats: dict[str, Any] = {}
    for name in (column, *GROUP_METRICS):
        entry = CATALOGUE[name]
        shown = {"0 to 1": "%.0f%%", "ms": "%.1f s", "s": "%.1f s", "per minute": "%.0f"}.get(entry.unit, "%.1f")
        formats[metric_name(name)] = st.column_config.NumberColumn(format=shown, help=metric_help(name))
    return {name: form for name, form in formats.items() if name in frame.columns}


def _one(page: Reading, dates: DateRange, period: str, group: Row, means: Means) -> None:
    snapshot, key = page.snapshot, group["key"]
    periods = periods_of(dates, period)
    earlier = comparable(dates, page.publication["first_date"])
    own = means.get(key, {})
    former = (
        means_of(ask_frame(snapshot, "how_metrics_went", earlier, dimensions=["agent"])).get(key, {}) if earlier else {}
    )
    everybody = means_of(ask_frame(snapshot, "how_metrics_went", dates, dimensions=["all"])).get("all", {})
    apart = {
        column: cards.groups_apart({agent: of[column] for agent, of in means.items() if column in of})
        for column in GROUP_METRICS
    }
    queues = [row["queue"] for row in ask(snapshot, "which_queues_did_an_agent_serve", dates, agent=key)]
    marks = trends.version_marks(ask_frame(snapshot, "which_versions_by_day", dates), periods)

    def course(dimension: str, of: str) -> pd.DataFrame:
        return ask_frame(snapshot, "how_metrics_went_by_period", dates, period=period, dimension=dimension, key=of)

    others = {t("all agents"): course("all", "all")}
    if queues and queues[0] != UNKNOWN_KEY:
        others = {t("queue {queue}", queue=queues[0]): course("queue", queues[0])} | others
    mine = course("agent", key)
    drawn = tuple(
        trends.trend_card(
            column,
            mine,
            periods,
            marks,
            now=own.get(column),
            change=change_of_mean(column, own.get(column), former.get(column)) if earlier else "",
            narrow={"agents": (key,)},
            others=others,
        )
        for column in GROUP_METRICS
    )
    models = ask(snapshot, "which_models_transcribed", dates)
    best, worst = cards.extremes_cards(
        ask_frame(snapshot, "which_calls_went_best_and_worst", dates, agent=key, limit=EXTREMES_SHOWN)
    )
    speech = ask_frame(snapshot, "how_an_agents_calls_felt", dates, agent=key)
    spoken = ask_frame(snapshot, "which_languages_an_agent_heard", dates, agent=key)
    notes = [t("Queues: {queues}.", queues=", ".join(queues))] if queues else []
    notes.append(t("Dashed: the agent's queue with the most calls, and all agents."))
    gaps = gaps_of(models) if labels_are_hidden(models) else []
    board(
        "agent",
        cards.agent_tiles(group, own, everybody, apart, dates),
        Section(
            cards.named(group),
            drawn,
            tuple(notes),
            narrowest=320,
        ),
        Section("", (best, worst), narrowest=420),
        Section(
            "",
            (
                roles_card(
                    speech,
                    dates,
                    hides_unlabelled=True,
                    notes=gaps,
                    agents=(key,),
                ),
                languages_card(spoken, dates, (key,)),
            ),
            narrowest=420,
        ),
    )


with reading() as opened:
    agents(opened)
