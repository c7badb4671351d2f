"""Controls whose state is the URL, so that any view can be bookmarked, sent and reloaded.

The URL is the only truth: before a control is drawn it is set from the URL, and a change is written to the URL
before the page runs again. What a URL says that makes no sense is left out, as if it weren't there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboards.filters import (
    DATE_PARAMETERS,
    Span,
    parameters_of,
)
from dashboards.markdown import plain
from dashboards.url_values import number_of
from qa_pipeline.wording.languages import t

LIST_MEMORY = "last_list"


LONGEST_SEARCH = 400


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
        on_change=write,
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
        on_change=write,
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
    st.selectbox(label, options, key=key, on_change=write, args=(name, key))
    return value


def view(name: str, label: str, options: Sequence[str]) -> str:
    """One of a few ways to look at the same thing, side by side; the first is shown without the parameter."""
    value = one_of(name, options, options[0])
    key = f"control_{name}"
    st.session_state[key] = value
    st.segmented_control(
        label, options, key=key, required=True, label_visibility="collapsed", on_change=write, args=(name, key)
    )
    return value


def optional(name: str, label: str, names: Mapping[str, str], nothing: str) -> str | None:
    """One of the keys of `names`, shown by their names, or none of them: `nothing`. The URL may name another one."""
    value = st.query_params.get(name, "")
    options = list(dict.fromkeys(["", *names, value]))
    key = f"control_{name}"
    st.session_state[key] = value

    def show(option: str) -> str:
        return names.get(option, option) if option else nothing

    st.selectbox(label, options, key=key, format_func=show, on_change=write, args=(name, key))
    return value or None


def named_choice(name: str, label: str, names: Mapping[str, str], default: str) -> str:
    """One of the keys of `names`, shown by their names; a URL without the parameter means `default`."""
    value = one_of(name, list(names), default)
    key = f"control_{name}"
    st.session_state[key] = value
    st.selectbox(label, list(names), key=key, format_func=names.__getitem__, on_change=write, args=(name, key))
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


def write(name: str, key: str) -> None:
    """What a control of `key` says as the URL parameter `name`, before the page runs again."""
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


def clear_filters() -> None:
    """Takes everything but the dates out of the URL that narrows the calls."""
    chosen = [name for name in parameters_of(parameters()) if name not in DATE_PARAMETERS]
    set_parameters(page=None, **dict.fromkeys(chosen))
