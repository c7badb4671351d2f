"""One run of the benchmark `workers`: takes a day in and measures its sound, as Dagster would launch it.

Prints the seconds from the first part's start to the last one's end.
"""

import sys

import dagster as dg
from dagster import DagsterEventType
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.reconstruct import ReconstructableJob, ReconstructableRepository

from qa_pipeline.runs.dagster_home import prepare_dagster_home
from qa_pipeline.settings import load_settings

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run(day: str) -> float | None:
    """The seconds of the parts; None where the run did not end well."""
    prepare_dagster_home(load_settings())
    repository = ReconstructableRepository(ModuleCodePointer("qa_pipeline.definitions", "defs", working_directory=None))
    wanted = frozenset({dg.AssetKey("calls"), dg.AssetKey("acoustics")})
    job = ReconstructableJob(repository, "daily", asset_selection=wanted)
    with dg.DagsterInstance.get() as instance:
        result = dg.execute_job(job, instance, run_config=QUIET, tags={"dagster/partition": day})
        times = [
            entry.timestamp
            for entry in instance.all_logs(
                result.run_id, of_type={DagsterEventType.STEP_START, DagsterEventType.STEP_SUCCESS}
            )
            if "[" in (entry.step_key or "")
        ]
        return max(times) - min(times) if result.success else None


if __name__ == "__main__":
    seconds = run(sys.argv[1])
    sys.stdout.write(f"{seconds}\n")
    sys.exit(seconds is None)
