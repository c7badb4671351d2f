"""What the ledger speaks of: work that is wanted, whom it is asked of, and a row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from qa_pipeline.ledger.states import ANSWERED, IMPORT_KIND, RESUMABLE, UNDER_WAY, UnitState
from qa_pipeline.transcription.imports.parameters import ImportParameters
from qa_pipeline.transcription.parameters import TranscriptionParameters

Key: TypeAlias = tuple[str, int, str, str]


class IllegalMove(RuntimeError):
    """A unit was asked to go where its state cannot go: somebody else moved it, or a bug."""

    def __init__(self, submission_id: str, to: UnitState) -> None:
        super().__init__(f"submission {submission_id} cannot become {to}: it is in no state that leads there")
        self.submission_id = submission_id
        self.to = to


class PlannedByOthers(RuntimeError):
    """Other runs kept planning the same recordings."""


@dataclass(frozen=True, slots=True)
class Billing:
    """Who would be asked and paid: kind 'dashscope' or 'local', engine's name, price region, account hash."""

    engine_kind: str
    engine: str
    region: str
    account: str


@dataclass(frozen=True, slots=True)
class KeptParameters:
    """What a row was asked with, kept as it was sent; `digest` is the row's."""

    digest: str
    sent: Mapping[str, Any]

    def to_request(self) -> dict[str, Any]:
        """What was sent."""
        return dict(self.sent)


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One channel of one file that somebody wants transcribed. `audio_s` is the file's length, s; `channel_id` counts
    the channels of the file, which may be another one in the call (`recordings.channels`).

    `model_reason` says why this model; `context` is sent along and makes no other work of it; a channel that goes
    `apart` never shares a request with the other one.
    """

    recording_id: str
    channel_id: int
    model: str
    parameters: TranscriptionParameters | ImportParameters | KeptParameters
    call_id: str
    call_date: str
    source_uri: str
    audio_s: float
    model_reason: str | None = None
    context: str | None = None
    apart: bool = False
    settings_hash: str | None = None

    @property
    def context_sha256(self) -> str | None:
        """What the ledger knows the context by."""
        return None if self.context is None else hashlib.sha256(self.context.encode()).hexdigest()

    @property
    def key(self) -> Key:
        """What makes two work items the same paid work."""
        return (self.recording_id, self.channel_id, self.model, self.parameters.digest)


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row of the ledger.

    `fence` is the claim of whoever is at it, until `held_until` by the ledger's clock. `kept_in` is where its raw JSON
    was put: a bucket, or a folder of a machine.
    """

    unit_id: str
    submission_id: str
    recording_id: str
    channel_id: int
    model: str
    parameters_hash: str
    attempt: int
    parameters: dict[str, Any]
    call_id: str
    call_date: str
    source_uri: str
    audio_s: float
    engine_kind: str
    engine: str
    region: str
    account: str
    state: UnitState
    worker_id: str | None
    task_id: str | None
    file_url: str | None
    code: str | None
    message: str | None
    billed_s: float | None
    cost_usd: float | None
    raw_path: str | None
    raw_sha256: str | None
    planned_at: float
    sending_at: float | None
    submitted_at: float | None
    ended_at: float | None
    fetched_at: float | None
    parsed_at: float | None
    model_reason: str | None = None
    context_sha256: str | None = None
    asked_again: int | None = None
    settings_hash: str | None = None
    answered_by: str | None = None
    fence: int | None = None
    held_until: float | None = None
    kept_in: str | None = None

    @property
    def made_by(self) -> str:
        """The engine that answered, as far as the answer is signed; else the one that was to be asked."""
        return self.answered_by or self.engine

    @property
    def key(self) -> Key:
        """What makes two rows attempts at the same paid work."""
        return (self.recording_id, self.channel_id, self.model, self.parameters_hash)


def row_in_force(attempts: Sequence[LedgerRow], engine_kind: str) -> LedgerRow | None:
    """Which of a key's attempts decides, or None when the unit is still to be planned.

    What the paid service did counts everywhere, and so does an import. What the local service did counts only while
    the local service is the engine: with a key set, a recording that was only tried locally is sent. A row that was
    planned and never sent counts for any engine. An answer counts before any other attempt, but for one that a person
    asked for although there was an answer: that one counts while it is under way.
    """
    counting = ("dashscope", IMPORT_KIND, engine_kind)
    relevant = [row for row in attempts if row.engine_kind in counting or row.state is UnitState.PLANNED]
    if relevant and relevant[-1].asked_again and relevant[-1].state in UNDER_WAY:
        return relevant[-1]
    for states in (ANSWERED, RESUMABLE):
        matching = [row for row in relevant if row.state in states]
        if matching:
            return matching[-1]
    return relevant[-1] if relevant else None


def rows_in_force(
    wanted: Sequence[WorkItem], attempts: Iterable[LedgerRow], engine_kind: str
) -> list[LedgerRow | None]:
    """`row_in_force` of each of `wanted`, in order; `attempts` are all those at their recordings."""
    tried = by_work(attempts)
    return [row_in_force(tried.get(item.key, ()), engine_kind) for item in wanted]


def by_work(attempts: Iterable[LedgerRow]) -> dict[Key, list[LedgerRow]]:
    """Attempts by what they are attempts at, in their order."""
    found: dict[Key, list[LedgerRow]] = {}
    for row in sorted(attempts, key=lambda row: row.attempt):
        found.setdefault(row.key, []).append(row)
    return found
