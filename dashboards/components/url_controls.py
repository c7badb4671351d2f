"""Controls whose state is the URL, so that any view can be bookmarked, sent and reloaded.

The URL is the only truth: before a control is drawn it is set from the URL, and a change is written to the URL
before the page runs again. What a URL says that makes no sense is left out, as if it weren't there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import streamlit as st

from dashboards.filters import DateRange
from dashboards.url_values import EARLIEST, LATEST, date_of, number_of, range_of
from qa_pipeline.published.snapshot import Row

DEFAULT_DAYS = 31
"""Without dates in the URL: this many days up to the newest call date."""

RANGE_MEMORY = "range_of_dates"
LIST_MEMORY = "last_list"


def date_range(publication: Row) -> DateRange:
    """Two date fields, `from` and `to`; a range chosen on one page is kept on the next."""
    default = _default_range(publication)
    _recall_range()
    first = _date_field("from", "From", default.first)
    last = _date_field("to", "To", default.last)
    st.session_state[RANGE_MEMORY] = {name: st.query_params.get(name) for name in ("from", "to")}
    return range_of(first, last)


def many(name: str, label: str, options: Sequence[str], show: Callable[[str], str] = str) -> tuple[str, ...]:
    """Any number of `options`, as a repeated URL parameter. `show` words an option for people."""
    chosen = [value for value in st.query_params.get_all(name) if value in options]
    key = f"control_{name}"
    st.session_state[key] = chosen
    st.multiselect(
        label,
        options,
        key=key,
        format_func=show,
        placeholder="any",
        on_change=_write,
        args=(name, key),
    )
    return tuple(chosen)


def text(name: str, label: str, placeholder: str) -> str:
    """One line of text."""
    value = st.query_params.get(name, "")
    key = f"control_{name}"
    st.session_state[key] = value
    st.text_input(
        label,
        key=key,
        placeholder=placeholder,
        icon=":material/search:",
        max_chars=200,
        on_change=_write,
        args=(name, key),
    )
    return value


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


def remember_list() -> None:
    """Keeps the list's URL parameters for the way back from a call."""
    st.session_state[LIST_MEMORY] = {name: st.query_params.get_all(name) for name in st.query_params}


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
    if isinstance(value, dt.date):
        st.query_params[name] = value.isoformat()
    elif value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)
    st.query_params.pop("page", None)  # page 7 of another list means nothing


def _write_page(name: str, key: str) -> None:
    st.query_params[name] = str(st.session_state[key])


def _default_range(publication: Row) -> DateRange:
    last = publication["last_date"] or dt.date(1970, 1, 1)
    first = publication["first_date"] or last
    return DateRange(max(first, last - dt.timedelta(days=DEFAULT_DAYS - 1)), last)


def _recall_range() -> None:
    """A click on another page empties the URL; what was chosen in this visit is put back into it."""
    remembered = st.session_state.get(RANGE_MEMORY, {})
    if not {"from", "to"} & set(st.query_params):
        set_parameters(**{name: value for name, value in remembered.items() if value})


def _date_field(name: str, label: str, default: dt.date) -> dt.date:
    value = date_of(st.query_params.get(name, ""), default)
    key = f"control_{name}"
    st.session_state[key] = value
    st.date_input(
        label,
        key=key,
        min_value=EARLIEST,
        max_value=LATEST,
        format="YYYY-MM-DD",
        on_change=_write,
        args=(name, key),
    )
    return value
