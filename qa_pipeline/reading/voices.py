"""From the one transcript of a call that has both parties on one channel to one for each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.transcription.results import ChannelTranscript
from qa_pipeline.transcription.roles import role_of
from qa_pipeline.transcription.tables import ChannelOfCall
from qa_pipeline.voices.dividing import SPEAKERS, VOICES, divide_transcript
from qa_pipeline.voices.roles import AgentVoice, agent_of
from qa_pipeline.voices.telling import Unsure, VoicesTold
from qa_pipeline.warehouse.voices import VoicesRead

NAMED_AGENT = 0
"""Which of two speakers is the agent in a transcript that names its voices, see `transcription.imports`."""


@dataclass(slots=True)
class VoiceReader:
    """Divides the transcripts of the calls of form `diarized` among `calls`; `told` is what their sound tells, by id.

    `read` is what came of each, by call id.
    """

    calls: Mapping[str, UsableCall]
    told: Mapping[str, VoicesTold]
    thresholds: MetricThresholds
    read: dict[str, VoicesRead] = field(default_factory=dict)

    @classmethod
    def of(
        cls, calls: Sequence[UsableCall], told: Mapping[str, VoicesTold], thresholds: MetricThresholds
    ) -> VoiceReader:
        return cls({call.call_id: call for call in calls if call.form == "diarized"}, told, thresholds)

    def by_voice(
        self, channel: ChannelOfCall, transcript: ChannelTranscript
    ) -> list[tuple[ChannelOfCall, ChannelTranscript]]:
        """What is written of a channel: itself, or of a diarized call what agent and customer say of it.

        Where no two voices can be told nobody is invented: what was said stays one transcript, of both.
        """
        call = self.calls.get(channel.call_id)
        if call is None:
            return [(channel, transcript)]
        told = self.told.get(call.call_id)
        divided = divide_transcript(transcript, told.spans if told else ())
        if divided is None:
            untold = (told.unsure if told else Unsure.NOT_TOLD) or Unsure.NO_TIMES
            self.read[call.call_id] = VoicesRead(untold, told.separation if told else None)
            return [(channel, transcript)]
        if divided.by == SPEAKERS:
            agent = AgentVoice(NAMED_AGENT, SPEAKERS)
            self.read[call.call_id] = VoicesRead(None, None, None, SPEAKERS)
        else:
            assert told is not None, "divided by its spans"
            agent = agent_of(divided.voices, call.direction, self.thresholds)
            self.read[call.call_id] = VoicesRead(told.unsure, told.separation, agent.voice, agent.by)
        found = []
        for voice in VOICES:
            channel_id = call.agent_channel if voice == agent.voice else 1 - call.agent_channel
            of_voice = replace(channel, channel_id=channel_id, role=role_of(channel_id, call.agent_channel))
            found.append((of_voice, replace(divided.voices[voice], channel_id=channel_id)))
        return sorted(found, key=lambda item: item[0].channel_id)

    def is_unsure(self, call_id: str) -> bool:
        """Whether who says what in a call that was read must not be relied on."""
        return call_id in self.read and self.read[call_id].unsure is not None

    def all_calls(self) -> dict[str, VoicesRead]:
        """What is known of the voices of every call, also of those without a transcript yet."""
        return {
            call_id: self.read[call_id] if call_id in self.read else _unread(self.told.get(call_id))
            for call_id in self.calls
        }


def _unread(told: VoicesTold | None) -> VoicesRead:
    return VoicesRead(Unsure.NOT_TOLD) if told is None else VoicesRead(told.unsure, told.separation)
