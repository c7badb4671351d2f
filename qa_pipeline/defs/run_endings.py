"""How runs of days ended, and which days have channels that are open: what sensor and schedule look back at."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG, RUN_KEY_TAG

from qa_pipeline.defs.asked_days import Asked, Ending
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.open_rows import open_since
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.workers import WorkerRegister
from qa_pipeline.settings import Settings

KEPT_S = 24 * 3600.0
"""The service keeps tasks and results for so long: later nobody can be asked any more."""

KEYS_AT_ONCE = 500


def instance_of(context: dg.SensorEvaluationContext | dg.ScheduleEvaluationContext) -> dg.DagsterInstance | None:
    """Where the runs are noted; None in a context that was made without."""
    try:
        return context.instance
    except dg.DagsterInvariantViolationError:
        return None


@contextmanager
def ledger_of(settings: Settings) -> Iterator[Ledger]:
    """The ledger for one tick: the process that evaluates ticks runs for months."""
    engine = open_operations(settings.operations_database_url)
    try:
        yield Ledger(engine)
    finally:
        engine.dispose()


def endings_of(instance: dg.DagsterInstance | None, asked: Mapping[str, Asked]) -> dict[str, Ending]:
    """How the runs ended that were asked for, by run key; a later run of the same day, by whomever, counts too."""
    keys = {item.run_key: day for day, item in asked.items() if item.run_key is not None}
    if instance is None or not keys:
        return {}
    statuses: dict[str, list[dg.DagsterRunStatus]] = {}
    names = list(keys)
    for start in range(0, len(names), KEYS_AT_ONCE):
        tags = {RUN_KEY_TAG: names[start : start + KEYS_AT_ONCE]}
        for run in instance.get_runs(dg.RunsFilter(tags=tags)):
            statuses.setdefault(run.tags[RUN_KEY_TAG], []).append(run.status)
    for key, day in keys.items():
        if ending(statuses.get(key, [])) in (Ending.UNHEARD_OF, Ending.FAILED):
            statuses.setdefault(key, []).extend(_of_day_since(instance, day, asked[day].asked_at))
    return {key: ending(found) for key, found in statuses.items()}


def ending(statuses: list[dg.DagsterRunStatus]) -> Ending:
    """What several runs that were to do the same came to: Dagster retries a run whose process died as another run."""
    if not statuses:
        return Ending.UNHEARD_OF
    if dg.DagsterRunStatus.SUCCESS in statuses:
        return Ending.SUCCEEDED
    over = (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
    return Ending.FAILED if all(status in over for status in statuses) else Ending.UNFINISHED


def _of_day_since(instance: dg.DagsterInstance, day: str, since: float) -> list[dg.DagsterRunStatus]:
    records = instance.get_run_records(dg.RunsFilter(tags={PARTITION_NAME_TAG: day}), limit=20)
    return [record.dagster_run.status for record in records if record.create_timestamp.timestamp() >= since]


def open_days(ledger: Ledger) -> frozenset[str]:
    """Days with channels that are under way, planned ones among them."""
    return frozenset(row.call_date for row in ledger.open_rows())


def days_at_service(ledger: Ledger) -> frozenset[str]:
    """Days with channels that were sent, and of which the service can still be asked; none while a run is asking."""
    if WorkerRegister(ledger.engine).living():
        return frozenset()
    oldest = time.time() - KEPT_S
    return frozenset(row.call_date for row in ledger.open_rows() if _is_at_service(row) and open_since(row) >= oldest)


def _is_at_service(row: LedgerRow) -> bool:
    return row.state is not UnitState.PLANNED
