"""What an evaluation can be, and what it can become.

    draft ─► submitted ─► released ─► acknowledged
      │                      │ └────► disputed ─► upheld | changed | rule_changed ─► acknowledged, or disputed again
      └─► withdrawn          └─► retracted

A decision `changed` makes a new evaluation, which is in the state `changed`, and retracts the one that was disputed;
so does `rule_changed` where it names a card to score by.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class EvaluationState(StrEnum):
    """Where an evaluation stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RELEASED = "released"
    ACKNOWLEDGED = "acknowledged"
    DISPUTED = "disputed"
    UPHELD = "upheld"
    CHANGED = "changed"
    RULE_CHANGED = "rule_changed"
    RETRACTED = "retracted"
    WITHDRAWN = "withdrawn"


class EvaluationType(StrEnum):
    """What an evaluation is for."""

    STANDARD = "standard"
    BLIND = "blind"
    """Without the machine's answers and those of others, until it is submitted."""
    CALIBRATION = "calibration"
    """Of a session in which several evaluate the same call; blind, and never released."""
    DISPUTE = "dispute"
    """What a decision put in the place of another one."""
    MACHINE = "machine"
    """Computed; kept in the warehouse, never in this store."""


class Decision(StrEnum):
    """How a dispute ended."""

    UPHELD = "upheld"
    CHANGED = "changed"
    RULE_CHANGED = "rule_changed"
    """The card was at fault, not the evaluation."""


class TaskKind(StrEnum):
    """Why somebody is to do something."""

    SAMPLE = "sample"
    DOUBLE = "double"
    CALIBRATION = "calibration"
    MANUAL = "manual"
    DISPUTE = "dispute"


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    STARTED = "started"
    DONE = "done"
    CANCELLED = "cancelled"


class LogKind(StrEnum):
    """What a row of the log says; docs/reviews.md has what each holds."""

    CARD_KEPT = "card_kept"
    TASK_ASSIGNED = "task_assigned"
    TASK_REASSIGNED = "task_reassigned"
    TASK_CANCELLED = "task_cancelled"
    EVALUATION_STARTED = "evaluation_started"
    ANSWER_GIVEN = "answer_given"
    COMMENT_ADDED = "comment_added"
    SUBMITTED = "submitted"
    RELEASED = "released"
    ACKNOWLEDGED = "acknowledged"
    DISPUTED = "disputed"
    DECIDED = "decided"
    RETRACTED = "retracted"
    WITHDRAWN = "withdrawn"
    CALLS_ERASED = "calls_erased"
    """Of the rows that it names something was taken out: see `reviews.erasing`."""


ERASED: Final = "erased"
"""A key of the payload of a row of which something was taken out, with the erasure's id; alone where all was."""

BLIND_TYPES: Final = frozenset({EvaluationType.BLIND, EvaluationType.CALIBRATION})
"""Whoever is at one of these sees no answer of anybody else to the same call."""

DECIDED_STATES: Final = frozenset({EvaluationState.UPHELD, EvaluationState.CHANGED, EvaluationState.RULE_CHANGED})

ALLOWED_FROM: Final[Mapping[LogKind, frozenset[EvaluationState]]] = {
    LogKind.ANSWER_GIVEN: frozenset({EvaluationState.DRAFT}),
    LogKind.COMMENT_ADDED: frozenset({EvaluationState.DRAFT}),
    LogKind.SUBMITTED: frozenset({EvaluationState.DRAFT}),
    LogKind.WITHDRAWN: frozenset({EvaluationState.DRAFT}),
    LogKind.RELEASED: frozenset({EvaluationState.SUBMITTED}),
    LogKind.ACKNOWLEDGED: DECIDED_STATES | {EvaluationState.RELEASED},
    LogKind.DISPUTED: DECIDED_STATES | {EvaluationState.RELEASED},
    LogKind.DECIDED: frozenset({EvaluationState.DISPUTED}),
    LogKind.RETRACTED: DECIDED_STATES
    | {EvaluationState.SUBMITTED, EvaluationState.RELEASED, EvaluationState.ACKNOWLEDGED},
}
"""What is done to an evaluation → the states in which it can be done."""

CURRENT_STATES: Final = frozenset(EvaluationState) - {
    EvaluationState.DRAFT,
    EvaluationState.WITHDRAWN,
    EvaluationState.RETRACTED,
}
"""States in which an evaluation counts."""
