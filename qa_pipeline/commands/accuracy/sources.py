"""Where the texts that `qa-pipeline accuracy` compares come from: folders of documents, and published snapshots."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from qa_pipeline.accuracy.references import ENDINGS, BadReference, read_reference
from qa_pipeline.accuracy.transcripts import ChannelText, Utterance
from qa_pipeline.commands.progress_bar import counting
from qa_pipeline.export.rows import recording_name
from qa_pipeline.published.newest import open_published
from qa_pipeline.published.snapshot import Snapshot, open_file
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.settings import Settings
from qa_pipeline.statements.files import read_sql
from qa_pipeline.terminal import EXIT_WORK_REMAINS, CommandError
from qa_pipeline.transcription.results import MAX_RESULT_BYTES


@dataclass(frozen=True, slots=True)
class Selection:
    """Which calls: a range of call dates, a queue; and transcripts of one model. None is no bound."""

    days: DayRange | None = None
    queue: str | None = None
    model: str | None = None

    @property
    def needs_calls(self) -> bool:
        """Whether what is published about calls must be known."""
        return self.days is not None or self.queue is not None


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is published of a call that its documents do not say."""

    agent_channel: int | None
    language: str | None
    recording: str
    """The recording's file name without its ending."""
    customer_id: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What its metadata say besides."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Channels, and the files that could not be read with the reason."""

    channels: list[ChannelText]
    unreadable: dict[Path, str] = field(default_factory=dict)


def read_folder(folder: Path, option: str) -> Texts:
    """The channels of every .txt, .vtt and .json of a folder and those below it; hidden ones are left alone.

    A channel that two files hold is in none: which one is right nobody can know.

    Raises:
        CommandError: there is no such folder, or it cannot be read.
    """
    if not folder.is_dir():
        raise CommandError(f"{option} {folder} is not a folder of transcripts (.txt, .vtt or .json, named by call)")
    paths = _documents(folder, option)
    texts = Texts([])
    holders: dict[object, Path] = {}
    with counting("files", len(paths)) as advance:
        for path in paths:
            advance(1)
            try:
                channels = read_reference(path.name, _content(path))
                _refuse_second(channels, path, holders)
            except OSError as error:
                texts.unreadable[path] = error.strerror or str(error)
            except BadReference as error:
                texts.unreadable[path] = str(error)
            else:
                texts.channels.extend(channels)
    return texts


def _content(path: Path) -> bytes:
    size = path.stat().st_size
    if not path.is_file() or size > MAX_RESULT_BYTES:
        raise BadReference(f"it is not a transcript: {size:,} bytes" if path.is_file() else "it is not a file")
    return path.read_bytes()


def _documents(folder: Path, option: str) -> list[Path]:
    found: list[Path] = []

    def refuse(error: OSError) -> None:
        raise CommandError(f"{option} {error.filename} cannot be read: {error.strerror}", EXIT_WORK_REMAINS)

    for below, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found.extend(
            Path(below, name) for name in sorted(names) if name.lower().endswith(ENDINGS) and not name.startswith(".")
        )
    return found


def _refuse_second(channels: Sequence[ChannelText], path: Path, holders: dict[object, Path]) -> None:
    for channel in channels:
        for key in ((channel.call_id, channel.channel_id), (channel.call_id, channel.role)):
            if key[1] is not None and key in holders:
                raise BadReference(f"{holders[key]} holds {channel.name} already; keep one of the two")
            holders[key] = path


def read_calls(snapshot: Snapshot, selection: Selection) -> dict[str, CallFacts]:
    """The calls of the selection that a snapshot knows.

    Raises:
        UnreadableSnapshot: it does not answer.
    """
    days = selection.days
    values = {"from_date": days and days.first, "to_date": days and days.last, "queue": selection.queue}
    several: set[str] = set()
    if "call_agents" in snapshot.tables():  # else a version that knew of one recording per call
        several = {call_id for (call_id,) in snapshot.tuples("select call_id from calls where recordings > 1")}
    return {
        row["call_id"]: CallFacts(
            agent_channel=row["agent_channel"],
            language=row["language"],
            # what is named by one of several recordings does not speak for the call
            recording="" if row["call_id"] in several else PurePosixPath(recording_name(row["source_uri"])).stem,
            customer_id=row["customer_id"],
            extra=row["metadata_extra"] if isinstance(row["metadata_extra"], dict) else {},
        )
        for row in snapshot.rows(read_sql("reads/list_calls_to_compare.sql"), values)
    }


def read_snapshot(
    snapshot: Snapshot, call_ids: Sequence[str], others: Sequence[str], model: str | None
) -> list[ChannelText]:
    """The transcripts of these calls, sentence by sentence where there are sentences; of `others` without text.

    Raises:
        UnreadableSnapshot: it does not answer.
    """
    ids = list(call_ids)
    said: dict[tuple[str, int], list[Utterance]] = {}
    for row in snapshot.rows(read_sql("reads/list_sentences_to_compare.sql"), {"ids": ids}):
        words = tuple(
            (word["text"], word["confidence"]) for word in row["words"] or () if word.get("confidence") is not None
        )
        sentence = Utterance(row["text"], row["language"], row["begin_ms"], row["confidence"], words)
        said.setdefault((row["call_id"], row["channel_id"]), []).append(sentence)
    return [
        ChannelText(
            call_id=row["call_id"],
            utterances=tuple(said.get((row["call_id"], row["channel_id"]), ())) or _whole(row["text"]),
            channel_id=row["channel_id"],
            role=row["role"],
            model=row["model"],
            engine=row["engine"],
        )
        for row in snapshot.rows(
            read_sql("reads/list_transcripts_to_compare.sql"), {"ids": ids, "others": list(others), "model": model}
        )
    ]


def _whole(text: str) -> tuple[Utterance, ...]:
    return (Utterance(text),) if text else ()


def with_call_ids(channels: Sequence[ChannelText], calls: Mapping[str, CallFacts]) -> list[ChannelText]:
    """Documents that are named by their recording and not by their call get the call's id.

    Where several recordings have that name nobody can know which call is meant: those stay as they are.
    """
    times = Counter(facts.recording for facts in calls.values())
    named = {facts.recording: call_id for call_id, facts in calls.items() if times[facts.recording] == 1}
    return [
        channel if channel.call_id in calls else replace(channel, call_id=named.get(channel.call_id, channel.call_id))
        for channel in channels
    ]


def with_roles(channels: Sequence[ChannelText], calls: Mapping[str, CallFacts]) -> list[ChannelText]:
    """Channels of documents that name no role get it from what is published of their call."""
    return [_with_role(channel, calls.get(channel.call_id)) for channel in channels]


def _with_role(channel: ChannelText, facts: CallFacts | None) -> ChannelText:
    if channel.role is not None or channel.channel_id is None or facts is None or facts.agent_channel is None:
        return channel
    return replace(channel, role="agent" if channel.channel_id == facts.agent_channel else "customer")


def open_transcripts(place: Path | None, settings: Settings) -> Snapshot:
    """The snapshot whose file is `place`; where that is None, the newest that is published.

    Raises:
        NothingPublished, UnreadableSnapshot: as their names say.
    """
    if place is not None:
        return open_file(place, settings.timezone)
    return open_published(settings)
