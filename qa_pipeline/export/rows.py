"""From rows of the published tables to calls with their transcripts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from qa_pipeline.export.transcripts import ExportedCall, ExportedChannel, ExportedRecording
from qa_pipeline.transcription.results import Sentence, Word

Row = Mapping[str, Any]
ChannelKey = tuple[str, int]

_AS_PUBLISHED = (
    "call_id", "day_begins_at", "duration_s", "agent_channel", "started_at", "container", "codec", "sample_rate",
    "agent_id", "agent_name", "customer_id", "queue", "direction",
)  # fmt: skip


def exported_calls(
    calls: Iterable[Row], transcripts: Iterable[Row], sentences: Iterable[Row], recordings: Iterable[Row] = ()
) -> Iterator[ExportedCall]:
    """The calls in the order given, each with what was transcribed of it; calls without a transcript are left out.

    Rows have the columns of the tables of those names, calls also `day_begins_at`. Sentences come in the order of
    their ids; transcripts in the order of their channels; `recordings` are the files of calls of several, in the order
    of time, as sql/reads/list_recordings_to_export.sql gives them.
    """
    spoken: dict[ChannelKey, list[Sentence]] = {}
    for row in sentences:
        spoken.setdefault((row["call_id"], row["channel_id"]), []).append(_sentence(row))
    transcribed: dict[str, list[Row]] = {}
    for row in transcripts:
        transcribed.setdefault(row["call_id"], []).append(row)
    files: dict[str, list[ExportedRecording]] = {}
    for row in recordings:
        files.setdefault(row["call_id"], []).append(_recording(row))
    for row in calls:
        if channels := transcribed.get(row["call_id"]):
            yield replace(_call(row, channels, spoken), recordings=tuple(files.get(row["call_id"], ())))


def recording_name(source_uri: str) -> str:
    """The file's name without its folders, from a path or an address of any scheme."""
    path = urlsplit(source_uri).path if "://" in source_uri else source_uri
    return unquote(PurePosixPath(path).name)


def _call(row: Row, transcripts: list[Row], spoken: Mapping[ChannelKey, list[Sentence]]) -> ExportedCall:
    return ExportedCall(
        **{name: row[name] for name in _AS_PUBLISHED},
        recording_id=transcripts[0]["recording_id"],
        loaded_at=max(transcript["loaded_at"] for transcript in transcripts),
        file_name=recording_name(row["source_uri"]),
        file_url=_address_for_others(row["source_uri"]),
        channels=tuple(_channel(transcript, spoken) for transcript in transcripts),
    )


def _recording(row: Row) -> ExportedRecording:
    return ExportedRecording(
        recording_id=row["recording_id"],
        file_name=recording_name(row["source_uri"]),
        begin_ms=row["begin_ms"],
        duration_s=row["duration_s"],
        file_url=_address_for_others(row["source_uri"]),
        agent_id=row["agent_id"],
        agent_name=row["agent_name"],
        queue=row["queue"],
        role=row.get("role"),
    )


def _address_for_others(source_uri: str) -> str | None:
    """The address if it is https and holds no secret: a query may be a signature, and user information a password."""
    parts = urlsplit(source_uri)
    is_public = parts.scheme == "https" and not parts.query and "@" not in parts.netloc
    return source_uri if is_public else None


def _channel(row: Row, spoken: Mapping[ChannelKey, list[Sentence]]) -> ExportedChannel:
    return ExportedChannel(
        channel_id=row["channel_id"],
        role=row["role"],
        text=row["text"],
        sentences=tuple(spoken.get((row["call_id"], row["channel_id"]), ())),
        model=row["model"],
        engine=row["engine"],
        name=row.get("name"),
    )


def _sentence(row: Row) -> Sentence:
    words = tuple(
        Word(word["begin_ms"], word["end_ms"], word["text"], word["punctuation"] or "", word.get("confidence"))
        for word in row["words"] or ()
    )
    names = ("sentence_id", "begin_ms", "end_ms", "text", "language", "emotion", "confidence")
    return Sentence(**{name: row[name] for name in names}, words=words)
