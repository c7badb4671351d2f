"""Asset `published`: the days of the run, whole, in a new snapshot for dashboards and SQL."""

import datetime as dt

import dagster as dg
from sqlalchemy import Engine

from qa_pipeline import __version__
from qa_pipeline.defs.declarations import Asset, step
from qa_pipeline.defs.partitions import days_of
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource, waits_of
from qa_pipeline.erasing.retention import forget, has_retention
from qa_pipeline.landing.people import landed_people
from qa_pipeline.recordings.people import BadPeople, People
from qa_pipeline.reviews.table_rows import StoreReader
from qa_pipeline.service.access import engine_kind
from qa_pipeline.settings import Settings
from qa_pipeline.sharding.day_warehouse import DayWarehouse
from qa_pipeline.warehouse.daily import MARTS
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.evaluations import replace_questions
from qa_pipeline.warehouse.people import replace_agents
from qa_pipeline.warehouse.published_so_far import current_snapshot
from qa_pipeline.warehouse.snapshots import SnapshotInfo, publish

DAY_TABLES = (
    "acoustics",
    "transcripts",
    "sentences",
    "languages",
    "emotions",
    "turns",
    "call_metrics",
    "rule_outcomes",
    "rule_hits",
)

PUBLISHED = Asset(
    "published",
    "An immutable snapshot with the run's days replaced as a whole; qa.duckdb then points to it.",
    group="publication",
    deps=["calls", "agents", "outcomes", "sampling_draws", "evaluations", *DAY_TABLES, *MARTS],
)


@step(PUBLISHED)
def published(
    context: dg.AssetExecutionContext,
    settings: SettingsResource,
    warehouse: WarehouseResource,
    operations: OperationsResource,
) -> dg.MaterializeResult:
    """Publishes the days of the run, and forgets what is older than the settings keep."""
    loaded, engine = settings.load(), operations.ledger().engine
    note = SnapshotInfo(run_id=context.run.run_id, engine=engine_kind(loaded), pipeline_version=__version__)
    if loaded.uses_lake:
        opened = warehouse.open_days(context, undated=True)
        return _published_to_lake(context, loaded, opened, note, engine)
    made = publish(
        loaded.warehouse_path,
        loaded.snapshot_path,
        days_of(context),
        note,
        keep=loaded.snapshots_kept,
        minimum_n=loaded.minimum_n,
        say=waits_of(context),
    )
    forgotten = _forget(context, loaded, engine)
    return dg.MaterializeResult(
        metadata={
            "path": dg.MetadataValue.path(str(current_snapshot(loaded.snapshot_path) or made.path)),
            "size_bytes": made.size_bytes,
            **forgotten,
            **{f"rows_{table}": count for table, count in made.rows.items()},
        }
    )


def _forget(context: dg.AssetExecutionContext, settings: Settings, engine: Engine) -> dict[str, int]:
    """Applies the settings of retention, where there are any."""
    if not has_retention(settings):
        return {}
    done = forget(settings, engine, dt.datetime.now(settings.tz).date(), waits_of(context))
    for note in done.notes:
        context.log.warning(note)
    return {
        "days_without_texts": len(done.texts),
        "raw_documents_deleted": done.documents,
        "audio_files_deleted": done.files,
    }


def _list_people(settings: Settings, warehouse: DayWarehouse) -> bool:
    """The list of people is of no day, so it is not in the state that machines share: whoever publishes reads it. Where
    there is none, nobody is listed. Returns whether the list is known: one with a fault was named by the asset
    `agents`, and the one that is published stays."""
    try:
        people = landed_people(settings) or People(())
    except BadPeople:
        return False
    with Warehouse(warehouse.path).transaction() as connection:
        replace_agents(connection, people.periods, dt.datetime.now(dt.UTC))
    return True


def _list_questions(engine: Engine, warehouse: DayWarehouse) -> None:
    """The questions of cards are of no day either."""
    with Warehouse(warehouse.path).transaction() as connection:
        replace_questions(connection, StoreReader(engine).questions())


def _published_to_lake(
    context: dg.AssetExecutionContext,
    settings: Settings,
    warehouse: DayWarehouse,
    note: SnapshotInfo,
    engine: Engine,
) -> dg.MaterializeResult:
    from qa_pipeline.lake.place import lake_to_write  # what it needs is an extra
    from qa_pipeline.sharding.publishing import publish_days

    people_are_known = _list_people(settings, warehouse)
    _list_questions(engine, warehouse)
    made = publish_days(
        warehouse,
        lake_to_write(settings),
        days_of(context),
        note,
        minimum_n=settings.minimum_n,
        with_lists=people_are_known,
        say=waits_of(context),
    )
    forgotten = _forget(context, settings, engine)
    return dg.MaterializeResult(
        metadata={
            "lake": str(settings.lake),
            **forgotten,
            "version": made.version,
            "days_changed": len(made.changed),
            **{f"rows_{table}": count for table, count in made.rows.items()},
        }
    )
