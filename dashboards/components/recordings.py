"""The recordings of which a call is made: whose each is, when it was, and what lies between them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards.components.player import jump_to
from dashboards.markdown import plain
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.recordings import recording_lines, unrecorded_ms


def unrecorded_of(recordings: Sequence[Row]) -> list[tuple[float, float]]:
    """Begin and end of the time between them, in s."""
    return [(begin / 1000, end / 1000) for begin, end in unrecorded_ms(recordings)]


def agent_of(row: Row) -> str | None:
    """The agent of a call or of one of its recordings, by name and id."""
    name, agent_id = row["agent_name"], row["agent_id"]
    if name and agent_id:
        return f"{name} ({agent_id})"
    return str(name or agent_id) if name or agent_id else None


def list_recordings(recordings: Sequence[Row]) -> None:
    """A line per recording, with a button that plays it from its beginning."""
    with st.container(key="recordings", gap=None):
        for row, text in zip(recordings, recording_lines(recordings), strict=True):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.button(
                    f"Recording {row['segment'] + 1}",
                    key=f"recording_{row['segment']}",
                    icon=":material/play_arrow:",
                    type="tertiary",
                    on_click=jump_to,
                    args=(row["begin_ms"] / 1000,),
                )
                st.markdown(plain(text))
