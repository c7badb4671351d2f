"""A run that failed, as a cause: which job, which days and which steps, and nothing of what they said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.alerts.causes import Cause, CauseKind
from qa_pipeline.alerts.plan import AlertPlan
from qa_pipeline.errors import UserError
from qa_pipeline.outbox.rounds import alerting
from qa_pipeline.settings import Settings
from qa_pipeline.yaml_files.reading import BadFile


def failed_run(plan: AlertPlan, run_id: str, job: str, days: Sequence[dt.date], steps: Sequence[str]) -> list[Cause]:
    """The cause, where the plan watches runs. `run_id` is that of the first run, where it was tried again: a run that
    fails as often as it is tried is told once."""
    return [
        Cause(
            kind=CauseKind.FAILED_RUN,
            severity=watched.grave(),
            identity=(run_id,),
            title=job,
            call_date=min(days, default=None),
            facts={"steps": sorted(steps), "last_day": max(days).isoformat() if days else None, "run": run_id},
        )
        for watched in plan.watched("failed_run")[:1]
    ]


def tell_of_failed_run(
    settings: Settings, run_id: str, job: str, days: Sequence[dt.date], steps: Sequence[str]
) -> None:
    """Keeps the cause and sends what is due; the run has failed already, so what is wrong with alerts is left to those
    who look for it."""
    with suppress(BadFile, UserError, SQLAlchemyError, OSError), alerting(settings) as opened:
        if opened is not None:
            opened.add(failed_run(opened.plan, run_id, job, days, steps))
            opened.send()
