"""Launches runs as Dagster does by default, and tells its daemon which of them have died.

`instance_file.py` writes its name into dagster.yaml.
"""

from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from dagster._core.storage.dagster_run import DagsterRun

from qa_pipeline.runs.storage import PROCESS_GONE, KeptEvents


class LeasedRunLauncher(DefaultRunLauncher):
    """Dagster's own launcher cannot be asked about a run's health, so its daemon would wait for a dead one for ever."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Whether it can: by the run's lease, also of a run of the command line."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether a run that has begun goes on. The claims of a dead one are freed; the daemon marks it as failed."""
        events = self._instance.event_log_storage
        if not isinstance(events, KeptEvents):  # a storage of the user's own choice, which knows no leases
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        if events.leases.is_alive(run.run_id):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        events.free_concurrency_slots_for_run(run.run_id)
        events.leases.forget(run.run_id)
        return CheckRunHealthResult(WorkerStatus.FAILED, PROCESS_GONE)
