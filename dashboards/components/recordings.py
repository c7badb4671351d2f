"""The recordings of which a call is made: whose each is, when it was, and what lies between them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards.markdown import plain
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.recordings import recording_lines


def agent_of(row: Row) -> str | None:
    """The agent of a call or of one of its recordings, by name and id."""
    name, agent_id = row["agent_name"], row["agent_id"]
    if name and agent_id:
        return f"{name} ({agent_id})"
    return str(name or agent_id) if name or agent_id else None


def list_recordings(recordings: Sequence[Row]) -> None:
    """A line per recording."""
    with st.container(key="recordings", gap=None):
        for text in recording_lines(recordings):
            st.markdown(plain(text))
