"""Both roles' words side by side in the order of time, each sentence with its language and emotion.

Words that the engine was unsure of are grey, where it says how sure it was.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from dashboards.components.player import jump_to
from dashboards.markdown import plain
from dashboards.palette import ROLES, emotion_mark, language_name
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.channels import failure, origin
from qa_pipeline.wording.clocks import ago, clock
from qa_pipeline.wording.figures import count
from qa_pipeline.wording.missing_labels import Label, gives
from qa_pipeline.wording.unsure_words import is_unsure, labelled_by, legend, pieces_of, sure


def channel_headings(channels: Sequence[Row], sounds: Sequence[Row]) -> None:
    """Above each column: the role, and which engine transcribed it or why none did."""
    found = {channel["role"]: channel for channel in channels}
    actions = {sound["role"]: sound["action"] for sound in sounds}
    for column, role in zip(st.columns(2), ("agent", "customer"), strict=True):
        with column:
            mark = ROLES[role]
            st.subheader(f":material/{mark.icon}: {mark.label}", anchor=False)
            _channel_state(found.get(role), actions.get(role))
    for channel in channels:
        if channel["role"] not in ("agent", "customer"):
            mark = ROLES[channel["role"]]
            st.markdown(f"**:material/{mark.icon}: {mark.label}**, channel {channel['channel_id']}")
            _channel_state(channel, actions.get(channel["role"]))


def sentences(rows: Sequence[Row], now_s: float | None, channels: Sequence[Row], *, unsure_below: float) -> None:
    """The sentences; the one that holds `now_s` is framed. `unsure_below` is the setting of that name.

    That a label is missing is said where there could be one.
    """
    labelled: dict[Label, set[str]] = {label: roles_with(channels, label) for label in ("language", "emotion")}
    if any(item["confidence"] is not None for item in rows):
        st.caption(plain(f"{legend(unsure_below).capitalize()}."))
    with st.container(key="transcript"):
        for item in rows:
            left, right = st.columns(2)
            with left if item["role"] == "agent" else right:
                could = {label for label, roles in labelled.items() if item["role"] in roles}
                _sentence(item, could, is_now=_holds(item, now_s), unsure_below=unsure_below)


def roles_with(channels: Sequence[Row], label: Label) -> set[str]:
    """The roles whose sentences have such a label, or could have one by their engine and model."""
    return {
        channel["role"]
        for channel in channels
        if channel[f"has_{label}"] or (channel["model"] and gives(channel["model"], label, channel["engine"] or ""))
    }


def _holds(item: Row, now_s: float | None) -> bool:
    if now_s is None or item["begin_ms"] is None or item["end_ms"] is None:
        return False
    return bool(item["begin_ms"] <= now_s * 1000 < item["end_ms"])


def _channel_state(channel: Row | None, action: str | None) -> None:
    found = channel or {"engine": None, "model": None, "state": None}
    if words := origin(action=action, engine=found["engine"], model=found["model"]):
        sentences = f"{count(channel['sentence_count'], 'sentence')} · " if channel else ""
        st.caption(plain(f"{sentences}{words}"))
    elif channel is None:
        st.caption("not sent for transcription")
    elif channel["state"] == "failed":
        text = f"{failure(channel['code'], channel['message'])} ({count(channel['attempts'], 'attempt')})"
        st.error(plain(text), icon=":material/error:")
    else:
        st.warning(plain(_still_open(channel)), icon=":material/pending:")


def _still_open(channel: Row) -> str:
    """Since when, and why, a channel is under way."""
    since = f", {ago(time.time() - channel['open_since'])}" if channel["open_since"] is not None else ""
    reason = f": {channel['message']}" if channel["message"] else ""
    return f"Not transcribed yet; the work is in state {channel['state']}{since}{reason}. The next run goes on with it."


def _sentence(item: Row, could: set[Label], *, is_now: bool, unsure_below: float) -> None:
    with st.container(border=is_now, key=f"sentence_{item['number']}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if item["begin_ms"] is not None:
                begin_s = item["begin_ms"] / 1000
                st.button(
                    clock(begin_s),
                    key=f"play_{item['number']}",
                    icon=":material/play_arrow:",
                    type="tertiary",
                    on_click=jump_to,
                    args=(begin_s,),
                )
            labels = [text(item) for label, text in (("language", _language), ("emotion", _emotion)) if label in could]
            facts = " · ".join([_role(item), *([" ".join(labels)] if labels else [])])
            st.markdown(f"{facts}{_sure(item, unsure_below)}", width="content")
        pieces = pieces_of(item["text"], item["words"], unsure_below)
        says_words = any(word.get("confidence") is not None for word in item["words"] or ())
        if is_unsure(item["confidence"], unsure_below) and not says_words:
            pieces = [(item["text"], True)]
        if any(unsure for _, unsure in pieces):
            st.markdown("".join(_piece(text, unsure=unsure) for text, unsure in pieces), width="stretch")
        else:
            st.text(item["text"], width="stretch")


def _piece(text: str, *, unsure: bool) -> str:
    """A part of a sentence as Markdown that shows its characters, with the blanks at its ends."""
    said = plain(text)
    before = " " if text[:1].isspace() else ""
    after = " " if said and text[-1:].isspace() else ""
    return before + (f":gray[{said}]" if unsure else said) + after


def _role(item: Row) -> str:
    """The role in words: on a narrow screen the two columns become one."""
    return f":gray[{ROLES[item['role']].label}]"


def _language(item: Row) -> str:
    if not item["language"]:
        return ":gray[language not labelled]"
    by = labelled_by(item["language_source"])
    return f":gray[{plain(language_name(item['language']) + (f', {by}' if by else ''))}]"


def _sure(item: Row, unsure_below: float) -> str:
    return f" :gray[{plain(sure(item['confidence']))}]" if is_unsure(item["confidence"], unsure_below) else ""


def _emotion(item: Row) -> str:
    """A badge only for what somebody labelled."""
    mark = emotion_mark(item["emotion"])
    return mark.badge if item["emotion"] is not None else f":gray[{mark.glyph} {mark.label}]"
