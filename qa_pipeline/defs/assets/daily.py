"""Assets of the daily marts, for trends, in one step. Each is one select, or a view, and a test of its rows."""

from collections.abc import Iterator

import dagster as dg

from qa_pipeline.defs.assets.tables import table_result
from qa_pipeline.defs.declarations import Asset, Check, selected, step
from qa_pipeline.defs.partitions import days_of
from qa_pipeline.defs.resources import SettingsResource, WarehouseResource
from qa_pipeline.warehouse.daily import MARTS, mart_test, refill_mart

_MADE_OF: dict[str, tuple[list[str], str]] = {
    "counts_daily": (
        ["calls", "transcripts", "acoustics", "call_metrics"],
        "Calls of each agent, of each queue and of all by day and by what became of them.",
    ),
    "metrics_daily": (
        ["calls", "transcripts", "call_metrics"],
        "n, mean and 95% interval of each metric by day, for each agent, for each queue and for all.",
    ),
    "calls_daily": (
        ["counts_daily", "metrics_daily"],
        "Calls by day and queue and by what became of them, with n, mean and 95% interval of each metric.",
    ),
    "agents_daily": (
        ["counts_daily", "metrics_daily"],
        "How each agent's calls of a day went: n, mean and 95% interval of each metric, and whether n is enough.",
    ),
    "queues_daily": (
        ["counts_daily", "metrics_daily"],
        "How agents did in each queue's calls of a day: n, mean and 95% interval of each metric.",
    ),
    "emotions_daily": (
        ["calls", "sentences", "emotions"],
        "Calls, sentences, speech time and share of each emotion by day, queue and role.",
    ),
    "languages_daily": (
        ["calls", "sentences", "languages"],
        "Calls, sentences, speech time and share of each language by day, queue and role.",
    ),
    "costs_daily": (
        ["calls", "acoustics", "transcripts"],
        "Channels, attempts, seconds and cost of a day by model and engine, and channels that nobody was paid for.",
    ),
    "emotion_steps": (
        ["sentences"],
        "How often one emotion of the customer followed on another in each call.",
    ),
    "scores_daily": (
        ["evaluations"],
        "n, mean and 95% interval of the scores by day and version of the card, for agents, teams, queues and all.",
    ),
    "question_rates": (
        ["evaluations"],
        "How often each option of each question was chosen by day, with its interval, and how often it did not apply.",
    ),
    "rules_daily": (
        ["calls", "rule_outcomes"],
        "How often each rule was met by day, for each agent, for each queue and for all, with its interval.",
    ),
}
"""Mart → the assets it is made of, and what Dagster says of it."""

DAILY_MARTS = [
    Asset(
        mart,
        _MADE_OF[mart][1],
        group="marts",
        deps=_MADE_OF[mart][0],
        kinds={"duckdb", "sql"},
        checks=[Check("adds_up", f"No row of {mart} fails its test in sql/marts", query=mart_test(mart))],
    )
    for mart in MARTS
]


@step(*DAILY_MARTS, can_subset=True)
def daily_marts(
    context: dg.AssetExecutionContext, settings: SettingsResource, warehouse: WarehouseResource
) -> Iterator[dg.MaterializeResult]:
    """Refills the days of the run."""
    days, minimum_n = days_of(context), settings.load().minimum_n
    chosen = selected(context, DAILY_MARTS)
    with warehouse.open(context).transaction() as connection:
        for mart in chosen:
            refill_mart(connection, mart.key, days, minimum_n=minimum_n)
        results = [table_result(connection, mart, days) for mart in chosen]
    yield from results
