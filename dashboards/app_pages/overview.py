"""What happened in a range of dates, what it cost, where it hurt, and what could not be transcribed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboards import charts
from dashboards.components import trends, url_controls
from dashboards.components.call_list import link_to_call
from dashboards.filters import CallFilter, DateRange
from dashboards.links import calls_link
from dashboards.markdown import plain
from dashboards.page import Reading, reading
from dashboards.palette import status_mark
from dashboards.queries import ask, knows_voices
from dashboards.shell.document import title
from qa_pipeline.published.agent_channels import channel_groups
from qa_pipeline.published.snapshot import Row
from qa_pipeline.recordings.agent_channel_swaps import is_outdated, outdated, suspected_swaps
from qa_pipeline.wording.agent_channels import advice, still_former, swapped
from qa_pipeline.wording.clocks import UNKNOWN, ago, amount, duration
from qa_pipeline.wording.figures import count, dollars, money, share
from qa_pipeline.wording.languages import t
from qa_pipeline.wording.missing_labels import gaps_of, labels_are_hidden, nothing_to_show

ANGRIEST_SHOWN = 5
PROBLEMS_SHOWN = 50
DAILY_TABLES = {"acoustics", "counts_daily", "metrics_daily", "emotions_daily", "languages_daily", "costs_daily"}


def overview(page: Reading) -> None:
    """The whole page."""
    heading, controls = st.columns([3, 2], vertical_alignment="bottom")
    with heading:
        title(t("Overview"))
    with controls, st.container(horizontal=True):
        dates = url_controls.date_range(page)
    (totals,) = ask(page.snapshot, "count_calls_and_cost", dates)
    _numbers(totals)
    if not totals["calls"]:
        st.info("No calls in these dates.", icon=":material/event_busy:")
        return
    _swapped(page, dates)
    _on_one_channel(page, dates)
    if page.snapshot.tables() >= DAILY_TABLES:
        _by_day(page, dates)
        trends.how_calls_went(page, dates)
        _heard(page, dates)
        _engines_and_anger(page, dates)
        trends.defects(page, dates)
    else:
        _explain_no_trends(page)
    _problems(page, dates, totals)


def _on_one_channel(page: Reading, dates: DateRange) -> None:
    """How many of the calls behind the figures have both parties on one channel."""
    if not knows_voices(page.snapshot):
        return
    (found,) = ask(page.snapshot, "count_calls_on_one_channel", dates)
    parts = (
        (found["told_by_voice"], "divided by voice, without overlap and interruptions"),
        (found["unsure"], "divided by voice and unsure, in no average that needs agent and customer"),
        (found["without_roles"], "kept as one text without roles"),
    )
    said = [f"{number:,} {what}" for number, what in parts if number]
    if said:
        st.caption(f"Of {found['transcribed']:,} transcribed calls, both parties on one channel: {'; '.join(said)}.")


def _swapped(page: Reading, dates: DateRange) -> None:
    """Which setting of the agent's channel looks wrong in these dates: every figure of it is the other party's."""
    rules = page.settings.agent_channel_rules
    groups = channel_groups(page.snapshot, page.settings, dates.first, dates.last)
    if (former := outdated(groups, rules)) is not None:
        st.warning(f"{plain(still_former(former))}.", icon=":material/history:")
    for swap in suspected_swaps(group for group in groups if not is_outdated(group, rules)):
        said = swapped(swap)
        st.error(
            f"{plain(said[0].upper() + said[1:])}. Until this is mended, figures of agents are those of customers: "
            f"{plain(advice(swap))}.",
            icon=":material/swap_horiz:",
        )
        if swap.fix:
            st.code(swap.fix, language="toml")


def _explain_no_trends(page: Reading) -> None:
    version = page.publication["pipeline_version"]
    made_by = f" (pipeline {plain(version)})" if version else ""
    st.info(
        f"This snapshot was published by an earlier version{made_by}, without the daily figures of this page. The next "
        "run publishes them for all days, free of charge: nothing is transcribed again.",
        icon=":material/history:",
    )
    st.code(
        f"qa-pipeline run --from {page.publication['last_date']} --to {page.publication['last_date']}", language="shell"
    )


def _numbers(totals: Row) -> None:
    undated = f" {count(totals['undated'], 'recording')} without a date included." if totals["undated"] else ""
    with st.grid(min_column_width=140):
        st.metric("Calls", f"{totals['calls']:,}", border=True, help=f"Every recording that landed.{undated}")
        st.metric("OK", f"{totals['ok']:,}", border=True, help="Both roles transcribed.")
        st.metric("Partial", f"{totals['partial']:,}", border=True, help="One role transcribed, the other not.")
        st.metric("Failed", f"{totals['failed']:,}", border=True, help="No role transcribed.")
        st.metric("Quarantined", f"{totals['quarantined']:,}", border=True, help=f"Never sent, never billed.{undated}")
        st.metric(
            "Audio", amount(totals["audio_s"]), border=True, help="Length of the calls, quarantined ones left out."
        )
        st.metric("Billed", amount(totals["billed_s"]), border=True, help="Each channel is billed on its own.")
        st.metric("Cost, US$", dollars(totals["cost_usd"]), border=True, help="At list price, in US dollars.")


def _by_day(page: Reading, dates: DateRange) -> None:
    left, right = st.columns(2)
    with left.container(border=True):
        st.subheader("Calls per day", anchor=False)
        _chart(charts.calls_by_day(ask(page.snapshot, "count_calls_by_day", dates), dates), "Calls per day by status")
    with right.container(border=True):
        st.subheader("Customer sentiment by day", anchor=False)
        models = ask(page.snapshot, "which_models_transcribed", dates)
        rows = _worth_showing(ask(page.snapshot, "how_customers_felt_by_day", dates), models)
        if rows:
            _chart(charts.customer_emotions_by_day(rows, dates), "Shares of customer speech by emotion and day")
        else:
            _explain_no_emotions(models)


def _heard(page: Reading, dates: DateRange) -> None:
    left, right = st.columns(2)
    with left.container(border=True, height="stretch"):
        st.subheader("Emotions by role", anchor=False)
        models = ask(page.snapshot, "which_models_transcribed", dates)
        rows = _worth_showing(ask(page.snapshot, "how_roles_felt", dates), models)
        if rows:
            _chart(charts.emotions_by_role(rows), "Shares of speech by role and emotion")
            is_partial = labels_are_hidden(models)
            left_out = "left out" if is_partial else 'shown as "not labelled"'
            st.caption(f"By speech time. Speech without a label is {left_out}, never counted as neutral.")
        elif not labels_are_hidden(models):
            st.caption(nothing_to_show(models))
        for gap in gaps_of(models):
            st.caption(plain(gap))
    with right.container(border=True, height="stretch"):
        st.subheader("Languages", anchor=False)
        rows = ask(page.snapshot, "which_languages_were_spoken", dates)
        if rows:
            _chart(charts.languages(rows), "Minutes of speech by language")
        else:
            st.caption("No language was recognized in these dates.")


def _worth_showing(rows: Sequence[Row], models: Sequence[Row]) -> list[Row]:
    """Speech by emotion without what could not be labelled, as `labels_are_hidden` has it."""
    hidden = labels_are_hidden(models)
    return [row for row in rows if row["emotion"] is not None or not hidden]


def _explain_no_emotions(models: Sequence[Row]) -> None:
    for line in gaps_of(models) if labels_are_hidden(models) else [nothing_to_show(models)]:
        st.caption(plain(line))


def _chart(chart: charts.Chart, alt: str) -> None:
    st.altair_chart(chart, alt=alt)


def _engines_and_anger(page: Reading, dates: DateRange) -> None:
    left, right = st.columns(2)
    with left.container(border=True, height="stretch"):
        st.subheader("Angriest customers", anchor=False)
        angriest = ask(page.snapshot, "which_calls_were_angriest", dates, limit=ANGRIEST_SHOWN)
        models = ask(page.snapshot, "which_models_transcribed", dates)
        if not angriest and labels_are_hidden(models):
            _explain_no_emotions(models)
        else:
            _angriest(angriest)
    with right.container(border=True, height="stretch"):
        st.subheader("Engines", anchor=False)
        st.table(
            [_engine(row) for row in ask(page.snapshot, "which_engines_worked", dates)],
            border="horizontal",
            hide_index=True,
        )


def _angriest(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        st.caption("No customer was heard angry in these dates.")
    with st.container(key="list_of_angriest"):
        for row in rows:
            link, agent, queue, angry = st.columns([1.2, 2, 1.5, 1.5], vertical_alignment="center")
            with link:
                link_to_call(row["call_id"])
            agent.text(row["agent_name"] or row["agent_id"] or UNKNOWN)
            queue.text(row["queue"] or UNKNOWN)
            lasted = "no times" if row["angry_s"] is None else duration(row["angry_s"])
            angry.text(f"{lasted} · {share(row['angry_share'] or 0, 1)}")
    if rows:
        st.caption("Seconds of angry speech, and its share of the customer's labelled speech.")


def _engine(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "Engine": plain(row["engine"] or "not known"),
        "Channels": f"{row['channels']:,}",
        "Not sent": f"{row['skipped']:,}",
        "Failed attempts": f"{row['failed']:,}",
        "Billed": duration(row["billed_s"]),
        "Cost": plain(money(row["cost_usd"])),
    }


def _problems(page: Reading, dates: DateRange, totals: Row) -> None:
    number = totals["quarantined"] + totals["failed"] + totals["partial"]
    with st.container(border=True):
        st.subheader(f"Not transcribed in full: {number:,}", anchor=False)
        if not number:
            st.caption("Every call of these dates was transcribed in full.")
            return
        with st.container(key="list_of_problems"):
            for row in ask(page.snapshot, "which_calls_have_problems", dates, limit=PROBLEMS_SHOWN):
                _problem(row)
        if number > PROBLEMS_SHOWN:
            list_page, query = calls_link(CallFilter(dates, statuses=("quarantined", "failed", "partial")))
            all_of_them = f"The first {PROBLEMS_SHOWN} of {number:,}. All of them"
            st.page_link(list_page, label=all_of_them, icon=":material/list:", query_params=query)


def _problem(row: Mapping[str, Any]) -> None:
    link, date, status, reason = st.columns([1.1, 0.9, 2.4, 5], vertical_alignment="center")
    with link:
        link_to_call(row["call_id"])
    date.text(row["call_date"] or "no date")
    age = f", {ago(time.time() - row['open_since'])}" if row["open_since"] is not None else ""
    status.markdown(f"{status_mark(row['status']).badge} {plain(row['reason'] or '')}{age}")
    reason.text(row["message"] or "No reason was given.")


with reading() as opened:
    overview(opened)
