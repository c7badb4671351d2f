"""The call list: one line per call, headings that sort, a link on every call."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards.components import url_controls
from dashboards.links import call_link
from dashboards.markdown import plain
from dashboards.palette import course, emotion_mark, language_name, status_mark
from qa_pipeline.published.snapshot import Row
from qa_pipeline.transcription.engine_abilities import abilities_of
from qa_pipeline.wording.clocks import UNKNOWN, clock, moment

COURSE_STEPS = 8

_WIDTHS = [1.5, 1.7, 1.2, 0.8, 2.6, 1.3]
_HEADINGS = (
    ("date", "Call"),
    ("agent", "Agent"),
    ("queue", "Queue"),
    ("length", "Length"),
    ("anger", "Languages, customer's emotions"),
    ("status", "Status"),
)
_FIRST_DOWN = {"date", "length", "anger"}
"""Columns whose interesting end is the large one: a first click sorts them downwards."""


def link_to_call(call_id: str, *, at_s: float | None = None, label: str | None = None) -> None:
    """A link that opens a call, at `at_s` seconds where given."""
    page, query = call_link(call_id, at_s)
    st.page_link(page, label=f":primary[{label or plain(call_id)}]", query_params=query)


def headings(sort: str, *, descending: bool) -> None:
    """The column headings; a click sorts by that column, a second one turns the order round."""
    with st.container(key="headings"):
        for column, (name, label) in zip(st.columns(_WIDTHS), _HEADINGS, strict=True):
            arrow = f" {'↓' if descending else '↑'}" if name == sort else ""
            turned = not descending if name == sort else name in _FIRST_DOWN
            column.button(
                f"**{label}**{arrow}",
                key=f"sort_{name}",
                type="tertiary",
                help="Sort by the customer's angry seconds" if name == "anger" else None,
                on_click=_sort_by,
                args=(name, turned),
            )


def rows(calls: Sequence[Row]) -> None:
    """The lines of the list."""
    with st.container(key="list_of_calls"):
        for call in calls:
            _row(call)


def _sort_by(name: str, descending: bool) -> None:
    url_controls.set_parameters(sort=name, order="down" if descending else "up", page=None)


def _row(call: Row) -> None:
    name, agent, queue, lasts, customer, status = st.columns(_WIDTHS)
    with name:
        link_to_call(call["call_id"])
        st.caption(plain(moment(call["started_at"]) if call["started_at"] else call["call_date"] or "no date"))
    with agent:
        several = len(call["agents"]) > 1
        st.text(", then ".join(call["agents"]) if several else call["agent_name"] or call["agent_id"] or UNKNOWN)
        if call["agent_name"] and call["agent_id"] and not several:
            st.caption(plain(call["agent_id"]))
    queue.text(call["queue"] or UNKNOWN)
    lasts.text(clock(call["duration_s"]))
    with customer:
        st.markdown(_customer(call))
        if call["match_text"] is not None:
            _match(call, call["match_text"], call["match_ms"])
    with status:
        st.markdown(status_mark(call["status"]).badge)
        if call["engines"]:
            st.caption(plain(", ".join(call["engines"])))


def _customer(call: Row) -> str:
    """Languages of the call and the customer's emotions as they went."""
    spoken = ", ".join(language_name(code) for code in call["languages"])
    steps = course(call["customer_course"])
    is_unlabelled = not any(steps) and not all(abilities_of(engine).gives_emotions for engine in call["engines"])
    if not steps or is_unlabelled:
        return plain(spoken) if spoken else UNKNOWN
    if len(steps) > COURSE_STEPS:
        half = COURSE_STEPS // 2
        shown = [_step(item) for item in steps[:half]] + ["…"] + [_step(item) for item in steps[-half:]]
    else:
        shown = [_step(item) for item in steps]
    return f"{plain(spoken)}  \n{' → '.join(shown)}"


def _step(emotion: str | None) -> str:
    mark = emotion_mark(emotion)
    return f"{mark.glyph} {plain(mark.label)}"


def _match(call: Row, said: str, at_ms: int | None) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if at_ms is not None:
            link_to_call(
                call["call_id"], at_s=at_ms / 1000, label=f":material/play_arrow: {plain(clock(at_ms / 1000))}"
            )
        st.text(f"{call['match_role']}: {said}")
