"""Controls whose state is the URL, so that any view can be bookmarked, sent and reloaded.

The URL is the only truth: before a control is drawn it is set from the URL, and a change is written to the URL
before the page runs again. What a URL says that makes no sense is left out, as if it weren't there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboards.date_presets import ALL, PRESETS, UNDATED
from dashboards.filters import (
    DATE_PARAMETERS,
    DEFAULT_DAYS,
    CallFilter,
    DateRange,
    Span,
    parameters_of,
    published_ranges,
)
from dashboards.markdown import plain
from dashboards.page import Reading
from dashboards.periods import offered, usual
from dashboards.url_values import EARLIEST, LATEST, number_of
from qa_pipeline.wording.languages import t

RANGE_MEMORY = "range_of_dates"
LIST_MEMORY = "last_list"
PAGE_MEMORY = "page_of_dates"

NEWEST, OWN = "newest", "own"
"""In the list of named ranges: what no name in the URL means, and two dates of the reader's own."""

LONGEST_SEARCH = 400
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


def many(name: str, label: str, options: Sequence[str], show: Callable[[str], str] = str) -> tuple[str, ...]:
    """Any number of `options`, as a repeated URL parameter, which may name others too. `show` words an option."""
    chosen = list(dict.fromkeys(st.query_params.get_all(name)))
    options = [*options, *(value for value in chosen if value not in options)]
    key = f"control_{name}"
    st.session_state[key] = chosen
    st.multiselect(
        label,
        options,
        key=key,
        format_func=show,
        placeholder=t("any"),
        on_change=_write,
        args=(name, key),
    )
    return tuple(chosen)


def text(name: str, label: str, placeholder: str, explanation: str | None = None) -> str:
    """One line of text; `explanation` opens beside it."""
    value = st.query_params.get(name, "")
    key = f"control_{name}"
    st.session_state[key] = value
    st.text_input(
        label,
        key=key,
        placeholder=placeholder,
        icon=":material/search:",
        max_chars=LONGEST_SEARCH,
        help=explanation,
        on_change=_write,
        args=(name, key),
    )
    return value


def span(name: str, label: str) -> None:
    """The ends of a range of numbers, both of which may be left open, as one URL parameter LOW..HIGH."""
    chosen = Span.of(st.query_params.get(name, "")) or Span()
    keys = (f"control_{name}_low", f"control_{name}_high")
    st.caption(plain(label))
    with st.container(horizontal=True):
        for key, value, word in zip(keys, (chosen.low, chosen.high), (t("from"), t("to")), strict=True):
            st.session_state[key] = value
            st.number_input(
                f"{label}: {word}",
                key=key,
                value=None,
                placeholder=word,
                label_visibility="collapsed",
                on_change=_write_span,
                args=(name, *keys),
            )


def choice(name: str, label: str, options: Sequence[str], default: str) -> str:
    """One of `options` from a list; a URL without the parameter means `default`."""
    value = one_of(name, options, default)
    key = f"control_{name}"
    st.session_state[key] = value
    st.selectbox(label, options, key=key, on_change=_write, args=(name, key))
    return value


def view(name: str, label: str, options: Sequence[str]) -> str:
    """One of a few ways to look at the same thing, side by side; the first is shown without the parameter."""
    value = one_of(name, options, options[0])
    key = f"control_{name}"
    st.session_state[key] = value
    st.segmented_control(
        label, options, key=key, required=True, label_visibility="collapsed", on_change=_write, args=(name, key)
    )
    return value


def period(dates: DateRange) -> str:
    """By day, week or month, as the URL parameter `by`; what suits the range unless somebody chooses otherwise."""
    names = {"day": t("Day"), "week": t("Week"), "month": t("Month")}
    options = offered(dates)
    value = one_of("by", options, usual(dates))
    st.session_state["control_by"] = value
    st.segmented_control(
        t("By"), options, key="control_by", format_func=names.__getitem__, required=True, on_change=_write,
        args=("by", "control_by"),
    )  # fmt: skip
    return value


def optional(name: str, label: str, names: Mapping[str, str], nothing: str) -> str | None:
    """One of the keys of `names`, shown by their names, or none of them: `nothing`. The URL may name another one."""
    value = st.query_params.get(name, "")
    options = list(dict.fromkeys(["", *names, value]))
    key = f"control_{name}"
    st.session_state[key] = value

    def show(option: str) -> str:
        return names.get(option, option) if option else nothing

    st.selectbox(label, options, key=key, format_func=show, on_change=_write, args=(name, key))
    return value or None


def named_choice(name: str, label: str, names: Mapping[str, str], default: str) -> str:
    """One of the keys of `names`, shown by their names; a URL without the parameter means `default`."""
    value = one_of(name, list(names), default)
    key = f"control_{name}"
    st.session_state[key] = value
    st.selectbox(label, list(names), key=key, format_func=names.__getitem__, on_change=_write, args=(name, key))
    return value


def one_of(name: str, allowed: Sequence[str], default: str) -> str:
    """The URL's value if it is allowed, else the default; draws nothing."""
    value = st.query_params.get(name, default)
    return value if value in allowed else default


def number(name: str, default: int, *, low: int, high: int) -> int:
    """The URL's whole number, brought between `low` and `high`; draws nothing."""
    return number_of(st.query_params.get(name, ""), default, low=low, high=high)


def pages(name: str, page_count: int, default: int = 1) -> None:
    """Buttons for the pages of a list, if there are several; a URL without the parameter means `default`."""
    if page_count > 1:
        key = f"control_{name}"
        st.session_state[key] = number(name, default, low=1, high=page_count)
        st.pagination(page_count, key=key, on_change=_write_page, args=(name, key))


def parameters() -> dict[str, list[str]]:
    """What the URL says: each parameter's values."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def remember_list() -> None:
    """Keeps the list's URL parameters for the way back from a call."""
    st.session_state[LIST_MEMORY] = parameters()


def last_list() -> dict[str, list[str]]:
    """The parameters of the list as it was last seen in this visit."""
    remembered: dict[str, list[str]] = st.session_state.get(LIST_MEMORY, {})
    return remembered


def set_parameters(**values: str | None) -> None:
    """Changes URL parameters; None takes one away."""
    for name, value in values.items():
        if value is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = value


def _write(name: str, key: str) -> None:
    value = st.session_state[key]
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)
    st.query_params.pop("page", None)  # page 7 of another list means nothing


def _write_span(name: str, low_key: str, high_key: str) -> None:
    chosen = Span(st.session_state[low_key], st.session_state[high_key])
    set_parameters(**{name: None if chosen.is_open else str(chosen), "page": None})


def _write_page(name: str, key: str) -> None:
    st.query_params[name] = str(st.session_state[key])


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


def clear_filters() -> None:
    """Takes everything but the dates out of the URL that narrows the calls."""
    chosen = [name for name in parameters_of(parameters()) if name not in DATE_PARAMETERS]
    set_parameters(page=None, **dict.fromkeys(chosen))


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
