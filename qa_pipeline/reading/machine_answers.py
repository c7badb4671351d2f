"""What a machine answers to one question of one call, and what is kept with the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from qa_pipeline.scorecards.scoring import Given

CallRow = Mapping[str, Any]
"""A row of list_calls_to_answer."""

SEVERAL_AGENTS = "several agents took part"


@dataclass(frozen=True, slots=True)
class MachineAnswer:
    """`actor` is the metric, or the rules by their ids, that answered; `content_hash` the versions of these rules.
    `reason` says why it is `cannot_tell`."""

    answer: Given
    source: Literal["metric", "rule"]
    actor: str
    reason: str | None = None
    content_hash: str | None = None
