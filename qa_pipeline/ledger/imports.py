"""Imports in the ledger: answers that nobody was asked for, and nobody paid.

An import is written with its outcome, in one step. It never passes through `planned`, so nothing can send it, and its
engine kind counts whatever the engine is.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.outlasting import outlast
from qa_pipeline.ledger.raw_store import StoredJson
from qa_pipeline.ledger.rows import Key, LedgerRow, WorkItem
from qa_pipeline.ledger.states import ANSWERED, IMPORT_KIND, IMPORT_UNREADABLE, UnitState
from qa_pipeline.ledger.writing import insert_attempts
from qa_pipeline.privacy.messages import without_personal

NOT_PAID = "none"
"""Region and account of an import."""


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What became of one wanted import: `stored` where it was read, else `problem`, a sentence."""

    wanted: WorkItem
    engine: str
    stored: StoredJson | None = None
    problem: str | None = None


def open_imports(ledger: Ledger, wanted: Sequence[WorkItem]) -> list[WorkItem]:
    """Those that are not taken in yet, ones that could not be read before among them: trying again costs nothing."""
    rows = ledger.forecast(wanted, IMPORT_KIND)
    return [unit for unit, row in zip(wanted, rows, strict=True) if row is None or row.state not in ANSWERED]


def note_imports(ledger: Ledger, outcomes: Sequence[ImportOutcome]) -> None:
    """Writes what is new; an import that can't be read for the same reason as before is not written again."""
    for _ in range(2):
        try:
            outlast(lambda: _insert(ledger, outcomes))
            return
        except IntegrityError:
            continue  # another run took the same transcripts in between our read and our write; read again
    outlast(lambda: _insert(ledger, outcomes))


def _insert(ledger: Ledger, outcomes: Sequence[ImportOutcome]) -> None:
    newest: dict[Key, LedgerRow] = {}
    for unit in ledger.of_recordings(sorted({outcome.wanted.recording_id for outcome in outcomes})):
        before = newest.get(unit.key)
        newest[unit.key] = unit if before is None or unit.attempt > before.attempt else before
    now = ledger.clock()
    rows = {
        outcome.wanted.key: _row(outcome, newest.get(outcome.wanted.key), now, is_shared=ledger.is_shared)
        for outcome in outcomes
        if _is_news(outcome, newest.get(outcome.wanted.key))
    }
    if rows:
        with ledger.engine.begin() as connection:
            insert_attempts(connection, list(rows.values()))


def _is_news(outcome: ImportOutcome, before: LedgerRow | None) -> bool:
    if before is None:
        return True
    problem = None if outcome.problem is None else without_personal(outcome.problem)
    return before.state not in ANSWERED and (problem is None or problem != before.message)


def _row(outcome: ImportOutcome, before: LedgerRow | None, now: float, *, is_shared: bool) -> dict[str, Any]:
    wanted, stored = outcome.wanted, outcome.stored
    return {
        "submission_id": uuid.uuid4().hex,
        "recording_id": wanted.recording_id,
        "channel_id": wanted.channel_id,
        "model": wanted.model,
        "parameters_hash": wanted.parameters.digest,
        "parameters": wanted.parameters.to_request(),
        "attempt": before.attempt + 1 if before else 1,
        "call_id": wanted.call_id,
        "call_date": wanted.call_date,
        "source_uri": wanted.source_uri,
        "audio_s": wanted.audio_s,
        "engine_kind": IMPORT_KIND,
        "engine": outcome.engine,
        "region": NOT_PAID,
        "account": NOT_PAID,
        "state": UnitState.FETCHED if stored else UnitState.FAILED,
        "code": None if stored else IMPORT_UNREADABLE,
        "message": outcome.problem,
        "billed_s": 0.0,
        "cost_usd": 0.0,
        "raw_path": stored.path if stored else None,
        "raw_sha256": stored.sha256 if stored else None,
        "kept_in": stored.kept_in if stored and is_shared else None,
        "planned_at": now,
        "ended_at": now,
        "fetched_at": now if stored else None,
    }
