"""What everything shares that sends, asks or fetches for one run."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.poller import TaskPoller
from qa_pipeline.dispatch.audio_source import AudioSource
from qa_pipeline.dispatch.group_commit import GroupCommit
from qa_pipeline.dispatch.prices import PriceList
from qa_pipeline.dispatch.report import Tally
from qa_pipeline.landing.cache import LandingCache
from qa_pipeline.landing.recording_files import RecordingFiles
from qa_pipeline.ledger.claims import Claim
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.rows import Billing, LedgerRow
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.transcription.models import Model, find_model


@dataclass(frozen=True, slots=True)
class DispatchOptions:
    """How a dispatch behaves; see the settings of the same names."""

    together: bool
    uploads_at_once: int
    task_timeout_s: float
    reconcile_grace_s: float
    open_task_patience_s: float = 30.0
    own_price_usd: float | None = None


@dataclass(frozen=True)
class RunParts:
    """Whom one run asks, and where it writes what comes back.

    `cuts` is a folder for channels that are cut to files of their own, for as long as they are sent. `run_id` is
    Dagster's; `worker_id` tells this process's claims from those of others.
    """

    client: DashScopeClient
    poller: TaskPoller
    ledger: Ledger
    raw_store: RawStore
    recordings: RecordingFiles
    source: AudioSource
    billing: Billing
    options: DispatchOptions
    cuts: Path
    run_id: str | None = None
    worker_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    tally: Tally = field(default_factory=Tally)

    @cached_property
    def commits(self) -> GroupCommit:
        """The run's shared transactions on the ledger."""
        return GroupCommit(self.ledger.engine)

    @cached_property
    def landed(self) -> LandingCache:
        """What was found in the recordings when they landed; a folder is read once for the whole run."""
        return LandingCache(self.ledger.engine)

    @cached_property
    def prices(self) -> PriceList:
        """What the account pays."""
        return PriceList(self.billing, self.options.own_price_usd)

    async def move(self, submission_id: str, state: UnitState, **fields: Any) -> None:
        """Moves a submission to a state; returns once that is committed. Raises `IllegalMove`."""
        await self.commits.run(lambda connection: self.ledger.move_in(connection, submission_id, state, **fields))

    async def take(
        self,
        submission_id: str,
        states: Collection[UnitState],
        *,
        gone: Collection[str | None] = (),
        guard_s: float = 0.0,
    ) -> Claim | None:
        """This worker's claim on a submission in one of these states; None where another is at it, or it moved on."""
        claim = Claim(submission_id, self.worker_id)
        is_taken = await self.commits.run(
            lambda connection: self.ledger.take(connection, claim, states, gone=gone, guard_s=guard_s)
        )
        return claim if is_taken else None

    async def leave(self, submission_id: str) -> None:
        """Gives up this worker's claim on something that it leaves open, whatever its fence."""
        await self.commits.run(lambda connection: self.ledger.leave(connection, submission_id, self.worker_id))

    async def release(self, claim: Claim) -> None:
        """Gives up a claim, unless what it is on may have left."""
        await self.commits.run(lambda connection: self.ledger.release(connection, claim))


@dataclass(frozen=True, slots=True)
class Submission:
    """The channels of one recording that are sent in one request, and the model that is asked."""

    rows: tuple[LedgerRow, ...]
    model: Model

    @property
    def first(self) -> LedgerRow:
        """The row that stands for all of them in what they share: id, state, recording, parameters."""
        return self.rows[0]

    @property
    def id(self) -> str:
        """The submission's id in the ledger."""
        return self.rows[0].submission_id


def submissions_of(rows: Iterable[LedgerRow]) -> list[Submission]:
    """The rows by submission, in the order in which each appears first."""
    found: dict[str, list[LedgerRow]] = defaultdict(list)
    for row in rows:
        found[row.submission_id].append(row)
    return [Submission(tuple(rows), find_model(rows[0].model)) for rows in found.values()]
