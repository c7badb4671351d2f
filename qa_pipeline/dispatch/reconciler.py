"""Finds out what became of requests whose answer was never read, or proved nothing.

The service has no idempotency key. But its task list names every task of the last 24 h (`task_search` tells whose they
are), so a row in `sending` becomes one of:

- `submitted`, where a task of the list turns out to be it: adopted, nothing is paid twice;
- `planned`, where that is proved: every task of the list is accounted for, none is it, and the list shows a task of
  ours that was sent later, so it is not merely behind;
- `unknown` otherwise: the list can't be read, reaches back too little, is behind, or has a task that may be it. The
  next run looks again. After 24 h only a person can decide.

The list may lag. So it is looked at several times, at growing distances, and only the last look may say that there is
no task. Nobody else waits for that, and only a run in which something is lost takes longer. A local service's list
never lags, and nothing is paid there: one look will do.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from qa_pipeline.dashscope.errors import ChangeAndRetry, DashScopeError, Permanent
from qa_pipeline.dispatch.run_parts import RunParts, Submission, submissions_of
from qa_pipeline.dispatch.task_search import CLOCK_SKEW_S, Look, TaskSearch
from qa_pipeline.ledger.claims import GUARD_S, Claim
from qa_pipeline.ledger.rows import IllegalMove, LedgerRow
from qa_pipeline.ledger.states import UnitState

logger = logging.getLogger("qa_pipeline.dispatch")

LOST = frozenset({UnitState.SENDING, UnitState.UNKNOWN})

LOOKS_AT = (1, 2, 4, 8)
"""When the list is looked at, in grace periods after the request left."""

LEAST_LOOKS = (0, 1, 3)
"""When it is looked at for a request that left longer ago, in grace periods from now."""

LIST_REACHES_BACK_S = 24 * 3600.0 - 2 * CLOCK_SKEW_S
"""The service lists tasks of the last 24 h only."""

UNWITNESSED = "its task is not on the list, but neither is anything that was sent later: the list may be behind"


class Reconciler:
    """Settles rows in `sending` (and `unknown` without a task) against the service's list of tasks."""

    def __init__(self, run: RunParts) -> None:
        self._run = run
        self._ledger = run.ledger
        self._billing = run.billing
        self._grace_s = run.options.reconcile_grace_s
        self._search = TaskSearch(run)
        self._is_readable = True
        self._claims: dict[str, Claim] = {}

    async def reconcile(self, rows: Sequence[LedgerRow], gone: Collection[str | None]) -> set[str]:
        """Moves each row to `submitted` (adopted), `planned` (proved not sent) or `unknown`.

        `gone` are workers of which nothing can come any more. Each submission is taken, and its sender fenced off,
        before the list is looked at; what another one may still be sending is left alone. Returns the submissions that
        only lack something sent later: once there is, another look may settle them.
        """
        lost: dict[str, Submission] = {}
        self._is_readable = True
        for submission in submissions_of(rows):
            claim = await self._run.take(submission.id, LOST, gone=gone, guard_s=GUARD_S)
            if claim is None:
                continue
            self._claims[submission.id] = claim
            why = self._beyond_reach(submission.first)
            if why:
                await self._give_up(submission.first, why)
            else:
                lost[submission.id] = submission
        reasons: dict[str, str] = {}
        waits = self._waits([submission.first.sending_at or 0.0 for submission in lost.values()])
        for number, wait_s in enumerate(waits, start=1):
            await asyncio.sleep(wait_s)
            is_last = number == len(waits)
            for model in sorted({submission.first.model for submission in lost.values()}):
                of_model = {key: each for key, each in lost.items() if each.first.model == model}
                for key, settled in (await self._look(model, of_model, reasons, is_last=is_last)).items():
                    await self._conclude(lost.pop(key), settled)
            if not lost or not self._is_readable:
                break
        for key, submission in lost.items():
            await self._give_up(submission.first, f"the service's task list did not settle it: {reasons[key]}")
        return {key for key in lost if reasons[key] == UNWITNESSED}

    async def _look(
        self, model: str, lost: dict[str, Submission], reasons: dict[str, str], *, is_last: bool
    ) -> dict[str, str | None]:
        """The submissions that a look settles, with their task (None: there is none); why the others are not."""
        try:
            look = await self._search.look(model, lost)
        except DashScopeError as error:
            reasons |= dict.fromkeys(lost, str(error))
            self._is_readable = not isinstance(error, Permanent | ChangeAndRetry)
            return {}
        settled: dict[str, str | None] = {}
        for key, submission in lost.items():
            reasons[key] = look.doubts.get(key, UNWITNESSED)
            if key in look.tasks:
                settled[key] = look.tasks[key]
            elif is_last and key not in look.doubts and self._is_shown(submission, look):
                settled[key] = None
        return settled

    def _is_shown(self, submission: Submission, look: Look) -> bool:
        """Whether a task of this submission would be on the list. A local service's list is never behind."""
        return self._billing.engine_kind == "local" or look.shown_until > (submission.first.sending_at or 0.0)

    def _beyond_reach(self, row: LedgerRow) -> str | None:
        """Why this account's list of tasks can say nothing about a row; None where it can."""
        if row.engine_kind != "local" and row.account != self._billing.account:
            return "it was sent with another key or to another region, whose list of tasks this one cannot see"
        if row.sending_at is None or self._ledger.clock() - row.sending_at >= LIST_REACHES_BACK_S:
            return "the service lists tasks of the last 24 h only, and this was sent before"
        return None

    def _waits(self, sending_at: Iterable[float]) -> list[float]:
        """Seconds before each look, from now or from the look before."""
        age_s = max(self._ledger.clock() - max(sending_at, default=0.0), 0.0)
        moments = [periods * self._grace_s - age_s for periods in LOOKS_AT]
        if moments[0] < 0:
            moments = [0.0, *(moment for moment in moments if moment > 0)]
        if len(moments) < len(LEAST_LOOKS):
            moments = [periods * self._grace_s for periods in LEAST_LOOKS]
        if self._billing.engine_kind == "local":
            moments = moments[:1]
        return [after - before for before, after in zip([0.0, *moments], moments, strict=False)]

    async def _conclude(self, submission: Submission, task_id: str | None) -> None:
        row = submission.first
        try:
            if task_id:
                logger.info("call %s: found its task %s; nothing is sent again", row.call_id, task_id)
                moved = {"task_id": task_id, "submitted_at": row.sending_at, "code": None, "message": None}
                await self._move(row, UnitState.SUBMITTED, **moved)
                if row.worker_id == self._run.worker_id:
                    self._run.tally.sent.update(each.unit_id for each in submission.rows)
            else:
                reset = {"worker_id": None, "code": None, "message": None}
                await self._move(row, UnitState.PLANNED, **reset)
        except IllegalMove:
            logger.info("call %s was settled by another run", row.call_id)

    async def _give_up(self, row: LedgerRow, why: str) -> None:
        logger.warning("call %s: it is not known whether it was sent: %s", row.call_id, why)
        if row.state is UnitState.SENDING:
            fields = {"code": "NOT_RECONCILED", "message": f"It may have been sent and billed: {why}"}
            with contextlib.suppress(IllegalMove):  # settled by another run meanwhile
                await self._move(row, UnitState.UNKNOWN, **fields)
        else:
            await self._run.release(self._claims[row.submission_id])

    async def _move(self, row: LedgerRow, to: UnitState, **fields: Any) -> None:
        """Moves a row that is still under the claim that was taken on it. Raises `IllegalMove` where it is not."""
        await self._run.move(row.submission_id, to, fenced_by=self._claims[row.submission_id].fence, **fields)
