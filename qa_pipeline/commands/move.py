"""`qa-pipeline move`: from one machine to several, and back."""

from __future__ import annotations

import shlex
from pathlib import Path

from rich.table import Table

from qa_pipeline.commands.progress_bar import counting
from qa_pipeline.moving.journey import Moved, cancel, move, plan_move
from qa_pipeline.moving.leaving import Told
from qa_pipeline.moving.sides import Mode, MoveRefused, sides_of
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, CommandError, out
from qa_pipeline.wording.figures import count, money

_OTHER_SIDE = {
    Told.EMPTY_AGAIN: "is empty again",
    Told.OLDER_COPY: "has the older copy as before, which refuses to be used",
    Told.AWAY: "can't be reached now and was not told: it refuses to be used until this ledger is moved there",
}


def move_command(to: str | None, *, dry_run: bool, cancel: bool, ledger: Path | None) -> int:
    """Moves, plans or gives up a move, and says what was done.

    Raises:
        CommandError: wrong use.
        MoveRefused, StorageError: see `moving.journey`.
    """
    settings = load_settings()
    if cancel:
        if dry_run:
            raise CommandError("--cancel and --dry-run do not go together")
        return _cancel(settings, Mode(to) if to else None, ledger)
    if to is None:
        raise CommandError("name where to: --to scale or --to embedded")
    source, target = sides_of(settings, Mode(to), ledger)
    if dry_run:
        _print(plan_move(settings, source, target), settings)
        return EXIT_OK
    moved = move(settings, source, target, counting)
    _print(moved, settings)
    _print_next(moved)
    return EXIT_OK


def _cancel(settings: Settings, to: Mode | None, ledger: Path | None) -> int:
    """Without a direction, whichever move is under way; the file is asked first, which is always there.

    Raises:
        MoveRefused: none can be given up; the message says why, for each side.
    """
    refused: list[MoveRefused] = []
    for direction in [to] if to else [Mode.SCALE, Mode.EMBEDDED]:
        source, target = sides_of(settings, direction, ledger)
        try:
            told = cancel(settings, source, target)
        except MoveRefused as error:
            refused.append(error)
            continue
        out.print(f"given up: the ledger stays at {source.shown}", markup=False)
        if told in _OTHER_SIDE:
            out.print(f"{target.shown} {_OTHER_SIDE[told]}", markup=False)
        return EXIT_OK
    raise MoveRefused("; ".join(str(error) for error in refused))


def _print(moved: Moved, settings: Settings) -> None:
    if moved.already:
        out.print(f"The ledger is at {moved.target.shown} already.", markup=False)
    elif moved.is_plan:
        out.print(f"Would move from {moved.source.shown} to {moved.target.shown}; nothing is changed.", markup=False)
    else:
        out.print(f"Moved from {moved.source.shown} to {moved.target.shown}.", markup=False)
    _print_rows(moved)
    _print_totals(moved)
    if not moved.already:
        _print_documents(moved, settings)
        _print_days(moved, settings)
        out.print("Dagster   its history of runs is not moved: schedules and sensors start over", markup=False)
    for table in moved.strange_tables:
        out.print(f"Left      table {table} is not one of this product's", style="yellow", markup=False)


def _print_rows(moved: Moved) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("table")
    table.add_column("rows", justify="right")
    for carried in moved.rows:
        if carried.rows:
            table.add_row(carried.table, f"{carried.rows:,}")
    if table.row_count:
        out.print(table)
    for carried in moved.rows:
        if carried.replaced:
            out.print(
                f"          {carried.replaced:,} texts of {carried.table} had the character NUL, which PostgreSQL "
                "can't keep; it is U+FFFD now",
                style="yellow",
                markup=False,
            )


def _print_totals(moved: Moved) -> None:
    totals = moved.totals
    states = ", ".join(f"{number:,} {state}" for state, number in totals.attempts.items()) or "none"
    which = "here and there" if not (moved.is_plan or moved.already) else "in all"
    out.print(f"Attempts  {states}", markup=False)
    out.print(f"Paid      {totals.billed_s:,.0f} s, {money(totals.cost_usd)} ({which})", markup=False)


def _print_documents(moved: Moved, settings: Settings) -> None:
    if settings.raw_bucket is None:
        out.print(
            "Raw JSON  stays where it is: QA_RAW_BUCKET is not set, so other machines can't read it",
            style="yellow",
            markup=False,
        )
        return
    found = moved.documents
    done = "" if moved.is_plan else f", {found.copied:,} of them copied now, all compared byte for byte"
    out.print(f"Raw JSON  {count(found.found, 'document')}, {found.size_bytes:,} bytes{done}", markup=False)
    if moved.lost.count:
        out.print(
            f"          {moved.lost.count:,} answers have no raw JSON on either side: `qa-pipeline status` says which",
            style="yellow",
            markup=False,
        )


def _print_days(moved: Moved, settings: Settings) -> None:
    if not settings.uses_lake:
        out.print("Tables    QA_LAKE is not set: each machine makes its own from the answers", markup=False)
        return
    out.print(f"Tables    {count(moved.days.moved, 'published day')}", markup=False)
    if moved.days.left:
        out.print(
            f"          {count(moved.days.left, 'day')} of the snapshot can't be made again from the working database: "
            "run them once; nothing is paid again",
            style="yellow",
            markup=False,
        )


def _print_next(moved: Moved) -> None:
    if moved.target.mode is Mode.SCALE:
        kept = shlex.quote(str(moved.source.file))
        out.print(
            f"The settings of now are those to use, on all machines. {kept} is kept and refuses to be used; "
            "`qa-pipeline move --to embedded` brings the ledger back.",
            markup=False,
        )
    else:
        out.print(
            "Now unset QA_OPERATIONS_URL, QA_RAW_BUCKET and QA_LAKE, on all machines. The database on the server is "
            "kept and refuses to be used; `qa-pipeline move --to scale` brings the ledger back.",
            markup=False,
        )
