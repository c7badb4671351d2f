"""One call: what is known of it, and sound and words as one instrument. `?call=ID` names it, `&t=SECONDS` a place.

A click in the instrument never runs this page: the browser has what it needs, and keeps the address up to date.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import streamlit as st

from dashboards.components import call_figures, url_controls
from dashboards.components.channel_states import channel_states
from dashboards.components.downloads import downloads
from dashboards.components.recordings import agent_of, list_recordings
from dashboards.evaluating.labels import form_keys
from dashboards.evaluating.on_call_page import (
    FORM_SHARE,
    evaluate_button,
    form_beside,
    opened_evaluation,
    why_hidden,
)
from dashboards.finding import agent_names
from dashboards.instrument.component import Shown, instrument
from dashboards.instrument.labels import labels, looks
from dashboards.instrument.routes import call_data_link
from dashboards.markdown import plain
from dashboards.page import Reading, reading
from dashboards.palette import status_mark
from dashboards.people import outcome_texts
from dashboards.queries import ask, ask_about_call, knows_voices, outcomes_of, recordings_of, sources_of
from dashboards.serving.recording_places import told_to
from dashboards.serving.sound_links import sound_link
from dashboards.serving.sounds import why_silent
from dashboards.shell.document import title
from dashboards.unmasking.offer import unmask_offer
from dashboards.url_values import place_of
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.clocks import clock, moment
from qa_pipeline.wording.languages import as_sentence, t, tn
from qa_pipeline.wording.problems import in_one_text, problem
from qa_pipeline.wording.retention import texts_deleted
from qa_pipeline.wording.voices import voices_sentence


def call_page(page: Reading) -> None:
    """The page of the call that the URL names."""
    st.page_link(
        "app_pages/calls.py",
        label=t("All calls"),
        icon=":material/arrow_back:",
        query_params=url_controls.last_list(),
    )
    call_id = st.query_params.get("call", "")
    found = ask_about_call(page.snapshot, "read_call", call_id)
    if not found:
        _explain_missing(call_id)
        return
    (call,) = found
    if knows_voices(page.snapshot):
        call |= ask(page.snapshot, "how_voices_were_told", call_id=call_id)[0]
    uris = {call["source_uri"], *(row["source_uri"] for row in sources_of(page.snapshot, call_id))}
    _heading(page, call, uris)
    has_acoustics = "acoustics" in page.snapshot.tables()
    sounds = ask(page.snapshot, "how_channels_sound", call_id=call_id) if has_acoustics else []
    channels = ask(page.snapshot, "what_became_of_channels", call_id=call["call_id"])
    call_figures.defects(sounds)
    recordings = recordings_of(page.snapshot, call_id)
    _told_by_voice(call)
    _say_what_was_deleted(page, call_id)
    evaluation = opened_evaluation(page, call)
    _facts(page, call, recordings)
    if evaluation is None:
        _instrument(page, call, channels)
    else:
        left, right = st.columns(FORM_SHARE, gap="medium")
        with left:
            _instrument(page, call, channels, is_beside=True)
        with right:
            form_beside(evaluation)
    if len(recordings) > 1:
        list_recordings(recordings)
    if call["status"] != "quarantined":
        channel_states(channels, sounds, lambda text: told_to(page.viewer, text, page.settings, uris))
        if reason := why_hidden(page, call_id):
            st.info(reason, icon=":material/visibility_off:")
        else:
            call_figures.figures(page, call, channels, sounds)


def _explain_missing(call_id: str) -> None:
    if call_id:
        title(t("No such call"))
        st.warning(
            t("This snapshot has no call {call}. It may not be published yet.", call=plain(call_id)),
            icon=":material/search_off:",
        )
    else:
        title(t("Which call?"))
        st.info(t("Choose one in the list of calls."), icon=":material/list:")


def _heading(page: Reading, call: Row, uris: Iterable[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        title(call["call_id"], width="content")
        st.markdown(status_mark(call["status"]).badge, width="content")
        evaluate_button(page, call)
        downloads(page, call["call_id"])
    if call["status"] != "ok":
        reason = f"**{plain(call['status_reason'])}**: " if call["status_reason"] else ""
        found = problem(call["status_reason"], call["status_message"])
        message = told_to(page.viewer, in_one_text(found) or t("no reason was given"), page.settings, uris)
        st.warning(f"{reason}{plain(message)}", icon=":material/info:")


def _say_what_was_deleted(page: Reading, call_id: str) -> None:
    if "text_deleted_at" not in page.snapshot.columns("calls"):
        return  # of an earlier version
    [row] = ask(page.snapshot, "when_texts_were_deleted", call_id=call_id)
    if (said := texts_deleted(row["text_deleted_at"])) is not None:
        st.info(plain(said), icon=":material/auto_delete:")


def _told_by_voice(call: Row) -> None:
    """Says of a call that has both parties on one channel how they were told apart."""
    said = voices_sentence(
        call.get("form"),
        separation=call.get("voices_separation"),
        is_unsure=call.get("voices_unsure"),
        reason=call.get("voices_unsure_reason"),
    )
    if said is not None:
        show = st.warning if call["voices_unsure"] else st.info
        show(plain(as_sentence(said)), icon=":material/record_voice_over:")


def _team_of(page: Reading, call: Row) -> dict[str, str]:
    """Team and supervisor of the agent on the day of the call, where they are known."""
    found = {t("Team"): call["team"]}
    if call["supervisor"]:
        found[t("Supervisor")] = agent_names(page.snapshot).get(call["supervisor"], call["supervisor"])
    return {label: value for label, value in found.items() if value}


def _outcomes_of(page: Reading, call: Row) -> dict[str, str]:
    """What became of the call, and whether the customer called again, as far as it is known."""
    [told] = outcomes_of(page.snapshot, [call])
    has_called = told["repeat_call_within_7_days"]
    found = {t("Outcomes"): ", ".join(outcome_texts(told["outcomes"]))}
    if has_called is not None:
        found[t("Called again within seven days")] = t("yes") if has_called else t("no")
    return {label: value for label, value in found.items() if value}


def _facts(page: Reading, call: Row, recordings: Sequence[Row]) -> None:
    agents = list(dict.fromkeys(filter(None, map(agent_of, recordings))))
    agent = t(", then ").join(agents) if len(agents) > 1 else agent_of(call)
    names = {1: t("mono"), 2: t("stereo")}
    channels = names.get(call["channels"] or 0) or tn("{n} channel", "{n} channels", call["channels"] or 0)
    sound = f"{call['codec']}, {(call['sample_rate'] or 0) / 1000:g} kHz, {channels}" if call["codec"] else None
    facts = {
        t("Agent"): agent,
        **_team_of(page, call),
        **_outcomes_of(page, call),
        t("Customer"): call["customer_id"],
        t("Queue"): call["queue"],
        t("Direction"): t(call["direction"]) if call["direction"] else None,
        t("Began"): moment(call["started_at"]) if call["started_at"] else call["call_date"],
        t("Length"): clock(call["duration_s"]),
        t("Sound"): sound,
    }
    lines = (
        f"<div><dt>{escape(label)}</dt><dd>{escape(str(value) if value is not None else t('not known'))}</dd></div>"
        for label, value in facts.items()
    )
    # one element: each text of Streamlit's own takes a browser as long as all of these together
    st.html(f'<dl class="qa-facts">{"".join(lines)}</dl>')


def _instrument(page: Reading, call: Row, channels: Sequence[Row], *, is_beside: bool = False) -> None:
    unsure_below = page.settings.metrics.unsure_below
    silence = why_silent(page.settings, page.viewer, page.snapshot, call["call_id"])
    instrument(
        Shown(
            call_id=call["call_id"],
            link=call_data_link(call["call_id"]),
            sound=None if silence else sound_link(page.viewer, call["call_id"], page.snapshot),
            silence=silence or "",
            at_s=place_of(st.query_params.get("t", "")),
            asked=st.query_params.get("q", ""),
            labels=labels(unsure_below, form_keys() if is_beside else ()),
            looks=looks(channels, unsure_below),
            is_beside=is_beside,
            unmask=unmask_offer(page, call["call_id"], has_sound=not silence),
        )
    )
    if any(channel["sentence_count"] and not channel["has_times"] for channel in channels):
        untimed = dict.fromkeys(row["model"] for row in channels if row["model"] and not row["has_times"])
        said = t(
            "{models} gives no times: its sentences are listed and cannot be played from their place.",
            models=", ".join(untimed),
        )
        st.caption(plain(said))


with reading() as opened:
    call_page(opened)
