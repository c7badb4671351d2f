"""Launches runs beside Dagster's daemon, and tells it which of them have died, on whichever machine they ran.

A run's own process only offers steps and reads events; the work is the workers'. So it needs no place among them, and
no worker can die with it.
"""

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from dagster._core.storage.dagster_run import DagsterRun

from qa_pipeline.runs.storage import PROCESS_GONE
from qa_pipeline.workers.storage import shared_events


class SharedRunLauncher(DefaultRunLauncher):
    """Goes by the leases that all machines see. A run is stopped by a word in the shared tables, wherever it is."""

    def terminate(self, run_id: str) -> bool:
        """Asks a run to stop; its process hears of it within seconds."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        if run.status is not dg.DagsterRunStatus.CANCELING:
            self._instance.report_run_canceling(run)
        return True

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Whether it can be asked about a run's health: by the run's lease."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether a run that has begun goes on. The steps of a dead one are taken back; the daemon marks it as failed,
        and launches it again from where it was."""
        events = shared_events(self._instance)
        if events.leases.is_alive(run.run_id):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        events.steps.stop(run.run_id)
        events.free_concurrency_slots_for_run(run.run_id)
        events.leases.forget(run.run_id)
        return CheckRunHealthResult(WorkerStatus.FAILED, PROCESS_GONE)
