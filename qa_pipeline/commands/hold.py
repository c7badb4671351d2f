"""`qa-pipeline hold`: legal holds, which beat erasure and retention."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from qa_pipeline.erasing.holds import Hold, hold, list_holds, release
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, CommandError, out


def hold_command(
    calls: Sequence[str],
    customers: Sequence[str],
    *,
    reason: str | None,
    release_id: str | None,
    by: str,
    list_all: bool,
) -> int:
    """Holds, releases or lists, whichever is asked for.

    Raises:
        CommandError: none of it is, or several are, or a new hold has no reason.
        NoSuchHold: there is none to release.
    """
    wanted = [bool(calls or customers), release_id is not None, list_all]
    if sum(wanted) != 1:
        raise CommandError("say one of: --call ID or --customer ID with --reason, --release HOLD, --list")
    if wanted[0] and not (reason and reason.strip()):
        raise CommandError("a hold needs --reason: whoever comes to it later must know why it stands")
    engine = open_operations(load_settings().operations_database_url)
    try:
        if release_id is not None:
            out.print(f"Released  {_line(release(engine, release_id, by))}", markup=False)
        elif list_all:
            _print_holds(list_holds(engine))
        else:
            made = hold(engine, "call", calls, str(reason), by) + hold(engine, "customer", customers, str(reason), by)
            for each in made:
                out.print(f"Held      {_line(each)}", markup=False)
    finally:
        engine.dispose()
    return EXIT_OK


def _print_holds(holds: Sequence[Hold]) -> None:
    if not holds:
        out.print("Nothing is on hold.")
    for each in holds:
        out.print(_line(each), markup=False)


def _line(each: Hold) -> str:
    since = dt.datetime.fromtimestamp(each.held_at, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{each.hold_id[:8]}  {each.kind} {each.subject}  since {since} by {each.held_by}: {each.reason}"
