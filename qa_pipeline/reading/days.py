"""What is read of a day's calls: everything that the rows of each are made of, and what came of it.

One way for a machine that reads a whole day, and for those that read a shard of it each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from qa_pipeline.dispatch.paid_before import hold_back
from qa_pipeline.dispatch.planning import Planner
from qa_pipeline.dispatch.skipped_channels import silent_channels, unsent_outcomes
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.reading_once import ReadOnce
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.reading.channels import AskedSource, UnsentSource, channels_of
from qa_pipeline.reading.redaction import redact
from qa_pipeline.reading.rows import Answers, earlier_answers, read_answers
from qa_pipeline.reading.voices import VoiceReader
from qa_pipeline.recordings.usable_calls import UsableCall, file_ids
from qa_pipeline.service.access import engine_kind
from qa_pipeline.settings import Settings
from qa_pipeline.transcription.tables import CallStatus, ChannelOfCall, ChannelOutcome
from qa_pipeline.voices.telling import VoicesTold
from qa_pipeline.warehouse.stretches import stretches
from qa_pipeline.warehouse.voices import VoicesRead

T = TypeVar("T")

READ_AT_ONCE = 100
"""Calls; one of a few minutes takes about half a megabyte while it is read."""

SOUND_S_AT_ONCE = 50_000.0
"""Of calls that last hours fewer are read at once: little more than one of twelve."""


@dataclass(frozen=True, slots=True)
class CallToRead:
    """A call with the sources that are asked for it, how others ended, which of its channels are silent, what was
    answered before, and what its sound tells of its voices."""

    call: UsableCall
    asked: tuple[AskedSource, ...] = ()
    unsent: tuple[UnsentSource, ...] = ()
    silent: tuple[ChannelOfCall, ...] = ()
    earlier: tuple[LedgerRow, ...] = ()
    told: VoicesTold | None = None


@dataclass(frozen=True, slots=True)
class DaysToRead:
    """The calls of some days; `channels` is how many sources are wanted or refused."""

    calls: tuple[CallToRead, ...]
    channels: int


@dataclass(frozen=True, slots=True)
class ReadCall:
    """What came of a call besides its rows: as `Answers` has it, and its voices."""

    status: CallStatus | None
    outcomes: tuple[ChannelOutcome, ...]
    read_units: tuple[str, ...]
    unreadable: Mapping[str, tuple[str, str]]
    odd_channels: int
    voices: VoicesRead | None


def days_to_read(
    calls: Sequence[UsableCall], told: Mapping[str, VoicesTold], settings: Settings, ledger: Ledger
) -> DaysToRead:
    """What is to be read of these calls by the ledger as it is; `told` is what is known of voices, by call id."""
    kind = engine_kind(settings)
    attempts = ReadOnce(ledger)
    plan = hold_back(Planner(settings).plan(calls), calls, attempts, settings, kind, by_person=True)
    channels = channels_of(calls, plan.wanted, attempts.forecast(plan.wanted, kind))
    asked = _by_call((each.channel.call_id, each) for each in channels)
    unsent = _by_call((each.call_id, each) for each in unsent_outcomes(calls, plan))
    silent = _by_call((each.call_id, each) for each in silent_channels(calls, plan))
    earlier = earlier_answers(attempts.of_recordings(file_ids(calls)))
    found = [
        CallToRead(
            call,
            tuple(asked[call.call_id]),
            tuple(unsent[call.call_id]),
            tuple(silent[call.call_id]),
            tuple(earlier[key] for key in dict.fromkeys(source.key for source in call.sources) if key in earlier),
            told.get(call.call_id),
        )
        for call in calls
    ]
    return DaysToRead(tuple(found), len(plan.wanted) + len(plan.refused))


def read_together(calls: Iterable[CallToRead]) -> Iterator[list[CallToRead]]:
    """The calls in their order, those together that fit into memory while they are read."""
    return stretches(calls, lambda each: each.call.duration_s, number=READ_AT_ONCE, total=SOUND_S_AT_ONCE)


def read_calls(calls: Sequence[CallToRead], raw_store: RawStore, settings: Settings) -> tuple[Answers, VoiceReader]:
    """Reads the answers to these calls, which fit into memory: see `read_together`. What the rows hold is redacted:
    nothing that comes after sees what was said otherwise."""
    told = {each.call.call_id: each.told for each in calls if each.told is not None}
    voices = VoiceReader.of([each.call for each in calls], told, settings.metrics)
    answers = read_answers(
        [asked for each in calls for asked in each.asked],
        raw_store,
        emotion_roles=settings.emotion_roles,
        unsent=[unsent for each in calls for unsent in each.unsent],
        silent=[silent for each in calls for silent in each.silent],
        mixed={each.call.call_id for each in calls if each.call.is_dual_mono},
        missing={each.call.call_id: each.call.missing for each in calls if each.call.missing},
        earlier={(row.recording_id, row.channel_id): row for each in calls for row in each.earlier},
        languages={each.call.call_id: each.call.language for each in calls},
        voices=voices,
    )
    redact(answers, [each.call for each in calls], settings.redaction)
    return answers, voices


def each_call(calls: Sequence[CallToRead], answers: Answers, voices: VoiceReader) -> dict[str, ReadCall]:
    """What came of each of the calls, by id, of what was read of all of them."""
    odd: dict[str, set[int]] = defaultdict(set)
    for row in answers.remarks:
        odd[row["call_id"]].add(row["channel_id"])
    of_calls = _by_call((call_id, outcome) for (call_id, _), outcome in answers.outcomes.items())
    read = set(answers.read_units)
    found = {}
    for each in calls:
        call_id = each.call.call_id
        units = {row.unit_id: None for row in (*(asked.row for asked in each.asked), *each.earlier) if row is not None}
        found[call_id] = ReadCall(
            status=answers.statuses.get(call_id),
            outcomes=tuple(of_calls[call_id]),
            read_units=tuple(unit for unit in units if unit in read),
            unreadable={unit: answers.unreadable[unit] for unit in units if unit in answers.unreadable},
            odd_channels=len(odd[call_id]),
            voices=voices.read.get(call_id),
        )
    return found


def what_came_of(
    calls: Sequence[CallToRead], read: Mapping[str, ReadCall], settings: Settings
) -> tuple[Answers, VoiceReader]:
    """What came of all of the calls together, whose rows are written, by what came of each that was read."""
    answers = Answers()
    told = {each.call.call_id: each.told for each in calls if each.told is not None}
    voices = VoiceReader.of([each.call for each in calls], told, settings.metrics)
    for call_id, each in read.items():
        answers.add_call(call_id, each)
        if each.voices is not None:
            voices.read[call_id] = each.voices
    return answers, voices


def _by_call(pairs: Iterable[tuple[str, T]]) -> defaultdict[str, list[T]]:
    found: defaultdict[str, list[T]] = defaultdict(list)
    for call_id, item in pairs:
        found[call_id].append(item)
    return found
