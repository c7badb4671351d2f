"""What the days' calls come to by their sound: which measurements still hold, and what is done about each call.

One place for the asset that measures and for the commands that only look: the same verdicts for both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from qa_pipeline.audio.defects import Defect
from qa_pipeline.audio.measuring_version import measuring_version
from qa_pipeline.recordings.sound_handling import (
    SKIPPED,
    DefectHandling,
    SoundVerdict,
    explain_quarantine,
    judge_sound,
)
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.settings import Settings
from qa_pipeline.sound.measuring import Measured, NotMeasured, greeting_channel
from qa_pipeline.transcription.tables import CallStatus
from qa_pipeline.warehouse.acoustics import (
    KnownMeasurement,
    MeasuredChannel,
    known_measurements,
    measured_channels,
)
from qa_pipeline.warehouse.database import Warehouse


def handling_of(settings: Settings) -> DefectHandling:
    """What the settings say is to be done about defects."""
    return DefectHandling(
        on_dual_mono=settings.on_dual_mono,
        on_silent_channel=settings.on_silent_channel,
        on_bleeding=settings.on_bleeding,
        on_one_sided=settings.on_one_sided,
        on_truncated=settings.on_truncated,
    )


@dataclass(frozen=True, slots=True)
class ReviewedCalls:
    """Calls as a run would take them: with the channels that it would skip, and without those that it would set aside.

    `not_measured` have not been listened to yet, so nothing is known of their sound.
    """

    calls: list[UsableCall]
    set_aside: dict[str, CallStatus]
    not_measured: int


def apply_sound_verdicts(calls: Sequence[UsableCall], settings: Settings) -> ReviewedCalls:
    """What the warehouse knows of the sound of these calls, judged by the settings of now. Listens to nothing."""
    if not settings.warehouse_path.is_file():
        return ReviewedCalls(list(calls), {}, len(calls))
    with Warehouse(settings.warehouse_path).transaction() as connection:
        known = known_measurements(connection, [call.recording_id for call in calls])
    review = SoundReview(settings, known)
    unheard = [call for call in calls if not review.reuse_measurement(call)]
    usable = [review.applied_to(call) for call in calls if call.call_id not in review.set_aside]
    return ReviewedCalls(usable, review.set_aside, len(unheard))


class SoundReview:
    """Collects, by call id, verdicts (`judged`), measurements that still hold (`kept`) and calls that are `set_aside`.

    `known` is what was measured before, by recording.
    """

    def __init__(self, settings: Settings, known: Mapping[str, Sequence[KnownMeasurement]]) -> None:
        self._options = settings.acoustics
        self._version = measuring_version(settings.acoustics)
        self._handling = handling_of(settings)
        self._known = known
        self.judged: dict[str, tuple[UsableCall, SoundVerdict]] = {}
        self.kept: dict[str, KnownMeasurement] = {}
        self.set_aside: dict[str, CallStatus] = {}
        self.notes: list[str] = []

    def reuse_measurement(self, call: UsableCall) -> bool:
        """Whether the call's recording need not be measured; judges it if so."""
        greeting = greeting_channel(call)
        for known in self._of(call):
            if (known.definition_version, known.greeting_channel) == (self._version, greeting):
                self._keep(call, known)
                return True
        return False

    def take(self, found: Sequence[Measured | NotMeasured]) -> dict[str, list[MeasuredChannel]]:
        """Judges what was just measured; returns what is to be stored of it, by call id."""
        measured = {}
        for item in found:
            if isinstance(item, NotMeasured):
                self._take_unheard(item)
                continue
            call = item.call
            self._judge(call, item.defects, item.acoustics.missing)
            measured[call.call_id] = measured_channels(
                item.acoustics,
                item.defects,
                self._options,
                recording_id=call.recording_id,
                greeting_channel=greeting_channel(call),
            )
        return measured

    def applied_to(self, call: UsableCall) -> UsableCall:
        """The call with the channels that are skipped; as it is where nothing is known of its sound."""
        if call.call_id not in self.judged:
            return call
        _, verdict = self.judged[call.call_id]
        skipped = {channel_id: action for channel_id, action in enumerate(verdict.actions) if action in SKIPPED}
        return replace(call, skipped=skipped)

    @property
    def allowed(self) -> list[str]:
        """Calls that go on."""
        return [call_id for call_id in self.judged if call_id not in self.set_aside]

    @property
    def actions(self) -> dict[str, int]:
        """Channels by what is done about them."""
        return dict(Counter(action.value for _, verdict in self.judged.values() for action in verdict.actions))

    def _take_unheard(self, item: NotMeasured) -> None:
        if item.code is not None:
            self.set_aside[item.call.call_id] = CallStatus("quarantined", item.code, item.sentence)
            return
        self.notes.append(f"call {item.call.call_id} was not listened to: {item.sentence}")
        for known in self._of(item.call)[:1]:  # measured with other options, which is more than nothing
            self._keep(item.call, known)

    def _of(self, call: UsableCall) -> list[KnownMeasurement]:
        """What was measured of the call's recording, under this call's id first."""
        return sorted(self._known.get(call.recording_id, ()), key=lambda known: known.call_id != call.call_id)

    def _keep(self, call: UsableCall, known: KnownMeasurement) -> None:
        self.kept[call.call_id] = known
        self._judge(call, known.defects, known.missing)

    def _judge(self, call: UsableCall, defects: Sequence[Sequence[Defect]], missing: str | None) -> None:
        verdict = judge_sound(defects, call.agent_channel, self._handling)
        self.judged[call.call_id] = (call, verdict)
        if verdict.reason is not None:
            name = PurePosixPath(unquote(urlsplit(call.source_uri).path)).name
            sentence = explain_quarantine(verdict.reason, name, missing)
            self.set_aside[call.call_id] = CallStatus("quarantined", verdict.reason.value, sentence)
