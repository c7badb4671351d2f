"""Keeps what was drawn, in the operations database. A draw is one transaction, and of two at once the second is made
again on what the first has left."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from qa_pipeline.ledger.sampling_tables import sampling_draws, sampling_frames
from qa_pipeline.ledger.selecting import chunks
from qa_pipeline.sampling.assigning import Assignment
from qa_pipeline.sampling.draws import NO_FRAME, Draw
from qa_pipeline.sampling.frames import Period
from qa_pipeline.sampling.plans import Plan

_ON_DISK = "<u8"
ROWS_AT_ONCE = 500


class DrawnMeanwhile(Exception):
    """Somebody else has drawn the period since its frame was read; nothing was kept."""


@dataclass(frozen=True, slots=True)
class KeptFrame:
    """The frame of a period's draw so far; `frame_hash` None where it has not been drawn yet."""

    frame: NDArray[np.uint64]
    frame_hash: str | None


class DrawStore:
    """What plans have drawn."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def frame(self, plan: str, period: str) -> KeptFrame:
        """The calls that the period was drawn from."""
        columns = sampling_frames.c
        query = select(columns.frame, columns.frame_hash).where(columns.plan == plan, columns.period == period)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        if row is None:
            return KeptFrame(NO_FRAME, None)
        return KeptFrame(np.frombuffer(row.frame, dtype=_ON_DISK).astype(np.uint64), row.frame_hash)

    def keep(
        self, plan: Plan, period: Period, draw: Draw, given: Sequence[Assignment], before: KeptFrame, at: float
    ) -> None:
        """Keeps a draw; `at` is when, in UTC epoch seconds.

        Raises:
            DrawnMeanwhile: the frame is not `before` any more.
        """
        state = {
            "frame_hash": draw.frame_hash,
            "frame": draw.frame.astype(_ON_DISK).tobytes(),
            "strata": json.dumps(
                [[each.key, each.calls, each.taken, each.is_risk] for each in draw.strata], ensure_ascii=False
            ),
            "drawn_at": at,
        }
        columns = sampling_frames.c
        rows = [_row(each, plan, at) for each in given]
        try:
            with self._engine.begin() as connection:
                if before.frame_hash is None:
                    first = {"plan": plan.plan, "period": period.name, "first_drawn_at": at}
                    connection.execute(insert(sampling_frames).values(**first, **state))
                else:
                    chosen = (
                        columns.plan == plan.plan,
                        columns.period == period.name,
                        columns.frame_hash == before.frame_hash,
                    )
                    if connection.execute(update(sampling_frames).where(*chosen).values(state)).rowcount != 1:
                        raise DrawnMeanwhile
                for begin in range(0, len(rows), ROWS_AT_ONCE):
                    connection.execute(insert(sampling_draws), rows[begin : begin + ROWS_AT_ONCE])
        except IntegrityError:
            raise DrawnMeanwhile from None

    def drawn(self, plan: str, period: str) -> list[dict[str, Any]]:
        """All that was drawn of a period, in the order of the calls' numbers; columns as of `sampling_draws`."""
        columns = sampling_draws.c
        query = (
            select(sampling_draws)
            .where(columns.plan == plan, columns.period == period)
            .order_by(columns.random_number, columns.sample_id)
        )
        return self._rows(query)

    def changed_since(self, at: float, days: Sequence[dt.date], call_ids: Sequence[str]) -> list[dict[str, Any]]:
        """What was drawn of calls of these days or with these ids, which may have been of other days then, and of any
        since that moment (UTC epoch seconds); in the order of the samples."""
        columns = sampling_draws.c
        conditions = [columns.call_date.in_([day.isoformat() for day in days]), columns.drawn_at >= at]
        found: dict[str, dict[str, Any]] = {}
        with self._engine.connect() as connection:
            if connection.execute(select(columns.sample_id).limit(1)).first() is None:
                return []
            for condition in (or_(*conditions), *(columns.call_id.in_(some) for some in chunks(call_ids))):
                for row in connection.execute(select(sampling_draws).where(condition)).mappings():
                    found[row["sample_id"]] = dict(row)
        return [found[sample_id] for sample_id in sorted(found)]

    def periods(self) -> list[dict[str, Any]]:
        """Each period that was drawn: plan, period, strata (JSON), first_drawn_at, drawn_at, and calls drawn."""
        frames, draws = sampling_frames.c, sampling_draws.c
        counted = (
            select(draws.plan, draws.period, func.count().label("drawn")).group_by(draws.plan, draws.period).subquery()
        )
        query = (
            select(
                frames.plan,
                frames.period,
                frames.strata,
                frames.first_drawn_at,
                frames.drawn_at,
                func.coalesce(counted.c.drawn, 0).label("drawn"),
            )
            .select_from(
                sampling_frames.outerjoin(
                    counted, (frames.plan == counted.c.plan) & (frames.period == counted.c.period)
                )
            )
            .order_by(frames.plan, frames.period)
        )
        return self._rows(query)

    def _rows(self, query: Any) -> list[dict[str, Any]]:
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def _row(given: Assignment, plan: Plan, at: float) -> dict[str, Any]:
    each = given.drawn
    return {
        "sample_id": each.sample_id,
        "plan": each.plan,
        "plan_version": each.plan_version,
        "period": each.period.name,
        "period_from": each.period.first.isoformat(),
        "period_to": each.period.last.isoformat(),
        "seed": str(each.seed),
        "frame_hash": each.frame_hash,
        "frame_calls": each.frame_calls,
        "stratum": each.stratum,
        "is_risk": each.is_risk,
        "stratum_calls": each.stratum_calls,
        "stratum_taken": each.stratum_taken,
        "inclusion_probability": each.inclusion_probability,
        "random_number": each.random_number,
        "is_blind": each.is_blind,
        "blind_probability": each.blind_probability,
        "is_double": each.is_double,
        "call_id": each.call_id,
        "call_date": each.call_date.isoformat(),
        "agent_id": each.agent_id,
        "scorecard_id": each.scorecard,
        "evaluator": given.evaluator,
        "second_evaluator": given.second_evaluator,
        "due_at": at + plan.due_days * 86_400,
        "drawn_at": at,
    }
