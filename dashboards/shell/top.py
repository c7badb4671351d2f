"""The line above a page's title: age of the data, engine that heard the calls, newer data, language, signing out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboards.language import choose
from dashboards.markdown import plain
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.clocks import moment
from qa_pipeline.wording.languages import LANGUAGES, language, t, tn

FRESHNESS_CHECK_S = 20
ENGINES_NAMED = 2
_SWITCH = "language_switch"


def top_line(about: str = "", is_superseded: Callable[[], bool] | None = None) -> None:
    """The line: `about` the data as plain text, a button once the data `is_superseded`, and the switch of languages."""
    with st.container(
        key="top_line", horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"
    ):
        if about:
            st.caption(plain(about), width="stretch")
        if is_superseded is not None:
            _freshness(is_superseded)
        _language_switch()
        if getattr(st.user, "is_logged_in", False):
            st.button(t("Sign out"), on_click=st.logout, type="tertiary", icon=":material/logout:")


def about_data(publication: Row, engines: Sequence[str], timezone: str) -> str:
    """When the snapshot was published and who transcribed what is in it, in one line."""
    parts = [t("Data as of {moment}", moment=moment(publication["published_at"]))]
    if engines:
        named = ", ".join(engines[:ENGINES_NAMED])
        more = len(engines) - ENGINES_NAMED
        parts.append(
            t("engine: {engines}", engines=named)
            if more <= 0
            else tn("engines: {engines} and {n} more", "engines: {engines} and {n} more", more, engines=named)
        )
    parts.append(t("times in {timezone}", timezone=timezone))
    if publication["pipeline_version"]:
        parts.append(t("pipeline {version}", version=publication["pipeline_version"]))
    return " · ".join(parts)


@st.fragment(run_every=FRESHNESS_CHECK_S)
def _freshness(is_superseded: Callable[[], bool]) -> None:
    """Says so when something newer is published. The page isn't changed under a reader or listener unasked."""
    if is_superseded() and st.button(t("Newer data is published: show it"), icon=":material/refresh:", type="primary"):
        st.rerun(scope="app")


def _language_switch() -> None:
    st.session_state[_SWITCH] = language()
    st.segmented_control(
        t("Language of the pages"),
        list(LANGUAGES),
        key=_SWITCH,
        format_func=LANGUAGES.__getitem__,
        required=True,
        label_visibility="collapsed",
        width="content",
        on_change=lambda: choose(st.session_state[_SWITCH]),
    )
