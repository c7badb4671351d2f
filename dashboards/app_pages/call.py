"""One call: what is known of it, its sound, and both roles' words. `?call=ID` names it, `&t=SECONDS` a place."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards import charts, figure_charts
from dashboards.components import call_figures, transcript, url_controls
from dashboards.components.player import jump_to, player
from dashboards.components.recordings import agent_of, list_recordings, unrecorded_of
from dashboards.markdown import plain
from dashboards.page import Reading, reading
from dashboards.palette import ROLES, status_mark
from dashboards.queries import ask, knows_voices, recordings_of, sources_of
from dashboards.shell.document import title
from dashboards.url_values import place_of
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording import channels as channel_words
from qa_pipeline.wording.clocks import clock, moment
from qa_pipeline.wording.languages import t
from qa_pipeline.wording.voices import voices_sentence

SENTENCES_A_PAGE = 100
TIMELINE_SENTENCES = 2000
TIMELINE = "timeline"
TURNS_A_PAGE = 100
VIEWS = ("Sentences", "Turns")


def call_page(page: Reading) -> None:
    """The page of the call that the URL names."""
    st.page_link(
        "app_pages/calls.py",
        label="All calls",
        icon=":material/arrow_back:",
        query_params=url_controls.last_list(),
    )
    call_id = st.query_params.get("call", "")
    found = ask(page.snapshot, "read_call", call_id=call_id)
    if not found:
        _explain_missing(call_id)
        return
    (call,) = found
    if knows_voices(page.snapshot):
        call |= ask(page.snapshot, "how_voices_were_told", call_id=call_id)[0]
    _heading(call)
    has_acoustics = "acoustics" in page.snapshot.tables()
    sounds = ask(page.snapshot, "how_channels_sound", call_id=call_id) if has_acoustics else []
    channels = ask(page.snapshot, "what_became_of_channels", call_id=call["call_id"])
    call_figures.defects(sounds)
    recordings = recordings_of(page.snapshot, call_id)
    _told_by_voice(call)
    _facts(call, recordings)
    at_s = place_of(st.query_params.get("t", ""))
    _sound(page, call, channels, sounds, recordings, at_s)
    if call["status"] != "quarantined":
        call_figures.figures(page, call, channels, sounds)
        _words(page, call, channels, sounds, at_s)


def _explain_missing(call_id: str) -> None:
    if call_id:
        title(t("No such call"))
        st.warning(
            f"This snapshot has no call {plain(call_id)}. It may not be published yet.",
            icon=":material/search_off:",
        )
    else:
        title(t("Which call?"))
        st.info("Choose one in the list of calls.", icon=":material/list:")


def _heading(call: Row) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        title(call["call_id"], width="content")
        st.markdown(status_mark(call["status"]).badge, width="content")
    if call["status"] != "ok":
        reason = f"**{plain(call['status_reason'])}**: " if call["status_reason"] else ""
        st.warning(f"{reason}{plain(call['status_message'] or 'no reason was given')}", icon=":material/info:")


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
        show(f"{said[0].upper()}{plain(said[1:])}.", icon=":material/record_voice_over:")


def _facts(call: Row, recordings: Sequence[Row]) -> None:
    agents = list(dict.fromkeys(filter(None, map(agent_of, recordings))))
    agent = ", then ".join(agents) if len(agents) > 1 else agent_of(call)
    channels = {1: "mono", 2: "stereo"}.get(call["channels"] or 0, f"{call['channels']} channels")
    sound = f"{call['codec']}, {(call['sample_rate'] or 0) / 1000:g} kHz, {channels}" if call["codec"] else "not known"
    facts = {
        "Agent": agent,
        "Customer": call["customer_id"],
        "Queue": call["queue"],
        "Direction": call["direction"],
        "Began": moment(call["started_at"]) if call["started_at"] else call["call_date"],
        "Length": clock(call["duration_s"]),
        "Sound": sound,
    }
    with st.grid(min_column_width=150):
        for label, value in facts.items():
            with st.container(gap=None):
                st.caption(label)
                st.text(value if value is not None else "not known")


def _sound(
    page: Reading,
    call: Row,
    channels: Sequence[Row],
    sounds: Sequence[Row],
    recordings: Sequence[Row],
    at_s: float | None,
) -> None:
    sources = sources_of(page.snapshot, call["call_id"])
    player(call["source_uri"], sources, page.recording_roots, page.settings, at_s)
    if sounds and call["duration_s"]:
        not_speech = _not_speech(page, call)
        st.altair_chart(
            figure_charts.waveform(sounds, call["duration_s"], at_s, not_speech),
            alt="The outline of both channels' sound",
        )
        for role, mark in ROLES.items():
            if found := channel_words.not_speech([row for row in not_speech if row["role"] == role]):
                st.caption(f"{mark.label}'s channel, no speech: {found}")
    chosen = {"call_id": call["call_id"], "limit": TIMELINE_SENTENCES, "offset": 0, "with_words": False}
    timeline = ask(page.snapshot, "read_sentences", **chosen)
    if timeline and all(item["begin_ms"] is None for item in timeline):
        models = " and ".join(dict.fromkeys(plain(channel["model"]) for channel in channels if channel["model"]))
        st.caption(f"{models} gives no times: its sentences are listed below and cannot be played from their place.")
    elif timeline:
        shows_emotions = transcript.roles_with(channels, "emotion") != set()
        st.altair_chart(
            charts.timeline(
                timeline, call["duration_s"], at_s, unrecorded_of(recordings), shows_emotions=shows_emotions
            ),
            key=TIMELINE,
            on_select=_jump_from_timeline,
            selection_mode="sentence",
            alt=f"Who spoke when{', and in which emotion' if shows_emotions else ''}; the same is listed below",
        )

    if len(recordings) > 1:
        list_recordings(recordings)


def _not_speech(page: Reading, call: Row) -> list[Row]:
    """Stretches of ringing, tones and music; a snapshot of an earlier version does not have them."""
    if "sounds" not in page.snapshot.columns("acoustics"):
        return []
    return ask(page.snapshot, "what_sounded_besides_speech", call_id=call["call_id"])


def _jump_from_timeline() -> None:
    picked = st.session_state[TIMELINE].selection.get("sentence", [])
    if picked:
        jump_to(float(picked[0]["begin_s"]))


def _words(page: Reading, call: Row, channels: Sequence[Row], sounds: Sequence[Row], at_s: float | None) -> None:
    turns = _turns_by(page, call, at_s)
    if turns["turns"] and url_controls.view("view", "What was said", VIEWS) == VIEWS[1]:
        _turns(page, call, turns)
        return
    transcript.channel_headings(channels, sounds)
    total = sum(channel["sentence_count"] for channel in channels)
    page_count = max(1, -(-total // SENTENCES_A_PAGE))
    default = 1 if at_s is None else _page_of(page, call, at_s)
    number = url_controls.number("page", default, low=1, high=page_count)
    offset = (number - 1) * SENTENCES_A_PAGE
    chosen = {"call_id": call["call_id"], "limit": SENTENCES_A_PAGE, "offset": offset, "with_words": True}
    rows = ask(page.snapshot, "read_sentences", **chosen)
    if not rows and any(channel["engine"] for channel in channels):
        st.caption("No words were recognized in this call.")
    transcript.sentences(rows, at_s, channels, unsure_below=page.settings.metrics.unsure_below)
    url_controls.pages("page", page_count, default=default)


def _turns_by(page: Reading, call: Row, at_s: float | None) -> Row:
    """How many turns the call has, and which of them the place is in."""
    if "turns" not in page.snapshot.tables():
        return {"turns": 0}
    (row,) = ask(page.snapshot, "count_turns", call_id=call["call_id"], at_ms=int((at_s or 0) * 1000))
    return row


def _turns(page: Reading, call: Row, turns: Row) -> None:
    page_count = max(1, -(-turns["turns"] // TURNS_A_PAGE))
    default = turns["turn_id"] // TURNS_A_PAGE + 1
    number = url_controls.number("page", default, low=1, high=page_count)
    offset = (number - 1) * TURNS_A_PAGE
    call_figures.turns(ask(page.snapshot, "read_turns", call_id=call["call_id"], limit=TURNS_A_PAGE, offset=offset))
    url_controls.pages("page", page_count, default=default)


def _page_of(page: Reading, call: Row, at_s: float) -> int:
    (row,) = ask(page.snapshot, "find_sentence_at", call_id=call["call_id"], at_ms=int(at_s * 1000))
    return int(row["number"]) // SENTENCES_A_PAGE + 1


with reading() as opened:
    call_page(opened)
