"""What the days' calls come to by their sound: which measurements still hold, and what is done about each call.

One place for the asset that measures and for the commands that only look: the same verdicts for both.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import duckdb

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.defects import Defect
from qa_pipeline.audio.measuring_version import measuring_version
from qa_pipeline.conversation.intervals import length, union
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.recordings.assessment import FORM_OF_MONO
from qa_pipeline.recordings.channels import CallForm
from qa_pipeline.recordings.sound_handling import (
    SKIPPED,
    DefectHandling,
    SoundVerdict,
    explain_quarantine,
    judge_sound,
    only_channel_with_both,
)
from qa_pipeline.recordings.usable_calls import UsableCall, on_one_channel
from qa_pipeline.settings import Settings
from qa_pipeline.sound.measuring import Measured, NotMeasured, greeting_channel
from qa_pipeline.sound.voice_network import why_not_told
from qa_pipeline.transcription.tables import CallStatus
from qa_pipeline.warehouse.acoustics import KnownMeasurement, MeasuredChannel, known_measurements, measured_channels
from qa_pipeline.warehouse.database import Warehouse


@dataclass(frozen=True, slots=True)
class MeasuredElsewhere:
    """A call that was measured on another machine, whose rows (those of `rows_of`) are the caller's to write: the
    defects of each of its channels, and what is missing of its sound."""

    call: UsableCall
    defects: tuple[tuple[Defect, ...], ...]
    missing: str | None


@dataclass(frozen=True, slots=True)
class ReviewedCall:
    """A call and what its sound comes to.

    `verdict` is None where nothing is known of its sound. `one_channel` is the call as it goes on where one of its two
    channels alone is sent, with both parties on it. `kept` is an earlier measurement that the verdict rests on,
    `measured` the rows of a new one. `set_aside` is the status of a call that must not be sent, `note` why it could not
    be measured.
    """

    call: UsableCall
    verdict: SoundVerdict | None = None
    one_channel: UsableCall | None = None
    kept: KnownMeasurement | None = None
    measured: list[MeasuredChannel] | None = None
    set_aside: CallStatus | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewedCalls:
    """Some calls, each reviewed once. Mappings have call ids as keys."""

    each: tuple[ReviewedCall, ...]

    @property
    def usable(self) -> list[UsableCall]:
        """The calls that go on, with the channels that are skipped; as they are where nothing is known of them."""
        usable = []
        for item in self.each:
            if item.one_channel is not None:
                usable.append(item.one_channel)
                continue
            actions = item.verdict.actions if item.verdict else ()
            skipped = {channel_id: action for channel_id, action in enumerate(actions) if action in SKIPPED}
            if item.set_aside is None:
                usable.append(replace(item.call, skipped=skipped) if item.verdict else item.call)
        return usable

    @property
    def judged(self) -> dict[str, tuple[UsableCall, SoundVerdict]]:
        """The calls of whose sound something is known, with the verdict."""
        return {item.call.call_id: (item.call, item.verdict) for item in self.each if item.verdict}

    @property
    def kept(self) -> dict[str, KnownMeasurement]:
        """Earlier measurements that verdicts rest on."""
        return {item.call.call_id: item.kept for item in self.each if item.kept}

    @property
    def measured(self) -> dict[str, list[MeasuredChannel]]:
        """Call id → its channels as this run measured them; without calls whose earlier measurement holds."""
        return {item.call.call_id: item.measured for item in self.each if item.measured is not None}

    @property
    def set_aside(self) -> dict[str, CallStatus]:
        """The calls that must not be sent."""
        return {item.call.call_id: item.set_aside for item in self.each if item.set_aside}

    @property
    def not_measured(self) -> int:
        """How many calls have not been listened to yet, so that nothing is known of their sound."""
        return sum(item.verdict is None and item.set_aside is None for item in self.each)

    @property
    def notes(self) -> list[str]:
        """Why calls could not be measured."""
        return [item.note for item in self.each if item.note]

    @property
    def actions(self) -> dict[str, int]:
        """Channels by what is done about them."""
        return dict(Counter(action.value for _, verdict in self.judged.values() for action in verdict.actions))


def apply_sound_verdicts(calls: Sequence[UsableCall], settings: Settings) -> ReviewedCalls:
    """What the warehouse knows of the sound of these calls, judged by the settings as they are. Listens to nothing.

    A measurement of an earlier version, or with other options, counts until a run has made a new one.
    """
    if settings.uses_lake:
        return _by_shared_days(calls, settings)
    if not settings.warehouse_path.is_file():
        return SoundReview(settings, calls, {}).expected()
    with Warehouse(settings.warehouse_path).transaction() as connection:
        return review_calls(settings, connection, calls).expected()


def _by_shared_days(calls: Sequence[UsableCall], settings: Settings) -> ReviewedCalls:
    """By what machines that share days know of the sound of these calls."""
    from qa_pipeline.sharding.opening import open_days  # which knows of verdicts itself

    days = sorted({call.call_date for call in calls})
    if not days:
        return SoundReview(settings, calls, {}).expected()
    engine = open_operations(settings.operations_database_url)
    try:
        with open_days(settings, engine, days).reading() as connection:
            return review_calls(settings, connection, calls).expected()
    finally:
        engine.dispose()


def review_calls(settings: Settings, connection: duckdb.DuckDBPyConnection, calls: Sequence[UsableCall]) -> SoundReview:
    """Reviews calls by what was measured of them. What stands under other days is looked for where the calls' own
    days do not settle it."""
    days = sorted({call.call_date for call in calls})
    known = known_measurements(connection, [call.recording_id for call in calls], days)
    review = SoundReview(settings, calls, known)
    if not review.to_measure:
        return review
    known |= known_measurements(connection, [call.recording_id for call in review.to_measure])
    return SoundReview(settings, calls, known)


class SoundReview:
    """Reviews calls: at once those whose measurements still hold, the others as they are measured."""

    def __init__(
        self, settings: Settings, calls: Sequence[UsableCall], known: Mapping[str, Sequence[KnownMeasurement]]
    ) -> None:
        """`known` is what was measured before, by recording."""
        self._options = settings.acoustics
        self._handling = DefectHandling(
            on_dual_mono=settings.on_dual_mono,
            on_silent_channel=settings.on_silent_channel,
            on_bleeding=settings.on_bleeding,
            on_one_sided=settings.on_one_sided,
            on_truncated=settings.on_truncated,
        )
        self._form_of_mono = _form_of_mono(settings)
        self._known = known
        version = measuring_version(settings.acoustics)
        self.calls = tuple(calls)
        self._reviewed = {call.call_id: ReviewedCall(call) for call in calls}
        for call in calls:
            current = (version, greeting_channel(call), call.timeline)
            for measurement in self._measurements_of(call):
                found = (measurement.definition_version, measurement.greeting_channel, measurement.timeline)
                is_current = found == current
                if is_current and not _is_contradicted(measurement, call):
                    self._reviewed[call.call_id] = self._kept(call, measurement)
                    break
        self.to_measure = tuple(item.call for item in self._reviewed.values() if item.verdict is None)
        """Calls whose recordings were never measured, or otherwise than the settings ask."""

    def add(self, found: Sequence[Measured | MeasuredElsewhere | NotMeasured]) -> ReviewedCalls:
        """Reviews calls that were just measured, and returns these."""
        reviewed = tuple(self._found(item) for item in found)
        # Their rows are the caller's to write: waveforms of a whole backfill would not fit into memory.
        self._reviewed |= {item.call.call_id: replace(item, measured=None) for item in reviewed}
        return ReviewedCalls(reviewed)

    def result(self) -> ReviewedCalls:
        """All calls, in the order in which they were given."""
        return ReviewedCalls(tuple(self._reviewed.values()))

    def expected(self) -> ReviewedCalls:
        """All calls as a run will probably find them: those it would measure again by their earlier measurement."""
        return ReviewedCalls(
            tuple(self._by_earlier(item.call) if item.verdict is None else item for item in self._reviewed.values())
        )

    def _found(self, item: Measured | MeasuredElsewhere | NotMeasured) -> ReviewedCall:
        if isinstance(item, NotMeasured):
            return self._failed(item)
        if isinstance(item, MeasuredElsewhere):
            return self._judged(item.call, item.defects, item.missing)
        rows = rows_of(item, self._options)
        return replace(self._judged(item.call, item.defects, item.acoustics.missing), measured=rows)

    def _failed(self, item: NotMeasured) -> ReviewedCall:
        if item.code is not None:
            return ReviewedCall(item.call, set_aside=CallStatus("quarantined", item.code, item.sentence))
        note = f"call {item.call.call_id} was not listened to: {item.sentence}"
        return replace(self._by_earlier(item.call), note=note)

    def _by_earlier(self, call: UsableCall) -> ReviewedCall:
        """A call by a measurement that the settings no longer ask for: more than nothing, where there is one."""
        measurements = self._measurements_of(call)
        return self._kept(call, measurements[0]) if measurements else ReviewedCall(call)

    def _measurements_of(self, call: UsableCall) -> list[KnownMeasurement]:
        """What was measured of the call's channels, under this call's id first. A recording whose channels were mapped
        otherwise then has measurements of other channels."""
        known = [item for item in self._known.get(call.recording_id, ()) if len(item.defects) == len(call.roles)]
        return sorted(known, key=lambda item: item.call_id != call.call_id)

    def _kept(self, call: UsableCall, known: KnownMeasurement) -> ReviewedCall:
        return replace(self._judged(call, known.defects, known.missing), kept=known)

    def _judged(self, call: UsableCall, defects: Sequence[Sequence[Defect]], missing: str | None) -> ReviewedCall:
        verdict = judge_sound(defects, call.agent_channel, self._handling)
        if verdict.reason is None:
            return ReviewedCall(call, verdict, self._on_one_channel(call, defects, verdict))
        name = PurePosixPath(unquote(urlsplit(call.source_uri).path)).name
        sentence = explain_quarantine(verdict.reason, name, missing)
        return ReviewedCall(call, verdict, set_aside=CallStatus("quarantined", verdict.reason.value, sentence))

    def _on_one_channel(
        self, call: UsableCall, defects: Sequence[Sequence[Defect]], verdict: SoundVerdict
    ) -> UsableCall | None:
        """The call as one that has both parties on one channel. A transcript beside it says who is who already."""
        channel_id = only_channel_with_both(defects, verdict)
        if self._form_of_mono is None or channel_id is None or call.form != "stereo" or call.imports:
            return None
        return on_one_channel(call, channel_id, self._form_of_mono)


def rows_of(item: Measured, options: AcousticOptions) -> list[MeasuredChannel]:
    """What is stored of a call that was measured with these options."""
    call = item.call
    rows = measured_channels(
        item.acoustics,
        item.defects,
        options,
        recording_id=call.recording_id,
        greeting_channel=greeting_channel(call),
        timeline=call.timeline,
    )
    return [of_recorded(row, call) for row in rows]


def _form_of_mono(settings: Settings) -> CallForm | None:
    """What the settings make of a recording that has both parties on one channel; None where it stays what it is."""
    if settings.on_mono == "quarantine" or (settings.on_mono == "diarize" and why_not_told(settings) is not None):
        return None
    return FORM_OF_MONO[settings.on_mono]


def of_recorded(row: MeasuredChannel, call: UsableCall) -> MeasuredChannel:
    """A measured channel with its share of speech and its loudness over the time that was recorded of it: what lies
    between the recordings of a call is digital silence in its sound, and none of the line's."""
    sources = call.of_channel(row["channel_id"])
    recorded_s = length(union((each.offset_ms, each.end_ms) for each in sources)) / 1000
    if len(sources) < 2 or not 0 < recorded_s < call.duration_s:
        return row
    louder_db = 10 * math.log10(call.duration_s / recorded_s)
    return row | {
        "speech_ratio": min(1.0, row["speech_s"] / recorded_s),
        "loudness_db": min(0.0, row["loudness_db"] + louder_db),
    }


def _is_contradicted(known: KnownMeasurement, call: UsableCall) -> bool:
    """Whether sound is missing by the measurement and not by the recording's length: one of the two is of a version
    that read the file otherwise."""
    if known.missing is None or known.seconds is None:
        return False
    return abs(known.seconds - math.ceil(call.duration_s)) > 1
