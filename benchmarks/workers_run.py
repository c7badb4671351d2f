"""One run of the benchmark `workers`: takes a day in and measures its sound, as Dagster would launch it."""

import sys

import dagster as dg
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.reconstruct import ReconstructableJob, ReconstructableRepository

from qa_pipeline.runs.dagster_home import prepare_dagster_home
from qa_pipeline.settings import load_settings

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run(day: str) -> bool:
    """Whether the run ended well."""
    prepare_dagster_home(load_settings())
    repository = ReconstructableRepository(ModuleCodePointer("qa_pipeline.definitions", "defs", working_directory=None))
    wanted = frozenset({dg.AssetKey("calls"), dg.AssetKey("acoustics")})
    job = ReconstructableJob(repository, "daily", asset_selection=wanted)
    with dg.DagsterInstance.get() as instance:
        return dg.execute_job(job, instance, run_config=QUIET, tags={"dagster/partition": day}).success


if __name__ == "__main__":
    sys.exit(0 if run(sys.argv[1]) else 1)
