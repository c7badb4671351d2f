"""The last steps before money may be spent: the ledger says `sending`, for one worker and no other, and just now."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.dispatch.group_commit import GroupCommit
from qa_pipeline.ledger.claims import SEND_WINDOW_S, Claim
from qa_pipeline.ledger.ledger import Ledger

RENEWED_AFTER_S = SEND_WINDOW_S / 3
"""A further try of the same request that begins later than this is given its time anew."""


class NotMine(Exception):
    """Another worker has the submission, or the time of the claim is over: nothing of this request is complete."""


class SendClaim:
    """Goes with one request: called before each try, just before its first byte, and once more before its last one."""

    def __init__(self, ledger: Ledger, commits: GroupCommit, claim: Claim, **fields: Any) -> None:
        """`claim` has been taken; `fields` are noted with `sending`."""
        self._ledger = ledger
        self._commits = commits
        self._claim = claim
        self._fields = fields
        self._renewed_at = 0.0
        self.is_begun = False
        self.is_made = False
        self.made_at = 0.0

    async def __call__(self) -> None:
        """Commits `sending`.

        Raises:
            NotMine: another worker has taken the submission.
        """
        began_at = time.monotonic()
        if self.is_made and began_at - self._renewed_at < RENEWED_AFTER_S:
            return  # a further try of the same request
        self.is_begun = True
        if not self.is_made:
            self.made_at = self._fields["sending_at"] = self._ledger.clock()
        is_mine = await self._commits.run(
            lambda connection: self._ledger.begin_sending(connection, self._claim, **self._fields)
        )
        if not is_mine:
            raise NotMine
        self.is_made, self._renewed_at = True, began_at

    async def before_last_byte(self) -> None:
        """Asks the database whether the request may still leave: this process may have been frozen, for minutes.

        Where its time is over and nobody has taken the submission, as after a long body on a slow line, the time is
        given anew: all but the last byte has left.

        Raises:
            NotMine: another worker has it, or nobody can say.
        """
        try:
            if await asyncio.to_thread(self._ledger.may_send, self._claim):
                return
            is_mine = await self._commits.run(
                lambda connection: self._ledger.begin_sending(connection, self._claim, **self._fields)
            )
        except SQLAlchemyError as error:
            raise NotMine from error
        if not is_mine:
            raise NotMine
