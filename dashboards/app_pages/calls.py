"""The call list: search, filters, order and page are in the URL, and only one page of calls is ever read."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboards.components import call_filters, call_list, date_controls, saved_views, url_controls
from dashboards.date_presets import ALL, UNDATED
from dashboards.filters import CallFilter, published_ranges
from dashboards.finding import count_calls, searched, suggestions, without_each
from dashboards.links import CALLS_PAGE, calls_link
from dashboards.markdown import plain
from dashboards.page import Reading, reading
from dashboards.people import why_no_teams
from dashboards.queries import ask
from dashboards.shell.document import title
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.languages import t, tn


def calls(page: Reading) -> None:
    """The whole page."""
    title(t("Calls"))
    chosen = _filters(page)
    _suggest(page, chosen)
    chosen = _searched(page, chosen)
    rows = call_list.find_page(page, chosen)
    total = rows[0]["total"] if rows else 0
    _found(page, chosen, total)
    if total:
        call_list.call_list(page, rows, chosen)
        url_controls.remember_list()
    else:
        _which_filter_to_drop(page, chosen)


def _filters(page: Reading) -> CallFilter:
    """Draws the controls, which write the URL; the URL is what counts."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            call_filters.search_box()
            chosen = CallFilter.from_query(url_controls.parameters())
            call_filters.more_filters(page, chosen)
            saved_views.saved_views(chosen)
        call_filters.explain_search(page, chosen.text)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            dates = date_controls.date_range(page)
        call_filters.chips(page, chosen)
    return chosen if chosen.dates == UNDATED else replace(chosen, dates=dates)


def _suggest(page: Reading, chosen: CallFilter) -> None:
    """What has the id or the name that was written; it may lie outside the dates."""
    found = suggestions(page.snapshot, chosen.text)
    if not found:
        return
    with st.container(horizontal=True, gap="small", key="suggestions"):
        for row in found:
            _suggestion(row)


def _suggestion(row: Row) -> None:
    if row["kind"] == "call":
        call_list.link_to_call(row["id"], label=t("Call {call}", call=plain(row["id"])))
        return
    calls_of = tn("{n} call", "{n} calls", row["calls"])
    if row["kind"] == "agent":
        name = row["name"] or row["id"]
        page, query = calls_link(CallFilter(ALL, agents=(row["id"],)))
        label = t("Agent {name}: {calls}", name=plain(name), calls=calls_of)
    else:
        page, query = calls_link(CallFilter(ALL, text=f'id:"{row["id"]}"'))
        label = t("Customer {customer}: {calls}", customer=plain(row["id"]), calls=calls_of)
    st.page_link(page, label=label, query_params=query)


def _searched(page: Reading, chosen: CallFilter) -> CallFilter:
    """The choice as far as its words can be searched, which is said where it is not all of it."""
    within = searched(page.snapshot, chosen)
    if within != chosen:
        st.warning(
            t(
                "Only {first} to {last} were searched: an earlier version published these data, and searching them "
                "takes long. After the next run, which publishes again, all days are searched.",
                first=within.range.first, last=within.range.last,
            ),
            icon=":material/manage_search:",
        )  # fmt: skip
    return within


def _found(page: Reading, chosen: CallFilter, total: int) -> None:
    """How many calls and hits there are, and how many recordings have no date at all."""
    calls_found = tn("{n} call", "{n} calls", total)
    hits = call_list.count_found_hits(page, chosen) if total else None
    said = "" if hits is None else f", {tn('{n} hit', '{n} hits', hits)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{calls_found}{said}**, {plain(_where(chosen))}")
        if total:
            call_list.options(page)
        if chosen.dates == UNDATED or not ask(page.snapshot, "count_undated_recordings")[0]["recordings"]:
            return
        undated = count_calls(page.snapshot, replace(chosen, dates=UNDATED))
        if undated:
            query = replace(chosen, dates=UNDATED).to_query()
            label = tn("{n} recording without a date", "{n} recordings without a date", undated)
            st.page_link(CALLS_PAGE, label=label, icon=":material/event_busy:", query_params=query)


def _where(chosen: CallFilter) -> str:
    if chosen.dates == UNDATED:
        return t("recordings without a date")
    dates = chosen.range
    return f"{dates.first}" if dates.first == dates.last else t("{first} to {last}", first=dates.first, last=dates.last)


def _which_filter_to_drop(page: Reading, chosen: CallFilter) -> None:
    """What would be found without each filter, as buttons."""
    published = published_ranges(page.publication)[0]
    st.info(t("Nothing is found with all of these filters."), icon=":material/search_off:")
    if reason := why_no_teams(page.snapshot, chosen):
        st.warning(reason, icon=":material/groups:")
    with st.container(horizontal=True, gap="small", key="without"):
        for name, without in without_each(chosen):
            found = count_calls(page.snapshot, replace(without, dates=chosen.dates))
            if found:
                calls_found = tn("{n} call", "{n} calls", found)
                label = t(
                    "Without {filter}: {calls}", filter=call_filters.chip_label(page, chosen, name), calls=calls_found
                )
                st.button(
                    plain(label), key=f"without_{name}", on_click=url_controls.set_parameters,
                    kwargs={name: None, "page": None},
                )  # fmt: skip
        everywhen = count_calls(page.snapshot, replace(chosen, dates=published)) if chosen.dates != UNDATED else 0
        if everywhen:
            label = t("All dates: {calls}", calls=tn("{n} call", "{n} calls", everywhen))
            st.button(label, key="without_dates", on_click=date_controls.choose_dates, args=(ALL,))


with reading() as opened:
    calls(opened)
