"""Of each channel of a call: what transcribed it, or why nothing did."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import streamlit as st

from dashboards.markdown import plain
from dashboards.palette import ROLES
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.channels import failure, origin
from qa_pipeline.wording.clocks import ago
from qa_pipeline.wording.languages import t, tn
from qa_pipeline.wording.problems import STATES, in_one_text, problem

PARTIES = ("agent", "customer")
BOTH = "mixed"


def channel_states(channels: Sequence[Row], sounds: Sequence[Row], readable: Callable[[str], str]) -> None:
    """A line per channel; agent and customer have one each, whatever became of them, unless one channel stands for
    both.

    `channels` are rows of `what_became_of_channels`, `sounds` of `how_channels_sound`. `readable` makes of a message
    what the reader may know of it.
    """
    channels = [row | {"message": row["message"] and readable(row["message"])} for row in channels]
    found = {channel["role"]: channel for channel in channels}
    actions = {sound["role"]: sound["action"] for sound in sounds}
    others = [channel for channel in channels if channel["role"] not in PARTIES]
    if found.keys() & set(PARTIES) or BOTH not in found:
        for column, role in zip(st.columns(2), PARTIES, strict=True):
            with column:
                _channel_state(role, found.get(role), actions.get(role))
    for channel in others:
        _channel_state(channel["role"], channel, actions.get(channel["role"]))


def _channel_state(role: str, channel: Row | None, action: str | None) -> None:
    name = ROLES[role].label
    found = channel or {"engine": None, "model": None, "state": None}
    if words := origin(action=action, engine=found["engine"], model=found["model"]):
        sentences = tn("{n} sentence", "{n} sentences", channel["sentence_count"]) + " · " if channel else ""
        st.caption(f"**{name}** · {plain(sentences + words)}")
    elif channel is None:
        st.caption(f"**{name}** · {t('not sent for transcription')}")
    elif channel["state"] == "failed":
        tries = tn("{n} attempt", "{n} attempts", channel["attempts"])
        text = f"{failure(channel['code'], channel['message'])} ({tries})"
        st.error(f"**{name}**: {plain(text)}", icon=":material/error:")
    else:
        st.warning(f"**{name}**: {plain(_still_open(channel))}", icon=":material/pending:")


def _still_open(channel: Row) -> str:
    """Since when, and why, a channel is under way."""
    since = f", {ago(time.time() - channel['open_since'])}" if channel["open_since"] is not None else ""
    reason = f": {in_one_text(problem(channel['code'], channel['message']))}" if channel["message"] else ""
    return t(
        "Not transcribed yet ({state}). The next run goes on with it.",
        state=f"{_state(channel)}{since}{reason}",
    )


def _state(channel: Row) -> str:
    return t(STATES.get(channel["state"], str(channel["state"])))
