"""What other workers are at that is wanted here too: it is waited for, and taken over when they fall."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

from qa_pipeline.dispatch.run_parts import RunParts
from qa_pipeline.ledger.claims import GUARD_S
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import UNDER_WAY, UnitState
from qa_pipeline.ledger.workers import WorkerRegister, unshared_machines

logger = logging.getLogger("qa_pipeline.dispatch")

LOOKED_AT_EVERY_S = 0.5
"""Between looks at what others have got to; each is a query by key."""


class OtherWorkers:
    """The other workers on the ledger, as one run last saw them."""

    def __init__(self, run: RunParts, register: WorkerRegister) -> None:
        self._run = run
        self._register = register
        self.living: set[str] = set()
        self.gone: set[str | None] = set()
        """Those of which nothing can come any more, among the workers of rows that were looked at."""

    async def look(self, rows: Sequence[LedgerRow]) -> None:
        """Finds out who of the workers of these rows is still there."""
        self.living = await asyncio.to_thread(self._register.living)
        self.living.discard(self._run.worker_id)
        workers = {row.worker_id for row in rows} - {None, self._run.worker_id}
        self.gone = await asyncio.to_thread(self._register.gone, workers) if workers else set()

    def has(self, row: LedgerRow) -> bool:
        """Whether another worker is at a row: it has a claim on it, or may be sending it."""
        return self._holds(row.state, row.worker_id, row.held_until)

    def _holds(self, state: UnitState, worker_id: str | None, held_until: float | None) -> bool:
        if state not in UNDER_WAY or worker_id in (None, self._run.worker_id) or worker_id in self.gone:
            return False
        if state is UnitState.SENDING and worker_id in self.living:
            return True
        guard_s = GUARD_S if state is UnitState.SENDING else 0.0
        return held_until is not None and held_until + guard_s >= self._run.ledger.clock()

    async def wait(self, rows: Sequence[LedgerRow]) -> bool:
        """Waits until something changes among those of the rows that others are at; False where there are none."""
        await self.look(rows)
        theirs = {row.unit_id: row for row in rows if self.has(row)}
        if not theirs:
            return False
        logger.info("%d channels are with other workers; waiting for them", len(theirs))
        until = time.monotonic() + self._run.options.task_timeout_s
        while time.monotonic() < until:
            await asyncio.sleep(LOOKED_AT_EVERY_S)
            await self.look(list(theirs.values()))
            now = await asyncio.to_thread(self._run.ledger.standings, list(theirs))
            for unit_id, row in theirs.items():
                each = now.get(unit_id)
                if each is None or (each.state, each.worker_id) != (row.state, row.worker_id):
                    return True
                if not self._holds(each.state, each.worker_id, each.held_until):
                    return True
        return False


def sharing_note(ledger: Ledger) -> str | None:
    """What is missing where several machines send from one ledger and can't read each other's answers."""
    apart = unshared_machines(WorkerRegister(ledger.engine)) if ledger.is_shared else []
    if not apart:
        return None
    stores = ", ".join(sorted({machine.store for machine in apart}))
    return (
        f"several machines send from this ledger, and none can read what another fetched (raw JSON is in {stores}): "
        "set QA_RAW_BUCKET to the same bucket on all of them, and copy raw/ of each into it once"
    )
