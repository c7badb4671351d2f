"""`qa-pipeline erase`: calls and customers out of everything that the product keeps, with a proof."""

from __future__ import annotations

from pathlib import Path

import typer
from sqlalchemy import Engine

from qa_pipeline.commands.erase.printing import print_elsewhere, print_erasures, print_plan, print_result
from qa_pipeline.erasing.backups import forget_backups
from qa_pipeline.erasing.beginning import ErasureRequest, begin, list_erasures
from qa_pipeline.erasing.erasure import carry_out, no_run_beside
from qa_pipeline.erasing.plan import Plan, open_plans
from qa_pipeline.erasing.shared import other_homes
from qa_pipeline.erasing.withdrawing import withdraw
from qa_pipeline.errors import UserError
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, err, out
from qa_pipeline.wording.figures import count


def erase_command(request: ErasureRequest, *, is_trial: bool, yes: bool) -> int:
    """Erases, after what an earlier erasure left unfinished, and also where that is still in the way of itself; 1 where
    either is.

    Raises:
        CommandError: it is not said what to erase.
        UserError: something is in the way, which the message names.
    """
    settings = load_settings()
    engine = open_operations(settings.operations_database_url)
    try:
        is_asked = bool(request.call_ids or request.customers)
        plans = [] if is_trial else open_plans(settings.home)
        if not (is_asked or plans or open_plans(settings.home)):
            raise CommandError("say what to erase: --call ID or --customer ID; no erasure is left unfinished")
        code = _finish(settings, engine, plans)
        if is_asked:
            code = max(code, _erase(settings, engine, request, is_trial=is_trial, yes=yes))
        return code
    finally:
        engine.dispose()


def list_command() -> int:
    """Prints the erasures there were."""
    engine = open_operations(load_settings().operations_database_url)
    try:
        found = list_erasures(engine)
    finally:
        engine.dispose()
    if not found:
        out.print("Nothing was erased yet.")
    print_erasures(found)
    return EXIT_OK


def withdraw_command(erasure_id: str) -> int:
    """Takes back an erasure that was begun and has deleted nothing. Raises CantWithdraw, RunsShut."""
    settings = load_settings()
    engine = open_operations(settings.operations_database_url)
    try:
        with no_run_beside(settings):
            plan = withdraw(settings, engine, erasure_id)
    finally:
        engine.dispose()
    calls = count(len(plan.subject.call_ids), "call")
    out.print(f"erasure {plan.erasure_id[:8]} of {calls} is withdrawn: nothing was erased", markup=False)
    return EXIT_OK


def backups_gone_command(paths: list[Path]) -> int:
    """Forgets backups that are gone for good. Raises BackupThere."""
    engine = open_operations(load_settings().operations_database_url)
    try:
        forget_backups(engine, paths)
    finally:
        engine.dispose()
    out.print(f"{count(len(paths), 'backup')} forgotten; `qa-pipeline erase` goes on", markup=False)
    return EXIT_OK


def _finish(settings: Settings, engine: Engine, plans: list[Plan]) -> int:
    """Goes on with each, whatever became of the one before."""
    code = EXIT_OK
    for plan in plans:
        what = f"erasure {plan.erasure_id[:8]} of {count(len(plan.subject.call_ids), 'call')}"
        err.print(f"{what} was begun and not finished; going on with it", markup=False)
        try:
            code = max(code, _carry_out(settings, engine, plan))
        except UserError as error:
            err.print(f"✗ {error}", markup=False, style="red")
            code = EXIT_WORK_REMAINS
    return code


def _erase(settings: Settings, engine: Engine, request: ErasureRequest, *, is_trial: bool, yes: bool) -> int:
    with no_run_beside(settings):
        plan = begin(settings, engine, request, _say, is_trial=is_trial)
    print_plan(plan)
    if is_trial:
        out.print("Nothing was erased.")
        return EXIT_OK
    if not yes and not typer.confirm("Erase all of this? It can't be undone", err=True):
        out.print("Nothing was erased.")
        return EXIT_WORK_REMAINS
    return _carry_out(settings, engine, plan)


def _carry_out(settings: Settings, engine: Engine, plan: Plan) -> int:
    with no_run_beside(settings):
        erased = carry_out(settings, engine, plan, _say)
    print_result(erased)
    if engine.dialect.name == "postgresql":
        print_elsewhere(other_homes(engine, settings))
    if not erased.is_done:
        err.print(
            "✗ not done: something of it is left. Mend what is named above, and run `qa-pipeline erase` to go on",
            markup=False,
            style="red",
        )
        return EXIT_WORK_REMAINS
    out.print(f"[green]✓[/green] {count(len(plan.subject.call_ids), 'call')} erased: 0 found in every file of QA_HOME")
    return EXIT_OK


def _say(text: str) -> None:
    err.print(text, style="dim", markup=False)
