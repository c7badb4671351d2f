"""What a dispatch did, in numbers a person and Dagster's metadata can use."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import ANSWERED, UNDER_WAY, UnitState


@dataclass(slots=True)
class Tally:
    """What is counted while a dispatch runs."""

    sent: set[str] = field(default_factory=set)
    task_seconds: list[float] = field(default_factory=list)
    unsent: dict[str, str] = field(default_factory=dict)
    """Submission → why it was not sent, where the next run may send it."""
    stopped_by: str | None = None


@dataclass(frozen=True, slots=True)
class DispatchReport:
    """Channels by outcome; seconds of audio sent and billed; cost in US dollars at list price.

    `imported` are channels whose transcript lay beside the recording, now or in an earlier run: not sent, not paid.
    `remaining` is what a later run goes on with: the rows `open`, each with why in its `message`. `stopped_by` says why
    nothing more was sent, if anything did.
    """

    wanted: int
    skipped_as_paid: int
    sent: int
    answered: int
    failed_by_code: dict[str, int]
    unknown: int
    remaining: int
    audio_s: float
    billed_s: float
    cost_usd: float
    task_p50_s: float | None
    task_p95_s: float | None
    stopped_by: str | None
    imported: int = 0
    open: tuple[LedgerRow, ...] = ()

    def with_refused(self, codes: Sequence[str]) -> DispatchReport:
        """The same with channels that were not sent at all: they failed, each with its code."""
        failed = Counter(self.failed_by_code) + Counter(codes)
        return replace(self, wanted=self.wanted + len(codes), failed_by_code=dict(failed))

    def attach_transcripts(self, rows: Sequence[LedgerRow]) -> DispatchReport:
        """The same with what was taken in from files, now or before: rows that are answered or failed."""
        imported = sum(row.state in ANSWERED for row in rows)
        codes = [row.code or "UNKNOWN_CODE" for row in rows if row.state is UnitState.FAILED]
        with_failed = self.with_refused(codes)
        return replace(
            with_failed,
            wanted=with_failed.wanted + imported,
            answered=self.answered + imported,
            imported=self.imported + imported,
        )

    @property
    def came_to_nothing(self) -> bool:
        """Whether channels remain and no channel has got any further than to be planned: there is nothing to read."""
        is_at_the_service = any(row.state in (UnitState.SUBMITTED, UnitState.SUCCEEDED) for row in self.open)
        return bool(self.open) and not (self.answered or self.failed or self.unknown or is_at_the_service)

    @property
    def failed(self) -> int:
        """Channels that failed for good."""
        return sum(self.failed_by_code.values())


def report(rows: Sequence[LedgerRow], paid_before: set[str], tally: Tally) -> DispatchReport:
    """Sums up the rows in force after a dispatch; `paid_before` are units answered before it began."""
    states = Counter(row.state for row in rows)
    sent = [row for row in rows if row.unit_id in tally.sent]
    return DispatchReport(
        wanted=len(rows),
        skipped_as_paid=sum(row.unit_id in paid_before for row in rows),
        sent=len(tally.sent),
        answered=sum(row.state in ANSWERED for row in rows),
        failed_by_code=dict(Counter(row.code or "UNKNOWN_CODE" for row in rows if row.state is UnitState.FAILED)),
        unknown=states[UnitState.UNKNOWN],
        remaining=sum(states[state] for state in UNDER_WAY),
        audio_s=sum(row.audio_s for row in sent),
        billed_s=sum(row.billed_s or 0.0 for row in sent),
        cost_usd=sum(row.cost_usd or 0.0 for row in sent),
        task_p50_s=_quantile(tally.task_seconds, 0.50),
        task_p95_s=_quantile(tally.task_seconds, 0.95),
        stopped_by=tally.stopped_by,
        open=tuple(row for row in rows if row.state in UNDER_WAY),
    )


def channels_were(count: int) -> str:
    """The beginning of a sentence: 1 channel was, 2 channels were."""
    return "1 channel was" if count == 1 else f"{count} channels were"


def _quantile(values: Sequence[float], share: float) -> float | None:
    """Nearest-rank quantile."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
