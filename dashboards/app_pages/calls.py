"""The call list: filters, order and page are in the URL, and only one page of calls is ever read."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboards.components import call_list, url_controls
from dashboards.filters import DATE_PARAMETERS, FORMS, UNLABELLED, CallFilter, parameters_of
from dashboards.markdown import plain
from dashboards.page import Reading, reading
from dashboards.palette import EMOTIONS, STATUSES, defect_label, emotion_mark, language_name
from dashboards.queries import filter_choices
from dashboards.shell.document import title
from qa_pipeline.wording.figures import count
from qa_pipeline.wording.languages import t


def calls(page: Reading) -> None:
    """The whole page."""
    title(t("Calls"))
    chosen = _filters(page)
    rows = call_list.find_page(page, chosen)
    total = rows[0]["total"] if rows else 0
    _found(total, chosen)
    if total:
        call_list.call_list(page, rows, chosen)
        url_controls.remember_list()


def _filters(page: Reading) -> CallFilter:
    """Draws the controls, which write the URL; the URL is what counts."""
    choices = filter_choices(page.snapshot)
    with st.container(border=True), st.grid(min_column_width=190):
        dates = url_controls.date_range(page)
        url_controls.many("agent", "Agent", choices["agents"])
        url_controls.many("queue", "Queue", choices["queues"])
        url_controls.many("language", "Language", choices["languages"], language_name)
        url_controls.many("emotion", "Customer's emotion", _emotions(), _emotion_label)
        url_controls.many("status", "Status", list(STATUSES))
        url_controls.many("form", "Form", list(FORMS))
        if choices["defects"]:
            url_controls.many("defect", "Defect of the sound", choices["defects"], defect_label)
        url_controls.text("q", "Said in the call", "a word or phrase")
    return replace(CallFilter.from_query(url_controls.parameters()), dates=dates)


def _emotions() -> list[str]:
    return [emotion if emotion is not None else UNLABELLED for emotion in EMOTIONS]


def _emotion_label(option: str) -> str:
    return emotion_mark(None if option == UNLABELLED else option).label


def _found(total: int, chosen: CallFilter) -> None:
    dates = chosen.range
    where = f"{dates.first} to {dates.last}" if dates.first != dates.last else f"{dates.first}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{count(total, 'call')}**, {plain(where)}. Recordings without a date are listed with any dates.")
        if total:
            call_list.options()
        if not chosen.is_open:
            st.button(
                "Clear filters",
                icon=":material/filter_alt_off:",
                type="tertiary",
                on_click=_clear,
            )


def _clear() -> None:
    chosen = [name for name in parameters_of(url_controls.parameters()) if name not in DATE_PARAMETERS]
    url_controls.set_parameters(page=None, **dict.fromkeys(chosen))


with reading() as opened:
    calls(opened)
