"""One call's transcript as a file, as `qa-pipeline export` writes it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from dashboards.palette import status_mark
from qa_pipeline.export.file_names import safe_stem
from qa_pipeline.export.formats import NEED_TIMES, WITH_WORDS, WRITERS
from qa_pipeline.export.rows import exported_calls
from qa_pipeline.published.snapshot import Row, Snapshot
from qa_pipeline.statements.files import read_sql
from qa_pipeline.wording.languages import t
from qa_pipeline.wording.missing_labels import why_no_subtitles

MEDIA_TYPES = {
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
    "vcon": "application/vcon+json",
}


class NoTranscript(Exception):
    """The call can't be written in this format; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class TranscriptFile:
    """A file's name, its text, what a browser calls its kind, and the day of its call."""

    name: str
    text: str
    media_type: str
    day: dt.date | None = None


def possible_formats(snapshot: Snapshot, call_id: str) -> list[str]:
    """The formats of `WRITERS` in which the call can be written.

    Raises:
        UnreadableSnapshot: the snapshot is damaged.
    """
    found = _ask(snapshot, "list_calls_to_export", from_date=None, to_date=None, ids=[call_id])
    if not found or not found[0]["is_transcribed"]:
        return []
    return [name for name in WRITERS if not (name in NEED_TIMES and found[0]["models_without_times"])]


def transcript_file(snapshot: Snapshot, call_id: str, file_format: str) -> TranscriptFile:
    """The call in `file_format`, one of `WRITERS`.

    Raises:
        NoTranscript: there is no such call, nothing was transcribed, or the format needs times that are not known.
        UnreadableSnapshot: the snapshot is damaged.
    """
    found = _ask(snapshot, "list_calls_to_export", from_date=None, to_date=None, ids=[call_id])
    if not found:
        raise NoTranscript(t("The snapshot has no call {call}.", call=call_id))
    [call] = found
    if not call["is_transcribed"]:
        raise NoTranscript(
            t("Call {call} has no transcript: it is {status}.", call=call_id, status=status_mark(call["status"]).label)
        )
    if file_format in NEED_TIMES and call["models_without_times"]:
        reason = why_no_subtitles(call["models_without_times"])
        raise NoTranscript(f"{reason[0].upper()}{reason[1:]}.")
    [exported] = exported_calls(
        _ask(snapshot, "read_calls_to_export", ids=[call_id]),
        _ask(snapshot, "list_transcripts_to_export", ids=[call_id]),
        _ask(snapshot, "list_sentences_to_export", ids=[call_id], with_words=file_format in WITH_WORDS),
        _ask(snapshot, "list_recordings_to_export", ids=[call_id]),
    )
    name = f"{safe_stem(call_id)}.{file_format}"
    return TranscriptFile(name, WRITERS[file_format](exported), MEDIA_TYPES[file_format], call["call_date"])


def _ask(snapshot: Snapshot, question: str, **values: Any) -> list[Row]:
    return snapshot.rows(read_sql(f"reads/{question}.sql"), values)
