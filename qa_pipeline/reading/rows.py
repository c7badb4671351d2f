"""What came back for a day's channels, read from the raw JSON into table rows. No network, no cost, repeatable."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from qa_pipeline.ledger.open_rows import dated_reason
from qa_pipeline.ledger.raw_store import RawJsonMissing, RawStore
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import (
    ANSWERED,
    BAD_RESULT,
    DUAL_MONO,
    IMPORT_KIND,
    RAW_JSON_ELSEWHERE,
    RAW_JSON_MISSING,
    READING_FAULTS,
    UNDER_WAY,
    UnitState,
)
from qa_pipeline.reading.channels import AskedSource, UnsentSource
from qa_pipeline.reading.languages import heard_channel, stated_languages
from qa_pipeline.reading.voices import VoiceReader
from qa_pipeline.recordings.channels import ChannelSource
from qa_pipeline.transcription.documents import read_document
from qa_pipeline.transcription.imports.speakers import CallSpeakers
from qa_pipeline.transcription.results import BadResult, ChannelTranscript
from qa_pipeline.transcription.segments import Part, join_outcomes, join_segments
from qa_pipeline.transcription.sentence_languages import label_languages
from qa_pipeline.transcription.tables import (
    CallStatus,
    ChannelOfCall,
    ChannelOutcome,
    call_status,
    channel_text_row,
    fit_to_recording,
    group_by_call,
    remark_rows,
    sentence_rows,
)

if TYPE_CHECKING:
    from qa_pipeline.reading.days import ReadCall

OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
NOT_FOR_GOOD = frozenset({OUTCOME_UNKNOWN, DUAL_MONO})
"""Codes of channels without a transcript of their own that have not failed."""


@dataclass(slots=True)
class Answers:
    """Rows for `sentences`, `channel_texts`, `transcript_remarks` and `redactions`, statuses by call, and what to tell
    the ledger.

    `unreadable` are units whose document could not be read: unit id → code and message. `outcomes` is how each channel
    (call id, channel id) ended; `odd_channels` counts those with remarks.
    """

    sentences: list[dict[str, Any]] = field(default_factory=list)
    channel_texts: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[dict[str, Any]] = field(default_factory=list)
    redactions: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[str, CallStatus] = field(default_factory=dict)
    read_units: list[str] = field(default_factory=list)
    unreadable: dict[str, tuple[str, str]] = field(default_factory=dict)
    outcomes: dict[tuple[str, int], ChannelOutcome] = field(default_factory=dict)
    odd_channels: int = 0

    def add_call(self, call_id: str, found: ReadCall) -> None:
        """Takes what came of one call, whose rows are written already."""
        if found.status is not None:
            self.statuses[call_id] = found.status
        self.read_units += found.read_units
        self.unreadable |= found.unreadable
        self.outcomes |= {(call_id, outcome.channel_id): outcome for outcome in found.outcomes}
        self.odd_channels += found.odd_channels

    def failed_by_code(self) -> Counter[str]:
        """Channels that have failed for good, unreadable answers among them; not those left out for their sound."""
        failed = [outcome for outcome in self.outcomes.values() if outcome.outcome == "failed"]
        return Counter(outcome.code or "UNKNOWN_CODE" for outcome in failed if outcome.code not in NOT_FOR_GOOD)


def read_answers(
    asked: Sequence[AskedSource],
    raw_store: RawStore,
    *,
    emotion_roles: str,
    unsent: Iterable[UnsentSource] = (),
    silent: Sequence[ChannelOfCall] = (),
    mixed: Collection[str] = (),
    missing: Mapping[str, Sequence[str]] | None = None,
    earlier: Mapping[tuple[str, int], LedgerRow] | None = None,
    languages: Mapping[str, str | None] | None = None,
    voices: VoiceReader | None = None,
) -> Answers:
    """Reads the document of each source, puts it on the call's clock, and joins those of a channel in time.

    One that can't be read costs its own source and nothing else.

    `unsent` are sources that were never sent, and how they therefore ended; `silent` are channels of them that have an
    empty transcript. In the calls `mixed` both parties are on each channel, so emotions can only be kept where those of
    both roles are. `missing` says of calls (by id) which recordings of them could not be taken. While a source is open,
    what was answered `earlier` (`ChannelSource.key` → row), by another model or before a person asked again, stands in
    for it. `languages` are those that the calls' metadata name, by call id. `voices` divides the transcripts of calls
    with both parties on one channel.
    """
    answers = Answers(channel_texts=[channel_text_row(channel, _nothing_said(channel)) for channel in silent])
    if voices:
        for channel in silent:
            voices.by_voice(channel, _nothing_said(channel))
    standing = [_standing(each, earlier or {}) for each in asked]
    sent_together: dict[str, list[int]] = {}
    for row in {each.row.unit_id: each.row for each in standing if each.row is not None}.values():
        sent_together.setdefault(row.submission_id, []).append(row.channel_id)
    ended: dict[tuple[str, int], list[tuple[ChannelSource, ChannelOutcome]]] = {}
    for left in unsent:
        ended.setdefault((left.call_id, left.source.channel_id), []).append((left.source, left.outcome))
    read: dict[tuple[str, int], list[_ReadSource]] = {}
    for each in standing:
        outcome, unit = _outcome(each), each.row
        key = (each.channel.call_id, each.channel.channel_id)
        if unit is not None and unit.state in ANSWERED:
            try:
                transcript = _transcript(each.source, unit, raw_store, sent_together[unit.submission_id])
                read.setdefault(key, []).append(_ReadSource(each, transcript))
                answers.read_units.append(unit.unit_id)
            except (BadResult, RawJsonMissing) as error:
                code, reason = _fault(error, unit, raw_store)
                answers.unreadable[unit.unit_id] = (code, str(reason))
                outcome = ChannelOutcome(each.channel.channel_id, each.channel.role, "failed", code, str(reason))
        ended.setdefault(key, []).append((each.source, outcome))
    for (call_id, _), sources in _labelled(read, languages or {}).items():
        channel, transcript = _joined_channel(sources)
        by_voice = voices.by_voice(channel, transcript) if voices else [(channel, transcript)]
        is_untold = call_id in mixed or (voices is not None and voices.is_unsure(call_id))
        for each_channel, said in by_voice:
            _add(answers, each_channel, said, "none" if is_untold and emotion_roles != "both" else emotion_roles)
    answers.outcomes = {key: _joined(of_channel) for key, of_channel in ended.items()}
    answers.statuses = {
        call_id: call_status(group, (missing or {}).get(call_id, ()))
        for call_id, group in group_by_call(answers.outcomes).items()
    }
    return answers


def task_rows(units: Iterable[LedgerRow]) -> list[dict[str, Any]]:
    """Rows of `transcription_tasks`: every attempt, as the ledger has it."""
    return [
        {
            "recording_id": unit.recording_id,
            "channel_id": unit.channel_id,
            "model": unit.model,
            "parameters_hash": unit.parameters_hash,
            "attempt": unit.attempt,
            "call_date": dt.date.fromisoformat(unit.call_date),
            "model_reason": unit.model_reason,
            "context_sha256": unit.context_sha256,
            "asked_again": bool(unit.asked_again),
            "submission_id": unit.submission_id,
            "task_id": unit.task_id,
            "state": unit.state.value,
            "code": unit.code,
            "message": unit.message,
            "planned_at": _instant(unit.planned_at),
            "submitted_at": _instant(unit.submitted_at),
            "ended_at": _instant(unit.ended_at),
            "fetched_at": _instant(unit.fetched_at),
            "audio_s": unit.audio_s,
            "billed_s": unit.billed_s,
            "cost_usd": unit.cost_usd,
            "engine": unit.made_by,
            "raw_path": unit.raw_path,
        }
        for unit in units
    ]


@dataclass(frozen=True, slots=True)
class _ReadSource:
    asked: AskedSource
    transcript: ChannelTranscript

    @property
    def place(self) -> tuple[int, int]:
        """Where in its channel it comes."""
        return (self.asked.source.segment, self.asked.source.offset_ms)


def _labelled(
    read: Mapping[tuple[str, int], list[_ReadSource]], languages: Mapping[str, str | None]
) -> dict[tuple[str, int], list[_ReadSource]]:
    """The same with the language of each sentence, as far as it can be told."""
    of_calls: dict[str, list[_ReadSource]] = {}
    for (call_id, _), sources in read.items():
        of_calls.setdefault(call_id, []).extend(sources)
    found: dict[tuple[str, int], list[_ReadSource]] = {}
    for call_id, sources in of_calls.items():
        heard = [
            heard_channel(each.transcript, each.asked.channel.engine, each.asked.channel.model) for each in sources
        ]
        requests = [each.asked.row.parameters for each in sources if each.asked.row is not None]
        transcripts = label_languages(heard, stated_languages(languages.get(call_id), requests))
        for each, transcript in zip(sources, transcripts, strict=True):
            found.setdefault((call_id, each.asked.channel.channel_id), []).append(replace(each, transcript=transcript))
    return found


def _add(answers: Answers, channel: ChannelOfCall, transcript: ChannelTranscript, emotion_roles: str) -> None:
    """Adds the rows of one channel."""
    answers.sentences.extend(sentence_rows(channel, transcript, emotion_roles=emotion_roles))
    answers.remarks.extend(remark_rows(channel, transcript, emotion_roles=emotion_roles))
    answers.channel_texts.append(channel_text_row(channel, transcript))


def _joined_channel(sources: Sequence[_ReadSource]) -> tuple[ChannelOfCall, ChannelTranscript]:
    """A channel with all who heard its recordings, and its transcript on the call's clock."""
    ordered = sorted(sources, key=lambda each: each.place)
    channel = replace(
        ordered[0].asked.channel,
        model=_each_once(each.asked.channel.model for each in ordered),
        engine=_each_once(each.asked.channel.engine for each in ordered),
    )
    parts = [Part(each.asked.source.segment, each.asked.source.offset_ms, each.transcript) for each in ordered]
    return channel, join_segments(channel.channel_id, parts)


def _each_once(names: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(names))


def _joined(sources: Sequence[tuple[ChannelSource, ChannelOutcome]]) -> ChannelOutcome:
    ordered = sorted(sources, key=lambda item: (item[0].segment, item[0].offset_ms))
    return join_outcomes([(_name_of(source), outcome) for source, outcome in ordered])


def _name_of(source: ChannelSource) -> str:
    begin = dt.timedelta(seconds=source.offset_ms // 1000)
    return f"recording {source.segment + 1} of the call, from {begin}"


def _fault(error: BadResult | RawJsonMissing, unit: LedgerRow, store: RawStore) -> tuple[str, Exception]:
    """Code and reason of a document that could not be read; one that another machine has is not lost."""
    if isinstance(error, BadResult):
        return BAD_RESULT, error
    if unit.kept_in is None or unit.kept_in == store.place:
        return RAW_JSON_MISSING, error
    reason = f"its raw JSON is in {unit.kept_in}, where this machine cannot read it: set QA_RAW_BUCKET on all machines"
    return RAW_JSON_ELSEWHERE, RawJsonMissing(f"{reason} that share the ledger, or read this day there")


def can_be_read(unit: LedgerRow, store: RawStore, asked: Sequence[int]) -> bool:
    """Whether the stored answer to a unit can be read; `asked` are all channels of its submission."""
    try:
        _document(unit, store, asked)
    except (BadResult, RawJsonMissing):
        return False
    return True


def _transcript(source: ChannelSource, unit: LedgerRow, store: RawStore, asked: Sequence[int]) -> ChannelTranscript:
    return fit_to_recording(_document(unit, store, asked), source.duration_s)


def _document(unit: LedgerRow, store: RawStore, asked: Sequence[int]) -> ChannelTranscript:
    document = store.get(unit.raw_path or "", unit.raw_sha256 or "")
    if unit.code is not None and unit.code not in READING_FAULTS:
        return ChannelTranscript(unit.channel_id, "", ())  # the service found no speech
    voices = CallSpeakers.from_parameters(unit.parameters) if unit.engine_kind == IMPORT_KIND else None
    return read_document(document, channel_id=unit.channel_id, asked=asked, voices=voices).channel(unit.channel_id)


def _nothing_said(channel: ChannelOfCall) -> ChannelTranscript:
    return ChannelTranscript(channel.channel_id, "", ())


def earlier_answers(rows: Iterable[LedgerRow]) -> dict[tuple[str, int], LedgerRow]:
    """The newest answer to each channel, whoever gave it: recording and channel id → row."""
    answered = [row for row in rows if row.state in ANSWERED]
    return {(row.recording_id, row.channel_id): row for row in sorted(answered, key=lambda row: row.planned_at)}


def _standing(each: AskedSource, earlier: Mapping[tuple[str, int], LedgerRow]) -> AskedSource:
    row, unit = earlier.get(each.source.key), each.row
    if row is None or not (unit is None or unit.state in UNDER_WAY):
        return each
    return replace(each, channel=replace(each.channel, model=row.model, engine=row.made_by), row=row)


def _outcome(each: AskedSource) -> ChannelOutcome:
    channel, unit = each.channel, each.row
    if unit is None:
        return ChannelOutcome(channel.channel_id, channel.role, "open", message="not sent yet")
    if unit.state in ANSWERED:
        return ChannelOutcome(channel.channel_id, channel.role, "ok")
    if unit.state is UnitState.FAILED:
        return ChannelOutcome(channel.channel_id, channel.role, "failed", unit.code, unit.message)
    if unit.state is UnitState.UNKNOWN:
        message = f"{unit.message or 'it is not known what became of it'}; decide with `qa-pipeline retry`"
        return ChannelOutcome(channel.channel_id, channel.role, "failed", OUTCOME_UNKNOWN, message)
    message = f"{dated_reason(unit)}; the next run goes on with it"
    return ChannelOutcome(channel.channel_id, channel.role, "open", message=message)


def _instant(seconds: float | None) -> dt.datetime | None:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)
