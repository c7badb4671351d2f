"""What all pages share: the snapshot they read, what they say of it, the explanation of a missing one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import streamlit as st

from dashboards.markdown import plain
from dashboards.queries import ask
from dashboards.serving.access import Right, Viewer, is_at_this_machine, viewer
from dashboards.serving.opening import open_for
from dashboards.serving.recording_places import told_to
from dashboards.shell.document import title
from dashboards.shell.top import about_data, top_line
from qa_pipeline.published.newest import is_superseded
from qa_pipeline.published.own_calls import OwnSnapshot
from qa_pipeline.published.snapshot import NothingPublished, Row, Snapshot, UnreadableSnapshot
from qa_pipeline.settings import Settings, SettingsError, load_settings
from qa_pipeline.wording.clocks import moment
from qa_pipeline.wording.languages import t


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page works with: settings, one open snapshot and what that says of itself."""

    settings: Settings
    snapshot: Snapshot
    publication: Row
    viewer: Viewer


@contextmanager
def reading() -> Iterator[Reading]:
    """Opens the newest snapshot for the page in the block, or explains why it cannot be opened and ends the page.

    Nothing is asked for a person who may not read.
    """
    settings = _settings_or_explain()
    person = viewer()
    if not person.may(Right.READ):
        _explain_no_access(settings)
        st.stop()
    has_begun = False
    try:
        with open_for(person, settings) as snapshot:
            snapshot.is_still_wanted = _end_if_unwanted
            (publication,) = ask(snapshot, "describe_snapshot")
            if not publication["calls"] and isinstance(snapshot, OwnSnapshot):
                _explain_no_own_calls(settings, snapshot)
                st.stop()
            if not publication["calls"]:
                _explain_no_calls(settings, publication, person)
                st.stop()
            engines = [row["engine"] for row in ask(snapshot, "list_engines")] if _knows_engines(snapshot) else []
            about = about_data(publication, engines, settings.timezone)
            top_line(about, partial(is_superseded, settings, snapshot.published_identity))
            has_begun = True
            yield Reading(settings, snapshot, publication, person)
    except NothingPublished:
        _explain_nothing_published(settings, person)
        st.stop()
    except UnreadableSnapshot as error:
        if not has_begun:
            top_line()
        if settings.uses_lake:
            _explain_unreadable_lake(str(error) if person.may(Right.RAW_PATHS) else "")
        else:
            _explain_unreadable(told_to(person, str(error), settings))
        st.stop()


def _end_if_unwanted() -> None:
    """Ends this run of the page if its viewer has clicked on or gone: Streamlit looks for that in every access of the
    session."""
    _ = "any" in st.session_state


def _settings_or_explain() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        top_line()
        title(t("A setting is wrong"))
        reason = (
            plain(error) if is_at_this_machine() else t("The server's settings are wrong; its operator can see why.")
        )
        st.error(reason, icon=":material/settings_alert:")
        st.markdown(t("Correct it and reload this page. `qa-pipeline doctor` checks all settings."))
        st.stop()


def _explain_no_access(settings: Settings) -> None:
    """For somebody who was taken off the list while a page was open; everybody else is stopped at the gate."""
    title(t("No access"))
    contact = settings.dashboard_contact or t("whoever runs this server")
    st.info(t("You no longer have access. Ask {contact}.", contact=plain(contact)), icon=":material/lock:")


def _explain_nothing_published(settings: Settings, person: Viewer) -> None:
    top_line()
    title(t("Nothing published yet"))
    if settings.uses_lake:
        lake = _code(told_to(person, str(settings.lake), settings))
        st.markdown(t("Nothing is in the lake `{lake}` yet. The pipeline publishes into it after each run.", lake=lake))
    else:
        folder = _code(told_to(person, str(settings.home), settings))
        st.markdown(
            t("There is no snapshot below `{folder}`. The pipeline publishes one after each run.", folder=folder)
        )
    _next_commands()


def _explain_no_calls(settings: Settings, publication: Row, person: Viewer) -> None:
    top_line()
    title(t("No calls yet"))
    st.markdown(
        t(
            "The snapshot of {moment} holds no calls. Recordings are taken from `{folder}`, one folder per day.",
            moment=plain(moment(publication["published_at"])),
            folder=_code(told_to(person, str(settings.recordings), settings)),
        )
    )
    _next_commands()


def _explain_no_own_calls(settings: Settings, snapshot: OwnSnapshot) -> None:
    """For an agent who has no call in the snapshot, or of whom nothing says which calls are the own."""
    top_line()
    title(t("No calls of yours"))
    contact = settings.dashboard_contact or t("whoever runs this server")
    if snapshot.own.ids:
        st.info(t("None of the published calls is yours yet."), icon=":material/event_busy:")
    else:
        said = t(
            "Nothing says which calls are yours: your e-mail address is not in the list of people. Tell {contact}.",
            contact=contact,
        )
        st.info(plain(said), icon=":material/person_search:")


def _explain_unreadable_lake(reason: str) -> None:
    """`reason` names servers, and is empty for who may not know of them."""
    title(t("The lake can't be read"))
    st.error(f"{t('A part of the lake does not answer.')}  \n{plain(reason)}", icon=":material/database_off:")
    st.markdown(t("The page works again as soon as it does. `qa-pipeline doctor` looks at each part."))
    st.button(t("Look again"), icon=":material/refresh:")


def _explain_unreadable(reason: str) -> None:
    title(t("The snapshot can't be read"))
    what = t("The file of the newest snapshot is damaged, was made by another version, or can't be reached.")
    st.error(f"{what}  \n{plain(reason)}", icon=":material/database_off:")
    st.markdown(t("Another run publishes a new snapshot; the working database and what was paid for are not touched."))
    _next_commands()


def _next_commands() -> None:
    st.markdown(t("**Try it with the sample calls**, offline and free of charge:"))
    st.code("make demo", language=None, wrap_lines=True)
    st.markdown(t("**Run your own recordings** of some days:"))
    st.code("qa-pipeline run --from 2025-09-01 --to 2025-09-03", language=None, wrap_lines=True)
    st.button(t("Look again"), icon=":material/refresh:")


def _knows_engines(snapshot: Snapshot) -> bool:
    return "engine" in snapshot.columns("transcripts")


def _code(path: object) -> str:
    """A path inside backticks; a backtick of its own would end them."""
    return str(path).replace("`", "'")
