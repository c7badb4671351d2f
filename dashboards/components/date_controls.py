"""The controls of dates: ranges with names, two date fields, and by day, week or month."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboards.components.url_controls import one_of, parameters, set_parameters, write
from dashboards.date_presets import ALL, PRESETS, UNDATED
from dashboards.filters import (
    DATE_PARAMETERS,
    DEFAULT_DAYS,
    CallFilter,
    DateRange,
    published_ranges,
)
from dashboards.page import Reading
from dashboards.periods import offered, usual
from dashboards.url_values import EARLIEST, LATEST
from qa_pipeline.wording.languages import t

RANGE_MEMORY = "range_of_dates"
PAGE_MEMORY = "page_of_dates"

NEWEST, OWN = "newest", "own"
"""In the list of named ranges: what no name in the URL means, and two dates of the reader's own."""

DATES_PX = 330


def date_range(page: Reading) -> DateRange:
    """Ranges with names, and two date fields, `from` and `to`. A range chosen on one page is kept on the next.

    A named range in the URL stays one until a field is changed by hand. The dates of recordings without one are all
    that is published. The dates of a link that is followed later in the visit are that page's alone: Back finds the
    range as it was.
    """
    _recall_range()
    published, newest = published_ranges(page.publication)
    asked = CallFilter.from_query(parameters())
    dates = asked.on(_today(page), newest, published)
    chosen = published if dates.dates == UNDATED else dates.range
    _preset(asked.dates)
    with st.container(horizontal=True, width=DATES_PX, key="own_dates"):
        _date_field("from", t("From"), chosen.first)
        _date_field("to", t("To"), chosen.last)
    if RANGE_MEMORY not in st.session_state:
        _keep_range()
    return chosen


def explain_no_calls(page: Reading) -> None:
    """Says that the dates have none, and which have some."""
    said = t("No calls in these dates.")
    first, last = page.publication["first_date"], page.publication["last_date"]
    if first is not None:
        said = f"{said} {t('Those that are published are of {first} to {last}.', first=first, last=last)}"
    st.info(said, icon=":material/event_busy:")


def period(dates: DateRange) -> str:
    """By day, week or month, as the URL parameter `by`; what suits the range unless somebody chooses otherwise."""
    names = {"day": t("Day"), "week": t("Week"), "month": t("Month")}
    options = offered(dates)
    value = one_of("by", options, usual(dates))
    st.session_state["control_by"] = value
    st.segmented_control(
        t("By"), options, key="control_by", format_func=names.__getitem__, required=True, on_change=write,
        args=("by", "control_by"),
    )  # fmt: skip
    return value


def _today(page: Reading) -> dt.date:
    return dt.datetime.now(ZoneInfo(page.settings.timezone)).date()


def _preset(chosen: DateRange | str | None) -> None:
    """The ranges with a name in a list; the one of the URL is chosen."""
    options = [
        NEWEST,
        *PRESETS,
        *([UNDATED] if chosen == UNDATED else []),
        *([OWN] if isinstance(chosen, DateRange) else []),
    ]
    st.session_state["control_dates"] = OWN if isinstance(chosen, DateRange) else chosen or NEWEST
    st.selectbox(
        t("Dates"), options, key="control_dates", format_func=_preset_label, on_change=_write_preset, width=190
    )


def _preset_label(name: str) -> str:
    return {
        NEWEST: t("Newest {n} days", n=DEFAULT_DAYS),
        OWN: t("From … to …"),
        UNDATED: t("Without a date"),
        "today": t("Today"),
        "yesterday": t("Yesterday"),
        "last7": t("Last 7 days"),
        "last30": t("Last 30 days"),
        "this_week": t("This week"),
        "last_week": t("Last week"),
        "this_month": t("This month"),
        "last_month": t("Last month"),
        "this_quarter": t("This quarter"),
        "last_quarter": t("Last quarter"),
        "this_year": t("This year"),
        ALL: t("All dates"),
    }[name]


def _write_preset() -> None:
    chosen = st.session_state["control_dates"]
    if chosen != OWN:
        choose_dates(None if chosen == NEWEST else chosen)


def choose_dates(preset: str | None) -> None:
    """Puts a range with a name into the URL; None: the newest days."""
    st.session_state.pop(RANGE_MEMORY, None)
    set_parameters(**{"from": None, "to": None, "dates": preset, "page": None})


def _recall_range() -> None:
    """A click on another page empties the URL; what was chosen on the page before is put back into it."""
    context = get_script_run_ctx(suppress_warning=True)
    here = context.page_script_hash if context else ""
    was_here = st.session_state.get(PAGE_MEMORY) == here
    st.session_state[PAGE_MEMORY] = here
    remembered = {} if was_here else st.session_state.get(RANGE_MEMORY, {})
    if not set(DATE_PARAMETERS) & set(st.query_params):
        set_parameters(**{name: value for name, value in remembered.items() if value})


def _date_field(name: str, label: str, value: dt.date) -> None:
    key = f"control_{name}"
    st.session_state[key] = value
    st.date_input(
        label,
        key=key,
        min_value=EARLIEST,
        max_value=LATEST,
        format="YYYY-MM-DD",
        on_change=_write_dates,
    )


def _write_dates() -> None:
    """Both ends, so that a preset gives way to exactly the days that were on the page."""
    ends = {name: st.session_state[f"control_{name}"].isoformat() for name in ("from", "to")}
    set_parameters(dates=None, page=None, **ends)
    _keep_range()


def _keep_range() -> None:
    st.session_state[RANGE_MEMORY] = {name: st.query_params.get(name) for name in DATE_PARAMETERS}
