"""The move to `fetched`: where an answer is on the disk, and what it cost."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from qa_pipeline.dispatch.run_parts import RunParts, Submission
from qa_pipeline.ledger.raw_store import StoredJson
from qa_pipeline.ledger.states import UnitState


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
    """Notes the stored answer of a submission, and its bill where `billed_s` is given; an earlier fault is over.

    `tokens` are those that the service counted, in and out, which is what some models are paid by. `code` is the
    service's, where it says that nobody spoke. Raises `IllegalMove`.
    """
    fetched_at = run.ledger.clock()

    def note(connection: Connection) -> None:
        run.ledger.move_in(
            connection,
            submission.id,
            UnitState.FETCHED,
            raw_path=stored.path,
            raw_sha256=stored.sha256,
            fetched_at=fetched_at,
            code=code,
            message=None,
            **fields,
        )
        if billed_s is not None:
            price = run.prices.of_unit(submission.first, submission.model)
            if tokens is not None:
                price = run.prices.of_answer(submission.model, billed_s, tokens)
            run.ledger.set_billed(connection, submission.id, billed_s, price)

    await run.commits.run(note)
