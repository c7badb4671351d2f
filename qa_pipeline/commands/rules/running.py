"""Applies the rules to calls that are stored, and publishes: one short Dagster run, without network and money."""

from __future__ import annotations

import datetime as dt

from qa_pipeline.commands.rules.check import used_book
from qa_pipeline.commands.rules.difference import stored_days
from qa_pipeline.judging.rule_files import rule_files, rules_folder
from qa_pipeline.published.newest import open_published
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.rules.book import RuleBook
from qa_pipeline.settings import Settings, load_pipeline_settings
from qa_pipeline.statements.files import read_sql
from qa_pipeline.terminal import EXIT_INTERRUPTED, EXIT_OK, EXIT_WORK_REMAINS, CommandError, err, out, print_faults
from qa_pipeline.warehouse.held import Waiting, say_nothing
from qa_pipeline.warehouse.snapshots import days_loaded_in_full

WAIT_S = 600.0


def run_rules_command(first: dt.date | None, last: dt.date | None) -> int:
    """0 when the rules were applied, 1 when the run failed, 130 when interrupted."""
    settings = load_pipeline_settings()
    with open_published(settings) as snapshot:
        had_rules = bool(snapshot.tuples("select 1 from rule_outcomes limit 1"))
        book = rules_to_apply(settings, had_rules=had_rules)
        days = DayRange(
            *stored_days(snapshot.tuples("select min(call_date), max(call_date) from calls"), (first, last))
        )
        known = [day for (day,) in snapshot.tuples("select distinct call_date from calls where call_date is not null")]
    _require_loaded(settings, [day for day in known if days.first <= day <= days.last])
    from qa_pipeline.runs.launch import materialize

    outcome = materialize(settings, days, job="ruled")
    if outcome.left_running is not None or outcome.interrupted:
        err.print("interrupted; run the same command again", style="yellow")
        return EXIT_INTERRUPTED
    print_faults(outcome.problems)
    if outcome.problems:
        return EXIT_WORK_REMAINS
    _print_counts(settings, days, [rule.id for rule in book.rules])
    if not book.rules:
        out.print(f"there is no rule in {rules_folder(settings)}: outcomes of these days were removed", markup=False)
    return EXIT_OK


def rules_to_apply(settings: Settings, *, had_rules: bool) -> RuleBook:
    """The rules of the project. None of them are right where there were some: then what they came to is taken away.

    Raises:
        CommandError: there is none and never was, or something is wrong.
    """
    if had_rules and not rule_files(rules_folder(settings)):
        return RuleBook([], {})
    return used_book([])


def _require_loaded(settings: Settings, days: list[dt.date]) -> None:
    """A day that only the snapshot has can't be published anew: the working database has nothing of it."""
    if settings.uses_lake:
        return
    loaded = set(days_loaded_in_full(settings.warehouse_path, Waiting(WAIT_S, say_nothing)))
    if missing := sorted(set(days) - loaded):
        raise CommandError(
            f"{missing[0]} is published and not in the working database; run `qa-pipeline run --from {missing[0]} "
            f"--to {missing[-1]}` first, which pays for nothing again"
        )


def _print_counts(settings: Settings, days: DayRange, rules: list[str]) -> None:
    with open_published(settings) as snapshot:
        rows = snapshot.tuples(
            read_sql("reads/count_rule_outcomes.sql"), {"first": days.first, "last": days.last, "rules": rules}
        )
    for rule_id, hits, misses, not_applicable, not_evaluated in rows:
        rate = f"{hits / (hits + misses):6.1%}" if hits + misses else "     –"
        out.print(
            f"{rate} {rule_id}: {hits} hit, {misses} missed, {not_applicable} not applicable, "
            f"{not_evaluated} not evaluated",
            markup=False,
        )
    out.print(f"[green]✓[/green] rules applied from {days}")
