"""The move to `fetched`: where an answer is on the disk, and what it cost."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import Connection

from qa_pipeline.dispatch.run_parts import RunParts, Submission
from qa_pipeline.ledger.raw_store import StoredJson
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.transcription.engines import signed_engines


async def note_answer(
    run: RunParts,
    submission: Submission,
    stored: StoredJson,
    *,
    billed_s: float | None,
    tokens: tuple[int, int] | None = None,
    code: str | None = None,
    **fields: Any,
) -> None:
    """Notes the stored answer of a submission, who signed it where nothing is paid, and its bill where `billed_s` is
    given; an earlier fault is over.

    `tokens` are those that the service counted, in and out, which is what some models are paid by. `code` is the
    service's, where it says that nobody spoke. Raises `IllegalMove`.
    """
    fetched_at = run.ledger.clock()
    engines = await asyncio.to_thread(_signed, run, submission, stored)

    def note(connection: Connection) -> None:
        run.ledger.move_in(
            connection,
            submission.id,
            UnitState.FETCHED,
            raw_path=stored.path,
            raw_sha256=stored.sha256,
            kept_in=stored.kept_in if run.ledger.is_shared else None,
            fetched_at=fetched_at,
            code=code,
            message=None,
            **fields,
        )
        run.ledger.note_answered_by(connection, submission.id, engines)
        if billed_s is not None:
            price = run.prices.of_unit(submission.first, submission.model)
            if tokens is not None:
                price = run.prices.of_answer(submission.model, billed_s, tokens)
            run.ledger.set_billed(connection, submission.id, billed_s, price)

    await run.commits.run(note)


def _signed(run: RunParts, submission: Submission, stored: StoredJson) -> dict[int, str]:
    """Which engine answered each channel. The paid service signs nothing, so nobody can in its name."""
    if submission.first.engine_kind != "local":
        return {}
    document = run.raw_store.get(stored.path, stored.sha256)
    return signed_engines(document, [row.channel_id for row in submission.rows])
