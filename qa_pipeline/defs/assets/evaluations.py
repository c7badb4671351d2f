"""Asset `evaluations`: what people evaluated, also of calls of earlier days, and what metrics and rules answer of the
days'."""

import datetime as dt
from collections.abc import Sequence

import dagster as dg

from qa_pipeline.defs.assets.tables import table_result
from qa_pipeline.defs.declarations import Asset, Check, step
from qa_pipeline.defs.partitions import days_of
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.judging.card_files import project_cards
from qa_pipeline.judging.rule_files import project_book
from qa_pipeline.reading.machine_evaluations import cards_by_machine, evaluate_calls
from qa_pipeline.reviews.kept_cards import keep_cards
from qa_pipeline.reviews.table_rows import LogHead, StoreReader
from qa_pipeline.rules.reading import BadRules
from qa_pipeline.scorecards.folder import CardFolder
from qa_pipeline.scorecards.rule_names import faults_of_rules
from qa_pipeline.settings import Settings
from qa_pipeline.warehouse.calls import calls_of_days
from qa_pipeline.warehouse.evaluations import (
    forget_reviews,
    note_read,
    put_reviews,
    read_so_far,
    replace_machine_evaluations,
    replace_questions,
    replace_reviews,
)

CARDS_TAKEN = "the_cards_were_taken"

EVALUATIONS = Asset(
    "evaluations",
    "Evaluations of calls: those by people as the store has them now, of whatever day, and those that metrics and "
    "rules make of the days' calls by the cards in scorecards/.",
    group="evaluations",
    deps=["calls", "agents", "turns", "call_metrics", "rule_outcomes", "rule_hits", "sampling_draws"],
    kinds={"duckdb", "python"},
    checks=[
        Check(
            CARDS_TAKEN,
            "The cards in scorecards/ have no fault, and the rules that they name are there",
            blocking=False,
            severity=dg.AssetCheckSeverity.WARN,
        ),
        Check("evaluations_are_whole", "Every submitted evaluation has answers, and a score or a reason for none"),
    ],
)


@step(EVALUATIONS)
def evaluations(
    context: dg.AssetExecutionContext,
    settings: SettingsResource,
    warehouse: WarehouseResource,
    operations: OperationsResource,
) -> dg.MaterializeResult:
    """Replaces what the days have, and what changed of other days since the store was last read."""
    days, now, loaded = days_of(context), dt.datetime.now(dt.UTC), settings.load()
    store, cards = StoreReader(operations.ledger().engine), project_cards(loaded)
    faults = [*cards.faults, *_faults_of_rules(loaded, cards)]
    keep_cards(operations.ledger().engine, cards_by_machine(cards))
    head = store.head()
    with warehouse.open(context).transaction() as connection:
        so_far = read_so_far(connection)
        known = LogHead(*so_far) if so_far else None
        if known is not None and not store.has(known):
            context.log.warning(
                "the store of evaluations is an older copy: all that the tables had of it is read again"
            )
            forget_reviews(connection)
            known = None
        changed = 0
        if not loaded.uses_lake:  # there only the calls of these days are at hand
            newer = store.changed_since(known.seq if known else 0)
            changed = sum(put_reviews(connection, rows, now) for rows in newer)
        of_days = by_machine = 0
        for day in days:  # a backfill has more of them than there is memory for
            of_days += replace_reviews(connection, day, store.of_calls(calls_of_days(connection, [day])), now)
            made = evaluate_calls(connection, [day], cards, now)
            by_machine += replace_machine_evaluations(connection, [day], made, now)
        replace_questions(connection, store.questions())
        note_read(connection, head.seq, head.hash, now)
        result = table_result(
            connection,
            EVALUATIONS,
            days,
            {"changed": changed, "of_these_days": of_days, "by_machine": by_machine, "log_seq": head.seq},
            {CARDS_TAKEN: _check_of_cards(faults)},
        )
    for fault in faults:
        context.log.warning(fault)
    return result


def _faults_of_rules(settings: Settings, cards: CardFolder) -> list[str]:
    """What of the rules that cards name is not there; where rules have a fault their own check says so."""
    try:
        book = project_book(settings)
    except BadRules:
        return []
    return list(faults_of_rules(cards.cards, {rule.id: rule.rule.needs_review for rule in book.rules}))


def _check_of_cards(faults: Sequence[str]) -> dg.AssetCheckResult:
    [check] = [check for check in EVALUATIONS.checks if check.name == CARDS_TAKEN]
    return dg.AssetCheckResult(
        asset_key=EVALUATIONS.key,
        check_name=CARDS_TAKEN,
        passed=not faults,
        severity=check.severity,
        metadata={"faults": dg.MetadataValue.json(list(faults))},
    )
