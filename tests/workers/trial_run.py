"""One run of the trial job, in a process of its own as Dagster would launch it: prints its id, then its end."""

from __future__ import annotations

import sys

import dagster as dg
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.reconstruct import ReconstructableJob, ReconstructableRepository

from qa_pipeline.runs.dagster_home import prepare_dagster_home
from qa_pipeline.settings import load_settings
from tests.workers.trial_job import trial

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def main() -> None:
    """Runs the job to its end."""
    prepare_dagster_home(load_settings())
    pointer = ModuleCodePointer("tests.workers.trial_job", "defs", working_directory=None)
    job = ReconstructableJob(ReconstructableRepository(pointer), trial.name)
    with dg.DagsterInstance.get() as instance:
        result = dg.execute_job(job, instance, run_config=QUIET, raise_on_error=False)
        sys.stdout.write(f"{result.run_id} {instance.get_run_by_id(result.run_id).status.value}\n")


if __name__ == "__main__":
    main()
