"""On which channel the agents of published calls are, what said it, and how many calls look swapped."""

from __future__ import annotations

import datetime as dt
from urllib.parse import unquote

from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.recordings.agent_channel_swaps import ChannelGroup
from qa_pipeline.settings import Settings
from qa_pipeline.statements.files import read_sql

AGENT_CHANNELS = read_sql("reads/count_agent_channels.sql")
"""The select that is asked."""


def channel_groups(
    snapshot: Snapshot, settings: Settings, first: dt.date | None = None, last: dt.date | None = None
) -> list[ChannelGroup]:
    """The calls of these days (of all, where none are given); none of a snapshot that does not know what said it.

    Raises:
        UnreadableSnapshot: it is damaged.
    """
    if not {"calls", "call_metrics"} <= snapshot.tables() or not _knows(snapshot):
        return []
    root = str(settings.landing_bucket) if settings.landing_bucket else settings.recordings.resolve().as_uri()  # type: ignore[union-attr]
    rows = snapshot.tuples(AGENT_CHANNELS, {"from_date": first, "to_date": last})
    return [ChannelGroup(unquote(folder.removeprefix(root).strip("/")), *row) for folder, *row in rows]


def _knows(snapshot: Snapshot) -> bool:
    columns = snapshot.tuples("select column_name from duckdb_columns() where table_name = 'calls'")
    return {("agent_channel_from",), ("form",)} <= set(columns)
