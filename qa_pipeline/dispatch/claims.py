"""The last step before money may be spent: the ledger says `sending`, for one worker and no other."""

from __future__ import annotations

from typing import Any

from qa_pipeline.dispatch.group_commit import GroupCommit
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import UnitState


class AlreadyClaimed(Exception):
    """Another run claimed the submission between our plan and our send."""


class SendClaim:
    """Called before each try of a request, just before its first byte leaves; commits once."""

    def __init__(self, ledger: Ledger, commits: GroupCommit, submission_id: str, **fields: Any) -> None:
        self._ledger = ledger
        self._commits = commits
        self._submission_id = submission_id
        self._fields = fields
        self.is_begun = False
        self.is_made = False
        self.made_at = 0.0

    async def __call__(self) -> None:
        """Commits `sending`.

        Raises:
            AlreadyClaimed: another run did.
        """
        if self.is_made:
            return  # a further try of the same request
        self.is_begun = True
        self.made_at = self._ledger.clock()
        self.is_made = await self._commits.run(
            lambda connection: self._ledger.try_move_in(
                connection,
                self._submission_id,
                UnitState.SENDING,
                sending_at=self.made_at,
                **self._fields,
            )
        )
        if not self.is_made:
            raise AlreadyClaimed
