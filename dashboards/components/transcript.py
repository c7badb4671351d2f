"""Both roles' words side by side in the order of time, each sentence with its language and emotion."""

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


def channel_headings(channels: Sequence[Row], sounds: Sequence[Row]) -> None:
    """Above each column: the role, and which engine transcribed it or why none did."""
    found = {channel["role"]: channel for channel in channels}
    actions = {sound["role"]: sound["action"] for sound in sounds}
    for column, role in zip(st.columns(2), ("agent", "customer"), strict=True):
        with column:
            mark = ROLES[role]
            st.subheader(f":material/{mark.icon}: {mark.label}", anchor=False)
            _channel_state(found.get(role), actions.get(role))


def sentences(rows: Sequence[Row], now_s: float | None) -> None:
    """The sentences; the one that holds `now_s` is framed."""
    with st.container(key="transcript"):
        for item in rows:
            left, right = st.columns(2)
            with left if item["role"] == "agent" else right:
                _sentence(item, is_now=_holds(item, now_s))


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


def _sentence(item: Row, *, is_now: bool) -> None:
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
            st.markdown(f"{_role(item)} · {_language(item)} {_emotion(item)}", width="content")
        st.text(item["text"], width="stretch")


def _role(item: Row) -> str:
    """The role in words: on a narrow screen the two columns become one."""
    return f":gray[{ROLES[item['role']].label}]"


def _language(item: Row) -> str:
    return f":gray[{plain(language_name(item['language']))}]" if item["language"] else ":gray[language not labelled]"


def _emotion(item: Row) -> str:
    """A badge only for what somebody labelled."""
    mark = emotion_mark(item["emotion"])
    return mark.badge if item["emotion"] is not None else f":gray[{mark.glyph} {mark.label}]"
