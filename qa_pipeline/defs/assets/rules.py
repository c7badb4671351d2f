"""Assets `rule_outcomes` and `rule_hits`: what the rules of rules/*.yaml come to in the calls of the days.

No network and no money: a changed rule is applied by `qa-pipeline rules run`, which runs these and what is made of
them."""

import datetime as dt
from collections.abc import Iterator

import dagster as dg

from qa_pipeline.defs.assets.tables import table_result
from qa_pipeline.defs.declarations import Asset, Check, step
from qa_pipeline.defs.partitions import days_of
from qa_pipeline.defs.resources import SettingsResource, WarehouseResource
from qa_pipeline.judging.judged import judge_stored
from qa_pipeline.judging.rule_files import project_book
from qa_pipeline.judging.stored_calls import metrics_named, read_days
from qa_pipeline.rules.book import RuleBook
from qa_pipeline.rules.reading import BadRules
from qa_pipeline.warehouse.rule_rows import days_with_all_texts, drop_rows_of_gone_calls, replace_rule_rows

_DEPS = ["calls", "acoustics", "transcripts", "sentences", "turns", "call_metrics"]

RULE_OUTCOMES = Asset(
    "rule_outcomes",
    "One row per call and rule: hit, miss, not applicable or not evaluated, with the reason. Where rules/*.yaml have a "
    "fault none of them is applied, and the rows before stay, but for those of calls that are not there any more.",
    group="rules",
    deps=_DEPS,
    kinds={"duckdb", "python"},
    checks=[
        Check(
            "the_rules_were_taken",
            "The files of rules have no fault, where there are any",
            blocking=False,
            severity=dg.AssetCheckSeverity.WARN,
        )
    ],
)
RULE_HITS = Asset(
    "rule_hits",
    "The evidence of rules: who said what and when, place by place.",
    group="rules",
    deps=_DEPS,
    kinds={"duckdb", "python"},
)


@step(RULE_OUTCOMES, RULE_HITS)
def rule_tables(
    context: dg.AssetExecutionContext, settings: SettingsResource, warehouse: WarehouseResource
) -> Iterator[dg.MaterializeResult]:
    """Refills the days of the run."""
    loaded, days = settings.load(), days_of(context)
    book, faults = RuleBook([], {}), list[str]()
    try:
        book = project_book(loaded)
    except BadRules as error:
        faults = error.faults
    with warehouse.open(context).transaction() as connection:
        days = days_with_all_texts(connection, days)  # without what was said, every rule would be missed
        if faults:
            drop_rows_of_gone_calls(connection, days)
        else:
            judged = judge_stored(read_days(connection, days, metrics_named(book)), book, loaded.metrics)
            replace_rule_rows(connection, days, judged, dt.datetime.now(dt.UTC))
        taken = dg.AssetCheckResult(
            asset_key=RULE_OUTCOMES.key,
            check_name=RULE_OUTCOMES.checks[0].name,
            passed=not faults,
            severity=RULE_OUTCOMES.checks[0].severity,
            metadata={"faults": dg.MetadataValue.json(faults)},
        )
        versions = dg.MetadataValue.json({rule.id: rule.version for rule in book.rules})
        results = [
            table_result(
                connection, RULE_OUTCOMES, days_of(context), {"rules": versions}, {taken.check_name or "": taken}
            ),
            table_result(connection, RULE_HITS, days_of(context)),
        ]
    for fault in faults:
        context.log.error(fault)
    yield from results
