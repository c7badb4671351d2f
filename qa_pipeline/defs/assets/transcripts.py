"""Assets `transcripts` and `sentences`: one step, one transaction, neither is ever there without the other."""

import datetime as dt
from collections.abc import Iterator, Sequence

import dagster as dg
import duckdb

from qa_pipeline.defs.assets.tables import table_result
from qa_pipeline.defs.declarations import Asset, Check, step
from qa_pipeline.defs.partitions import StepContext, days_of
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.read_days import note_read
from qa_pipeline.reading.days import (
    CallToRead,
    ReadCall,
    days_to_read,
    read_together,
    what_came_of,
)
from qa_pipeline.reading.rows import Answers
from qa_pipeline.reading.tables import (
    begin_reading,
    clear_read,
    count_redactions,
    read_some,
    write_outcomes,
    write_transcripts,
)
from qa_pipeline.reading.unchanged import DaysBefore
from qa_pipeline.settings import Settings
from qa_pipeline.warehouse.calls import usable_calls
from qa_pipeline.warehouse.voices import note_voices, voices_of

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
        wanted = days_to_read(calls, voices_of(connection, days), loaded, ledger)
        before = DaysBefore.of(connection, wanted.calls, operations.raw_store(), loaded)
        read = before.calls()
        if changed := before.changed(days):
            fresh = _read(connection, changed, wanted.calls, operations.raw_store(), loaded)
            before.note(connection, changed, fresh)
            read |= fresh
        answers, voices = what_came_of(wanted.calls, read, loaded)
        ledger.note_unreadable(answers.unreadable)  # before the rows of the tasks are read, which show it
        write_outcomes(connection, days, answers, calls, ledger)
        note_voices(connection, days, voices.all_calls())
        results = reading_results(connection, days, answers, wanted.channels, loaded)
    ledger.mark_parsed(answers.read_units)
    note_read(ledger.engine, days, loaded.redaction.version)
    warn_of(context, answers)
    yield from results


def _read(
    connection: duckdb.DuckDBPyConnection,
    days: Sequence[dt.date],
    calls: Sequence[CallToRead],
    raw_store: RawStore,
    settings: Settings,
) -> dict[str, ReadCall]:
    """Fills the rows of these days, whose calls are among `calls`; returns what came of each besides, by id."""
    of_days = [each for each in calls if each.call.call_date in set(days)]
    found: dict[str, ReadCall] = {}
    clear_read(connection, days)
    begin_reading(connection)
    for some in read_together(of_days):
        found |= read_some(connection, some, raw_store, settings)
    write_transcripts(connection, days)
    return found


def reading_results(
    connection: duckdb.DuckDBPyConnection, days: Sequence[dt.date], answers: Answers, channels: int, settings: Settings
) -> list[dg.MaterializeResult]:
    """What is told to Dagster of days whose `channels` were read."""
    failed = answers.failed_by_code()
    share = failed.total() / channels if failed else 0.0
    return [
        table_result(
            connection,
            TRANSCRIPTS,
            days,
            {
                "channels_failed_by_code": dg.MetadataValue.json(dict(failed)),
                "redactions_by_kind": dg.MetadataValue.json(count_redactions(connection, days)),
                "redaction_version": settings.redaction.version,
            },
            found={ACCEPTABLE: share_check(share, settings.max_failed_share)},
        ),
        table_result(connection, SENTENCES, days),
    ]


def warn_of(context: StepContext, answers: Answers) -> None:
    """Says in the run's log what could not be read."""
    for code, message in answers.unreadable.values():
        context.log.warning("%s: %s", code, message)
    if answers.odd_channels:
        context.log.warning(
            "the results of %d channels have odd values; table transcript_remarks lists them", answers.odd_channels
        )


def share_check(share: float, limit: float) -> dg.AssetCheckResult:
    """Whether few enough channels came to nothing; counted after reading, so that answers nobody can read count."""
    return dg.AssetCheckResult(
        asset_key=TRANSCRIPTS.key,
        check_name=ACCEPTABLE,
        passed=share <= limit,
        metadata={"failed_share": share, "max_failed_share": limit},
    )
