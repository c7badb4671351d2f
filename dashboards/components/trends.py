"""How the calls of some days went: trends of their figures, agents and queues side by side, defects of the sound."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards import figure_charts, queries
from dashboards.components.figure_cards import heading, mean_line
from dashboards.figure_statements import GROUP_METRICS, TREND_METRICS
from dashboards.figures import Group
from dashboards.filters import DateRange
from dashboards.markdown import plain
from dashboards.page import Reading
from dashboards.palette import defect_label
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.wording.channels import explanation
from qa_pipeline.wording.clocks import UNKNOWN
from qa_pipeline.wording.figures import count

GROUPS_SHOWN = 50
_UNKNOWN = "unknown"


def trends(page: Reading, dates: DateRange) -> None:
    """Each figure's mean over the range, and its course by day."""
    means, by_day = queries.metric_means(page.snapshot, dates), queries.metric_trends(page.snapshot, dates)
    (outcomes,) = queries.ask(page.snapshot, "how_calls_turned_out", dates)
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
                        chart = figure_charts.trend(column, by_day[column], dates)
                        st.altair_chart(chart, alt=f"{CATALOGUE[column].label} by day, means with 95% intervals")
        st.caption(
            f"Means over calls; bars are 95% intervals. {count(outcomes['escalated'], 'call')} escalated, "
            f"{outcomes['recovered']:,} recovered."
        )
        versions = outcomes["definition_versions"] or []
        if len(versions) > 1 or "mixed" in versions:
            st.warning(
                "The figures of these dates were made by different definitions or thresholds and are not to be "
                "compared. Run the days again to make them alike; nothing is transcribed for it.",
                icon=":material/rule:",
            )


def agents_and_queues(page: Reading, dates: DateRange) -> None:
    """The tables of agents and of queues."""
    minimum = page.settings.minimum_n
    found = queries.agents_and_queues(page.snapshot, dates)
    for title, kind in (("Agents", "agent"), ("Queues", "queue")):
        groups = found[kind]
        with st.container(border=True):
            st.subheader(title, anchor=False)
            if not groups:
                st.caption("No usable call in these dates.")
                continue
            _groups(kind, groups, minimum)


def _groups(kind: str, groups: Sequence[Group], minimum: int) -> None:
    st.table([_line(kind, group, minimum) for group in groups[:GROUPS_SHOWN]], border="horizontal", hide_index=True)
    few = sum(group.n < minimum for group in groups)
    notes = [f"Means over calls, with their 95% intervals from {minimum} calls (minimum_n)."]
    if few:
        notes.append(f"{count(few, kind)} with fewer are grey: too few calls to rank.")
    if len(groups) > GROUPS_SHOWN:
        notes.append(f"The {GROUPS_SHOWN} with the most calls of {len(groups):,}.")
    st.caption(plain(" ".join(notes)))


def _line(kind: str, group: Group, minimum: int) -> dict[str, str]:
    name = "not known" if group.key == _UNKNOWN else group.name or group.key
    if group.name and group.key != _UNKNOWN:
        name = f"{group.name} ({group.key})"
    line = {kind.capitalize(): plain(name), "Calls": f"{group.calls:,}", "With figures": f"{group.n:,}"}
    for column in GROUP_METRICS:
        mean = group.means.get(column)
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
                    st.page_link(
                        "app_pages/calls.py",
                        label=f":primary[{plain(defect_label(row['defect']))}]",
                        query_params={"defect": row["defect"]},
                    )
                what.text(explanation(row["defect"]))
                done.text(", ".join(_done(row["calls"], row["skipped"], row["quarantined"])))


def _done(calls: int, skipped: int, quarantined: int) -> list[str]:
    words = [count(calls, "call")]
    if skipped:
        words.append(f"{count(skipped, 'channel')} not sent")
    if quarantined:
        words.append(f"{count(quarantined, 'channel')} quarantined")
    return words
