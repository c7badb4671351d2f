"""Asset `agents`: the list of people, read in each run. It costs what the list costs, however many calls there are."""

import datetime as dt

import dagster as dg

from qa_pipeline.defs.declarations import Asset, Check, step
from qa_pipeline.defs.partitions import days_of
from qa_pipeline.defs.resources import SettingsResource, WarehouseResource
from qa_pipeline.landing.people import landed_people
from qa_pipeline.recordings.people import BadPeople, People
from qa_pipeline.warehouse.people import agents_not_listed, count_agents, replace_agents

UNLISTED_SHOWN = 50

AGENTS = Asset(
    "agents",
    "Who the agents are, by people.csv: name, team, supervisor, from when to when. A list with a fault is not taken; "
    "the one before stays.",
    group="people",
    deps=["calls"],
    kinds={"duckdb", "python"},
    checks=[
        Check(
            "the_list_of_people_was_taken",
            "people.csv has no fault, where there is one",
            blocking=False,
            severity=dg.AssetCheckSeverity.WARN,
        )
    ],
)


@step(AGENTS)
def agents(
    context: dg.AssetExecutionContext, settings: SettingsResource, warehouse: WarehouseResource
) -> dg.MaterializeResult:
    """Reads the list and replaces the table where it changed."""
    people, faults = People(()), list[str]()
    try:
        people = landed_people(settings.load()) or people
    except BadPeople as error:
        faults = [f"{fault} The list before stays." for fault in error.faults]
    with warehouse.open(context).transaction() as connection:
        changed = not faults and replace_agents(connection, people.periods, dt.datetime.now(dt.UTC))
        rows, listed = count_agents(connection)
        unlisted = agents_not_listed(connection, days_of(context))
    for fault in faults:
        context.log.error(fault)
    for remark in people.remarks:
        context.log.warning(remark)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": rows,
            "agents": listed,
            "changed": changed,
            "notes": dg.MetadataValue.json([*faults, *people.remarks]),
            "agents_of_calls_not_listed": dg.MetadataValue.json(unlisted[:UNLISTED_SHOWN]),
        },
        check_results=[
            dg.AssetCheckResult(
                asset_key=AGENTS.key,
                check_name=AGENTS.checks[0].name,
                passed=not faults,
                severity=AGENTS.checks[0].severity,
                metadata={"faults": dg.MetadataValue.json(faults)},
            )
        ],
    )
