"""Writes what was read of the days' calls into the working database."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

import duckdb

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.reading.days import CallToRead, ReadCall, each_call, read_calls
from qa_pipeline.reading.rows import Answers, task_rows
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.settings import Settings
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.calls import set_statuses
from qa_pipeline.warehouse.database import insert_rows
from qa_pipeline.warehouse.day_rows import days_with_rows_of, delete_rows
from qa_pipeline.warehouse.refilling import ARRIVING, begin_arriving, put_arriving

TASKS = "transcription_tasks"

RECORDINGS_AT_ONCE = 1000
"""Recordings whose attempts are Python objects at the same time."""


def clear_read(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> None:
    """Takes away the rows of the days, and of calls that moved there from another day. What retention deleted of them
    is about to be read again, and is there for the next retention to find."""
    moved_from = days_with_rows_of(connection, "transcripts", days)
    for table in ("transcripts", "sentences", "transcript_remarks", "redactions"):
        delete_rows(connection, table, days, moved_from)
    connection.execute(
        "update calls set text_deleted_at = null where in_days(call_date, $days) and text_deleted_at is not null",
        {"days": list(days)},
    )


def begin_reading(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the table of what each channel says, which transcripts are made of."""
    connection.execute(
        "create or replace temp table channel_texts (call_id varchar, channel_id integer, call_date date, "
        "role varchar, text varchar, model varchar, engine varchar, recording_id varchar)"
    )


def read_some(
    connection: duckdb.DuckDBPyConnection, calls: Sequence[CallToRead], raw_store: RawStore, settings: Settings
) -> dict[str, ReadCall]:
    """Reads the answers to some calls (see `read_together`) and adds their rows; returns what came of each besides,
    by id. When it returns nothing else of them is in memory: before the next are read."""
    answers, voices = read_calls(calls, raw_store, settings)
    _write_read(connection, answers)
    return each_call(calls, answers, voices)


def _write_read(connection: duckdb.DuckDBPyConnection, answers: Answers) -> None:
    insert_rows(connection, "sentences", answers.sentences)
    insert_rows(connection, "transcript_remarks", answers.remarks)
    insert_rows(connection, "redactions", answers.redactions)
    insert_rows(connection, "channel_texts", answers.channel_texts)


def write_transcripts(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> None:
    """Makes the days' transcripts, once all of their calls are read."""
    connection.execute(f"insert into transcripts by name {read_sql('marts/transcripts.sql')}", {"days": list(days)})
    connection.execute("drop table channel_texts")


def count_redactions(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> dict[str, int]:
    """How many places of each kind were found in the days' texts; never what was said there."""
    query = "select kind, count(*) from redactions where in_days(call_date, $days) group by kind order by kind"
    return dict(connection.execute(query, {"days": list(days)}).fetchall())


def write_outcomes(
    connection: duckdb.DuckDBPyConnection,
    days: Sequence[dt.date],
    answers: Answers,
    calls: Sequence[UsableCall],
    ledger: Ledger,
) -> None:
    """Writes what is known of the channels and calls after all of them were read."""
    dates = {source.recording_id: call.call_date for call in calls for source in call.sources}
    ids = sorted(dates)
    read = set(answers.read_units)  # noted in the ledger once this transaction is committed
    _drop_tasks_that_moved(connection, days, ids)
    begin_arriving(connection, TASKS)
    for start in range(0, len(ids), RECORDINGS_AT_ONCE):
        attempts = task_rows(
            dataclasses.replace(unit, state=UnitState.PARSED) if unit.unit_id in read else unit
            for unit in ledger.of_recordings(ids[start : start + RECORDINGS_AT_ONCE])
        )
        for row in attempts:
            row["call_date"] = dates[row["recording_id"]]
        insert_rows(connection, f"{ARRIVING}{TASKS}", attempts)
    put_arriving(connection, TASKS, days)
    set_statuses(connection, answers.statuses)


def _drop_tasks_that_moved(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], recording_ids: Sequence[str]
) -> None:
    """Takes away the tasks of these recordings that stand under a day they came from. One with tasks on `days` brought
    them along when it came."""
    tasks = "from transcription_tasks where in_days(call_date, $days)"
    known = connection.execute(f"select distinct recording_id {tasks}", {"days": list(days)}).fetchall()
    if come := sorted(set(recording_ids).difference(recording_id for (recording_id,) in known)):
        connection.execute(
            "delete from transcription_tasks where recording_id in (select unnest(cast($come as varchar[])))",
            {"come": come},
        )
