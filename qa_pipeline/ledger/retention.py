"""What the ledger forgets after some time: attempts that failed, cost nothing, and were followed by another one.

Whatever may have been billed stays for good: it is what proves that a channel is paid for.
"""

from __future__ import annotations

from sqlalchemy import delete, exists, func

from qa_pipeline.ledger.attempts import attempts
from qa_pipeline.ledger.opened import OpenedLedger, outlasting
from qa_pipeline.ledger.states import UnitState


class Forgetting(OpenedLedger):
    """The part of the ledger that forgets."""

    @outlasting
    def forget_failed(self, first: str, last: str) -> int:
        """Deletes attempts at calls of the days `first`..`last` (ISO) that failed without a bill and were tried again
        later; returns how many. The last attempt at a channel always stays."""
        later = attempts.alias("later")
        was_tried_again = exists().where(
            later.c.recording == attempts.c.recording,
            later.c.channel_id == attempts.c.channel_id,
            later.c.work == attempts.c.work,
            later.c.attempt > attempts.c.attempt,
        )
        over = delete(attempts).where(
            attempts.c.state == UnitState.FAILED,
            attempts.c.call_date.between(first, last),
            func.coalesce(attempts.c.billed_s, 0.0) == 0.0,
            was_tried_again.correlate(attempts),
        )
        with self.engine.begin() as connection:
            return connection.execute(over).rowcount
