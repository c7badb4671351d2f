"""Assets `transcripts` and `sentences`: one step, one transaction, neither is ever there without the other."""

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence

import dagster as dg
import duckdb

from qa_pipeline.defs.assets.tables import table_result
from qa_pipeline.defs.declarations import Asset, Check, step
from qa_pipeline.defs.partitions import days_of
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.dispatch.paid_before import hold_back
from qa_pipeline.dispatch.planning import Planner
from qa_pipeline.dispatch.skipped_channels import silent_channels, unsent_outcomes
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.reading.channels import channels_of
from qa_pipeline.reading.rows import Answers, earlier_answers, read_answers, task_rows
from qa_pipeline.reading.voices import VoiceReader
from qa_pipeline.recordings.usable_calls import UsableCall, file_ids
from qa_pipeline.service.access import engine_kind
from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.calls import set_statuses, usable_calls
from qa_pipeline.warehouse.database import insert_rows
from qa_pipeline.warehouse.day_rows import days_with_rows_of, delete_rows
from qa_pipeline.warehouse.voices import note_voices, voices_of

READ_AT_ONCE = 200
"""Calls; each takes about half a megabyte while it is read."""

ACCEPTABLE = "failed_share_is_acceptable"

TRANSCRIPTS = Asset(
    "transcripts",
    "One row per transcribed channel: text, main language, main emotion, speech time.",
    group="transcription",
    deps=["transcriptions"],
    checks=[
        Check("ok_calls_have_both_roles", "Every ok call has an agent and a customer transcript"),
        Check(
            ACCEPTABLE, "The share of channels that failed or cannot be read is under max_failed_share", blocking=False
        ),
    ],
)
SENTENCES = Asset(
    "sentences",
    "One row per sentence, with the service's own times, language and emotion.",
    group="transcription",
    deps=["transcriptions"],
    checks=[
        Check(
            "sentences_lie_inside_the_recording_in_order", "Sentences lie inside the recording and follow each other"
        ),
        Check("emotions_and_languages_are_known", "Emotion and language are of the known sets"),
        Check(
            "text_is_not_empty_where_speech_was_found",
            "A sentence that was heard has text",
            blocking=False,
            severity=dg.AssetCheckSeverity.WARN,
        ),
    ],
)


@step(TRANSCRIPTS, SENTENCES)
def transcripts_and_sentences(
    context: dg.AssetExecutionContext,
    settings: SettingsResource,
    warehouse: WarehouseResource,
    operations: OperationsResource,
) -> Iterator[dg.MaterializeResult]:
    """Reads the raw JSON of the days' channels into rows and sets each call's status."""
    loaded, ledger, days = settings.load(), operations.ledger(), days_of(context)
    with warehouse.open(context).transaction() as connection:
        calls = usable_calls(connection, days)
        kind = engine_kind(loaded)
        plan = hold_back(Planner(loaded).plan(calls), calls, ledger, loaded, kind, by_person=True)
        voices = VoiceReader.of(calls, voices_of(connection, days), loaded.metrics)
        channels = channels_of(calls, plan.wanted, ledger.forecast(plan.wanted, kind))
        earlier = earlier_answers(ledger.of_recordings(file_ids(calls)))
        unsent, silent = unsent_outcomes(calls, plan), silent_channels(calls, plan)
        answers = Answers()
        _clear(connection, days)
        for some in _batches(calls):
            ids = {call.call_id for call in some}
            read = read_answers(
                [each for each in channels if each.channel.call_id in ids],
                operations.raw_store(),
                emotion_roles=loaded.emotion_roles,
                unsent=[each for each in unsent if each.call_id in ids],
                silent=[each for each in silent if each.call_id in ids],
                mixed={call.call_id for call in some if call.is_dual_mono},
                missing={call.call_id: call.missing for call in some if call.missing},
                earlier=earlier,
                languages={call.call_id: call.language for call in some},
                voices=voices,
            )
            _write(connection, read)
            answers.add_counts(read)
        ledger.note_unreadable(answers.unreadable)  # before the rows of the tasks are read, which show it
        _complete(connection, days, answers, calls, ledger)
        note_voices(connection, voices.all_calls())
        failed = answers.failed_by_code()
        share = failed.total() / (len(plan.wanted) + len(plan.refused)) if failed else 0.0
        results = [
            table_result(
                connection,
                TRANSCRIPTS,
                days,
                {"channels_failed_by_code": dg.MetadataValue.json(dict(failed))},
                found={ACCEPTABLE: share_check(share, loaded.max_failed_share)},
            ),
            table_result(connection, SENTENCES, days),
        ]
    ledger.mark_parsed(answers.read_units)
    for code, message in answers.unreadable.values():
        context.log.warning("%s: %s", code, message)
    if answers.odd_channels:
        context.log.warning(
            "the results of %d channels have odd values; table transcript_remarks lists them", answers.odd_channels
        )
    yield from results


def share_check(share: float, limit: float) -> dg.AssetCheckResult:
    """Whether few enough channels came to nothing; counted after reading, so that answers nobody can read count."""
    return dg.AssetCheckResult(
        asset_key=TRANSCRIPTS.key,
        check_name=ACCEPTABLE,
        passed=share <= limit,
        metadata={"failed_share": share, "max_failed_share": limit},
    )


def _batches(calls: Sequence[UsableCall]) -> Iterator[Sequence[UsableCall]]:
    """The calls, some at a time; of a day of thousands not all sentences are in memory at once."""
    for start in range(0, len(calls), READ_AT_ONCE):
        yield calls[start : start + READ_AT_ONCE]


def _clear(connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date]) -> None:
    """Takes away the rows of the days, and of calls that moved there from another day."""
    moved_from = days_with_rows_of(connection, "transcripts", days)
    for table in ("transcripts", "sentences", "transcript_remarks"):
        delete_rows(connection, table, days, moved_from)
    connection.execute(
        "create or replace temp table channel_texts (call_id varchar, channel_id integer, call_date date, "
        "role varchar, text varchar, model varchar, engine varchar, recording_id varchar)"
    )


def _write(connection: duckdb.DuckDBPyConnection, answers: Answers) -> None:
    insert_rows(connection, "sentences", answers.sentences)
    insert_rows(connection, "transcript_remarks", answers.remarks)
    insert_rows(connection, "channel_texts", answers.channel_texts)


def _complete(
    connection: duckdb.DuckDBPyConnection,
    days: Sequence[dt.date],
    answers: Answers,
    calls: Sequence[UsableCall],
    ledger: Ledger,
) -> None:
    """Writes what is known of the channels after all of them were read."""
    dates = {source.recording_id: call.call_date for call in calls for source in call.sources}
    read = set(answers.read_units)  # noted in the ledger once this transaction is committed
    attempts = task_rows(
        dataclasses.replace(unit, state=UnitState.PARSED) if unit.unit_id in read else unit
        for unit in ledger.of_recordings(sorted(dates))
    )
    for row in attempts:
        row["call_date"] = dates[row["recording_id"]]
    connection.execute(
        "delete from transcription_tasks where in_days(call_date, ?) "
        "or list_contains(cast(? as varchar[]), recording_id)",
        [list(days), sorted(dates)],
    )
    insert_rows(connection, "transcription_tasks", attempts)
    connection.execute(f"insert into transcripts by name {read_sql('marts/transcripts.sql')}", {"days": list(days)})
    connection.execute("drop table channel_texts")
    set_statuses(connection, answers.statuses)
