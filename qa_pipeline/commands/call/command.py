"""`qa-pipeline call`: all that the newest published snapshot knows of one call, for people or as JSON."""

from __future__ import annotations

import json
from typing import Any

import typer

from qa_pipeline.commands.call.printing import print_call
from qa_pipeline.commands.call.reading import CallRecord, nearest_ids, read_call
from qa_pipeline.published.newest import open_published
from qa_pipeline.published.output import visible
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, CommandError
from qa_pipeline.transcription.tables import EMOTIONS_KEPT
from qa_pipeline.wording.missing_metrics import CallFacts, why_missing, why_no_metrics

USUAL_TURNS = 40
ALL_TURNS = "all"


def call_command(call_id: str, *, as_json: bool, turns: str | None) -> int:
    """Prints the call; returns the exit code.

    `turns` is how many turns are printed at most, or `all`; None is `USUAL_TURNS`. JSON always has all.

    Raises:
        CommandError: nothing is published, no such call, or an invalid number of turns.
    """
    if as_json and turns is not None:
        raise CommandError("--json has all turns; leave --turns out")
    most = _most(turns)
    settings = load_settings()
    with open_published(settings) as snapshot:
        record = read_call(snapshot, call_id)
        if record is None:
            raise _no_such_call(snapshot, call_id)
    facts = record.facts(EMOTIONS_KEPT[settings.emotion_roles])
    if as_json:
        typer.echo(json.dumps(_document(record, facts), ensure_ascii=False, indent=2, default=_iso, allow_nan=False))
    else:
        print_call(record, facts, turns=most, timezone=settings.timezone)
    return EXIT_OK


def _most(turns: str | None) -> int | None:
    if turns is None:
        return USUAL_TURNS
    if turns == ALL_TURNS:
        return None
    if not turns.isdecimal():
        raise CommandError(f"--turns {turns}: give a number of turns, or all")
    return int(turns)


def _no_such_call(snapshot: Snapshot, call_id: str) -> CommandError:
    near = nearest_ids(snapshot, call_id)
    named = f"similar: {visible(', '.join(near))}" if near else "no similar id"
    return CommandError(
        f"the newest snapshot has no call {visible(call_id)}; {named}; a call that is not published yet comes with "
        "`qa-pipeline run --from YYYY-MM-DD`"
    )


def _document(record: CallRecord, facts: CallFacts) -> dict[str, Any]:
    """The rows by table, as the tables have them, and why metrics are null."""
    rows = {table: items for table, items in record.rows.items() if table != "call_metrics"}
    return {
        "calls": record.call,
        "published_at": record.published and record.published["published_at"],
        "call_metrics": record.metrics,
        "unknown_metrics": {"*": why_no_metrics(facts)}
        if record.metrics is None
        else why_missing(facts, record.metrics),
        **rows,
    }


def _iso(value: Any) -> str:
    """Dates and times; a time carries its offset."""
    return str(value.isoformat())
