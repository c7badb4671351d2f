"""Asset `sampling_draws`: draws the periods up to the run's that are over, by sampling.yaml, and assigns the calls."""

import datetime as dt
from collections.abc import Sequence

import dagster as dg

from qa_pipeline.defs.assets.tables import table_result
from qa_pipeline.defs.declarations import Asset, Check, step
from qa_pipeline.defs.partitions import days_of
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.drawing.drawing import Drawing, PeriodDrawn
from qa_pipeline.drawing.due import draw_due
from qa_pipeline.drawing.plan_file import plan_file, read_plan_file
from qa_pipeline.drawing.store import DrawStore
from qa_pipeline.published.newest import open_published
from qa_pipeline.published.snapshot import NothingPublished
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.sampling.plans import Plan
from qa_pipeline.settings import Settings
from qa_pipeline.warehouse.calls import calls_of_days
from qa_pipeline.warehouse.sampling_draws import newest_draw, replace_draws
from qa_pipeline.yaml_files.reading import BadFile

SAMPLING_DRAWS = Asset(
    "sampling_draws",
    "Calls drawn to be evaluated, by sampling.yaml: how many of how many, with the probability of each. What was drawn "
    "stays; calls that come late are drawn beside it.",
    group="evaluations",
    deps=["calls", "agents", "outcomes", "acoustics", "languages", "call_metrics", "rule_outcomes"],
    kinds={"duckdb", "python"},
    checks=[
        Check(
            "the_plans_were_taken",
            "sampling.yaml has no fault, where there is one",
            blocking=False,
            severity=dg.AssetCheckSeverity.WARN,
        )
    ],
)


@step(SAMPLING_DRAWS)
def sampling_draws(
    context: dg.AssetExecutionContext,
    settings: SettingsResource,
    warehouse: WarehouseResource,
    operations: OperationsResource,
) -> dg.MaterializeResult:
    """Draws what is due, and brings what was drawn of the days, and is new of others, into the table."""
    days, loaded = days_of(context), settings.load()
    plans, faults = _plans(loaded)
    engine = operations.ledger().engine
    store = DrawStore(engine)
    drawn = _draw(context, loaded, warehouse, Drawing(store, Reviews(engine)), plans)
    notes = [f"{each.plan} {each.period.name}: {note}." for each in drawn for note in each.notes()]
    with warehouse.open(context).transaction() as connection:
        known = store.changed_since(newest_draw(connection), days, calls_of_days(connection, days))
        changed = replace_draws(connection, days, known, dt.datetime.now(dt.UTC))
        result = table_result(
            connection,
            SAMPLING_DRAWS,
            days,
            {
                "changed": changed,
                "drawn": sum(len(each.assignments) for each in drawn),
                "tasks": sum(each.tasks for each in drawn),
                "given_up": sum(each.given_up for each in drawn),
                "notes": dg.MetadataValue.json([*faults, *notes]),
            },
            {
                SAMPLING_DRAWS.checks[0].name: dg.AssetCheckResult(
                    asset_key=SAMPLING_DRAWS.key,
                    check_name=SAMPLING_DRAWS.checks[0].name,
                    passed=not faults,
                    severity=SAMPLING_DRAWS.checks[0].severity,
                    metadata={"faults": dg.MetadataValue.json(faults)},
                )
            },
        )
    for fault in faults:
        context.log.error(fault)
    for note in notes:
        context.log.warning(note)
    return result


def _plans(settings: Settings) -> tuple[Sequence[Plan], list[str]]:
    """The plans of the project, or what is wrong with them; then nothing is drawn."""
    path = plan_file(settings)
    if path is None:
        return (), []
    try:
        return read_plan_file(path).plans, []
    except BadFile as error:
        return (), [f"{fault} Nothing was drawn." for fault in error.faults]


def _draw(
    context: dg.AssetExecutionContext,
    settings: Settings,
    warehouse: WarehouseResource,
    drawing: Drawing,
    plans: Sequence[Plan],
) -> list[PeriodDrawn]:
    """Of the working database; where machines share days it has those of this run only, so of what is published."""
    if not plans:
        return []
    days, now, users = days_of(context), dt.datetime.now(settings.tz), settings.dashboard_users
    if settings.uses_lake:
        try:
            with open_published(settings) as snapshot:
                return draw_due(drawing, snapshot.tuples, plans, days, users, now, are_published=False)
        except NothingPublished:
            return []
    with warehouse.open(context).transaction() as connection:
        return draw_due(
            drawing, lambda sql, values: connection.execute(sql, dict(values)).fetchall(), plans, days, users, now
        )
