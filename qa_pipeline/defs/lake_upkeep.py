"""The lake's upkeep by the clock, where there is a lake."""

import dagster as dg

from qa_pipeline.defs.partitions import DAILY
from qa_pipeline.defs.resources import OperationsResource, SettingsResource
from qa_pipeline.ledger.tightening import tighten_indexes

TIDY_HOUR = 4
"""Two hours after the nightly run began."""


@dg.op(description="Puts small files of settled months together; removes versions that nobody reads, and their files.")
def tidy(context: dg.OpExecutionContext, settings: SettingsResource, operations: OperationsResource) -> None:
    """One round of upkeep."""
    from qa_pipeline.lake.place import lake_to_write  # what it needs is an extra
    from qa_pipeline.lake.tidying import tidy_lake
    from qa_pipeline.sharding.cleaning import clean_days

    done = tidy_lake(lake_to_write(settings.load()), say=context.log.info)
    engine = operations.ledger().engine
    cleaned = clean_days(settings.load(), engine)
    context.add_output_metadata(
        {
            "months": done.months,
            "versions_removed": done.versions,
            "files_removed": done.files,
            "states_of_days_removed": cleaned.days,
            "files_of_states_removed": cleaned.files,
            "shards_removed": cleaned.shards,
            "indexes_of_the_ledger_built_anew": ", ".join(tighten_indexes(engine)) or "none",
        }
    )


@dg.job(
    description="Keeps the lake quick and small; safe to run at any time.",
    executor_def=dg.in_process_executor,  # its one step belongs to no queue of workers
)
def tidy_lake() -> None:
    """The upkeep as a job."""
    tidy()


nightly_tidy = dg.ScheduleDefinition(
    name="nightly_tidy",
    job=tidy_lake,
    cron_schedule=f"0 {TIDY_HOUR} * * *",
    execution_timezone=DAILY.timezone,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Keeps the lake quick and small, every night.",
)
