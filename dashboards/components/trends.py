"""How the calls of some days went: trends of their figures, agents and queues side by side, defects of the sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboards import figure_charts, queries
from dashboards.components.figure_cards import heading, mean_line
from dashboards.figures import Mean
from dashboards.filters import CallFilter, DateRange
from dashboards.links import calls_link
from dashboards.markdown import plain
from dashboards.page import Reading
from dashboards.palette import defect_label
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.channels import explanation
from qa_pipeline.wording.clocks import UNKNOWN
from qa_pipeline.wording.engine_changes import change_days, several_engines
from qa_pipeline.wording.figures import count

TREND_METRICS = (
    "talk_ratio",
    "silence_ratio",
    "dead_air_s",
    "overlap_s",
    "response_ms_p50",
    "customer_valence",
    "valence_shift",
)
"""Metrics of metrics_daily whose course is drawn."""

GROUP_METRICS = (
    "talk_ratio",
    "agent_interruptions",
    "response_ms_p50",
    "agent_talk_speed",
    "customer_valence",
    "valence_shift",
    "negative_share",
)
"""Metrics of metrics_daily that agents and queues are compared by."""

GROUPS_SHOWN = 50
_UNKNOWN = "unknown"


def how_calls_went(page: Reading, dates: DateRange) -> None:
    """Each figure's mean over the range and its course by day, and the tables of agents and of queues."""
    means = queries.metric_means(page.snapshot, dates)
    _trends(page, dates, means["all"].get("all", {}))
    groups = queries.ask(page.snapshot, "which_agents_and_queues_took_calls", dates)
    for title, kind in (("Agents", "agent"), ("Queues", "queue")):
        with st.container(border=True):
            st.subheader(title, anchor=False)
            own = [group for group in groups if group["dimension"] == kind]
            if own:
                _groups(kind, own, means[kind], page.settings.minimum_n)
            else:
                st.caption("No usable call in these dates.")


def _trends(page: Reading, dates: DateRange, means: Mapping[str, Mean]) -> None:
    by_day = queries.metric_trends(page.snapshot, dates)
    (outcomes,) = queries.ask(page.snapshot, "how_calls_turned_out", dates)
    engines = queries.ask(page.snapshot, "which_engines_by_day", dates)
    with st.container(border=True):
        st.subheader("How calls went", anchor=False)
        if not means:
            st.caption("No call of these dates has figures: they need words with times of both roles.")
            return
        with st.container(key="trends"), st.grid(min_column_width=300):
            for column in TREND_METRICS:
                with st.container(gap="xsmall"):
                    heading(column)
                    st.markdown(mean_line(column, means.get(column)))
                    if column in by_day:
                        chart = figure_charts.trend(column, by_day[column], dates, change_days(engines))
                        st.altair_chart(chart, alt=f"{CATALOGUE[column].label} by day, means with 95% intervals")
        st.caption(
            f"Means over calls; bars are 95% intervals. {count(outcomes['escalated'], 'call')} escalated, "
            f"{outcomes['recovered']:,} recovered."
        )
        if sentence := several_engines(engines):
            st.warning(plain(sentence), icon=":material/swap_calls:")
        versions = outcomes["definition_versions"] or []
        if len(versions) > 1 or "mixed" in versions:
            st.warning(
                "The figures of these dates were made by different definitions or thresholds and are not to be "
                "compared. Run the days again to make them alike; nothing is transcribed for it.",
                icon=":material/rule:",
            )


def _groups(kind: str, groups: Sequence[Row], means: Mapping[str, Mapping[str, Mean]], minimum: int) -> None:
    lines = [group_line(group, means.get(group["key"], {}), minimum) for group in groups[:GROUPS_SHOWN]]
    st.table(lines, border="horizontal", hide_index=True)
    few = sum(group["n"] < minimum for group in groups)
    notes = [f"Means over calls, with their 95% intervals from {minimum} calls (minimum_n)."]
    if few:
        notes.append(f"{count(few, kind)} with fewer are grey: too few calls to rank.")
    if len(groups) > GROUPS_SHOWN:
        notes.append(f"The {GROUPS_SHOWN} with the most calls of {len(groups):,}.")
    st.caption(plain(" ".join(notes)))


def group_line(group: Row, means: Mapping[str, Mean], minimum: int) -> dict[str, str]:
    """One line of the table of agents or queues, as Markdown: grey and without interval below `minimum` calls.

    `group` is a row of which_agents_and_queues_took_calls, `means` are its means by metric.
    """
    key, name = group["key"], group["name"]
    who = "not known" if key == _UNKNOWN else f"{name} ({key})" if name else key
    line = {
        group["dimension"].capitalize(): plain(who),
        "Calls": f"{group['calls']:,}",
        "With figures": f"{group['n']:,}",
    }
    for column in GROUP_METRICS:
        mean = means.get(column)
        if mean is None:
            cell = UNKNOWN
        elif mean.n < minimum:
            cell = f":gray[{plain(mean.shown(column))}]"
        else:
            cell = f"**{plain(mean.shown(column))}** {plain(mean.interval(column))}"
        line[CATALOGUE[column].label] = cell
    return line


def defects(page: Reading, dates: DateRange) -> None:
    """What is wrong with the sound of recordings, and what was done about it; nothing is drawn where nothing is."""
    rows = queries.ask(page.snapshot, "which_defects_were_found", dates)
    if not rows:
        return
    with st.container(border=True):
        st.subheader("Defects of the sound", anchor=False)
        with st.container(key="list_of_defects"):
            for row in rows:
                name, what, done = st.columns([1.3, 5, 2], vertical_alignment="center")
                with name:
                    list_page, query = calls_link(CallFilter(dates, defects=(row["defect"],)))
                    label = f":primary[{plain(defect_label(row['defect']))}]"
                    st.page_link(list_page, label=label, query_params=query)
                what.text(explanation(row["defect"]))
                done.text(", ".join(_done(row["calls"], row["skipped"], row["quarantined"])))


def _done(calls: int, skipped: int, quarantined: int) -> list[str]:
    words = [count(calls, "call")]
    if skipped:
        words.append(f"{count(skipped, 'channel')} not sent")
    if quarantined:
        words.append(f"{count(quarantined, 'channel')} quarantined")
    return words
