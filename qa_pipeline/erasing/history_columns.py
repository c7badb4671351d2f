"""Which columns of Dagster's history tell something, and which it lives by."""

from __future__ import annotations

_LIVED_BY = ("status", "partition", "partition_set", "mode", "type", "name", "key", "id")
"""Ends of the names of columns by which Dagster finds and reads its rows: a word of them that is replaced is a run
without a state, or an event that is of no partition any more."""


def is_told(column: str) -> bool:
    """Whether a column holds what was told of runs and events (bodies, messages, values of tags), so that words of it
    may be replaced."""
    return not any(column == each or column.endswith(f"_{each}") for each in _LIVED_BY)
