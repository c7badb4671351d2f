"""Calls that flip as rows of a file: the same ones for the command and the page."""

from __future__ import annotations

from typing import Any

from qa_pipeline.judging.comparing import Flip

COLUMNS = ("rule_id", "call_id", "call_date", "agent_id", "before", "after", "reason", "role", "begin_ms", "evidence")


def flip_row(flip: Flip) -> list[Any]:
    """The values of a flip in the order of `COLUMNS`."""
    hit = flip.evidence
    return [*flip[:7], hit.role if hit else None, hit.begin_ms if hit else None, _as_text(hit.text) if hit else None]


def _as_text(said: str) -> str:
    """What is said, as a cell that no spreadsheet takes for a formula."""
    return f"'{said}" if said[:1] in ("=", "+", "-", "@") else said
