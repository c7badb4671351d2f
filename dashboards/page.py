"""What all pages share: the snapshot they read, the explanation of a missing one, the style."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboards.markdown import plain
from dashboards.palette import BACKGROUNDS
from dashboards.queries import ask
from qa_pipeline.published.snapshot import NothingPublished, Row, Snapshot, UnreadableSnapshot, open_newest
from qa_pipeline.settings import Settings, SettingsError, load_settings
from qa_pipeline.wording.clocks import moment

FRESHNESS_CHECK_S = 20

_STYLE = (
    f"<style>\n.stApp {{--qa-paper: light-dark({BACKGROUNDS['light']}, {BACKGROUNDS['dark']});}}"
    + """
/* Text and lines of charts follow the theme, which the reader may change without the server knowing. */
.stVegaLiteChart svg .mark-text.role-mark:not([class*="inked"]) text {fill: currentColor;}
.stVegaLiteChart svg .mark-rule.role-mark[class*="themed-line"] line {stroke: currentColor;}
.stMainBlockContainer {padding-top: 4.2rem; padding-bottom: 2rem; max-width: 1500px;}
/* Each line of foreign text takes its direction from its own first letter: Arabic and Hebrew read rightly. */
[data-testid="stText"], [data-testid="stText"] *, [data-testid="stMarkdownContainer"] p {
  unicode-bidi: plaintext; text-align: start;
}
[data-testid="stText"], [data-testid="stText"] * {
  font-family: inherit; white-space: pre-wrap; overflow-wrap: anywhere;
}
.stMetric[data-testid="stMetric"] {padding: 0;}
[data-testid="stPageLink"] a {padding: 0.1rem 0;}
[data-testid="stPageLink"] a p {font-size: 1rem; font-weight: 600;}
/* Lists of calls: a thin line between the rows, little space within them. */
[class*="st-key-list_"] {gap: 0.4rem;}
[class*="st-key-list_"] > [data-testid="stLayoutWrapper"]:not(:first-child) {
  border-top: 1px solid rgba(128, 140, 155, 0.25); padding-top: 0.45rem;
}
[class*="st-key-list_"] [data-testid="stVerticalBlock"] {gap: 0.15rem;}
/* A sentence: its time and labels close above its words. */
[class*="st-key-sentence_"] {gap: 0; padding-top: 0.3rem; padding-bottom: 0.5rem;}
[class*="st-key-sentence_"] [data-testid="stText"] {font-size: 1.02rem;}
[class*="st-key-sentence_"] [data-testid="stMarkdown"]:last-child p {font-size: 1.02rem;}
.st-key-transcript {gap: 0.2rem;}
</style>
"""
)
"""Constant text: no data ever gets in here."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page works with: settings, one open snapshot and what that says of itself."""

    settings: Settings
    snapshot: Snapshot
    publication: Row

    @property
    def recording_roots(self) -> tuple[Path, ...]:
        """Folders that recordings may be played from."""
        landing = [folder] if (folder := self.settings.landing_folder) else []
        return (*landing, self.settings.demo_recordings, *self.settings.local_references)


def set_style() -> None:
    """Puts the style sheet on the page."""
    st.html(_STYLE)


@contextmanager
def reading() -> Iterator[Reading]:
    """Opens the newest snapshot for the page in the block, or explains why it cannot be opened and ends the page."""
    settings = _settings_or_explain()
    try:
        with open_newest(settings.snapshot_path, settings.timezone) as snapshot:
            (publication,) = ask(snapshot, "describe_snapshot")
            if not publication["calls"]:
                _explain_no_calls(settings, publication)
                st.stop()
            yield Reading(settings, snapshot, publication)
            _footer(settings, snapshot, publication)
    except NothingPublished:
        _explain_nothing_published(settings)
        st.stop()
    except UnreadableSnapshot as error:
        _explain_unreadable(str(error))
        st.stop()


def _settings_or_explain() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        st.title("A setting is wrong")
        st.error(plain(error), icon=":material/settings_alert:")
        st.markdown("Correct it and reload this page. `qa-pipeline doctor` checks all settings.")
        st.stop()


def _explain_nothing_published(settings: Settings) -> None:
    st.title("Nothing published yet")
    st.markdown(f"There is no snapshot below `{_code(settings.home)}`. The pipeline publishes one after each run.")
    _next_commands()


def _explain_no_calls(settings: Settings, publication: Row) -> None:
    st.title("No calls yet")
    st.markdown(
        f"The snapshot of {plain(moment(publication['published_at']))} holds no calls. Recordings are taken from "
        f"`{_code(settings.recordings)}`, one folder per day."
    )
    _next_commands()


def _explain_unreadable(reason: str) -> None:
    st.title("The snapshot can't be read")
    st.error(plain(reason), icon=":material/database_off:")
    st.markdown("Another run publishes a new snapshot; the working database and what was paid for are not touched.")
    _next_commands()


def _next_commands() -> None:
    st.markdown("**Try it with the sample calls**, offline and free of charge:")
    st.code("make demo", language="shell")
    st.markdown("**Run your own recordings** of some days:")
    st.code("qa-pipeline run --from 2025-09-01 --to 2025-09-03", language="shell")
    st.button("Look again", icon=":material/refresh:")


def _footer(settings: Settings, snapshot: Snapshot, publication: Row) -> None:
    st.space("small")
    version = f" · pipeline {plain(publication['pipeline_version'])}" if publication["pipeline_version"] else ""
    st.caption(
        f"Snapshot of {plain(moment(publication['published_at']))}{version} · times in {plain(settings.timezone)}"
    )
    _freshness(settings.snapshot_path, snapshot.path)


@st.fragment(run_every=FRESHNESS_CHECK_S)
def _freshness(link: Path, shown: Path) -> None:
    """Says so when a newer snapshot is out. The page isn't changed under a reader or listener unasked."""
    newest = link.resolve()
    if (
        newest != shown
        and newest.exists()
        and st.button("Newer data is published: show it", icon=":material/refresh:", type="primary")
    ):
        st.rerun(scope="app")


def _code(path: object) -> str:
    """A path inside backticks; a backtick of its own would end them."""
    return str(path).replace("`", "'")
