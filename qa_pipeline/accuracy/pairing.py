"""Which transcript belongs to which reference, and what is left over on either side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from qa_pipeline.accuracy.errors import SentenceErrors, measure
from qa_pipeline.accuracy.transcripts import ChannelText
from qa_pipeline.transcription.engines import heard_by


@dataclass(frozen=True, slots=True)
class Pair:
    """One channel as a person and as an engine wrote it."""

    reference: ChannelText
    transcript: ChannelText

    @property
    def key(self) -> tuple[str, int | None, str | None]:
        """The channel, in whatever way its transcript is known."""
        return (self.reference.call_id, self.transcript.channel_id, self.transcript.role)


@dataclass(frozen=True, slots=True)
class Pairing:
    """The pairs in the order of the references, and the channels of either side that have no other."""

    pairs: list[Pair]
    references_alone: list[ChannelText]
    transcripts_alone: list[ChannelText]


@dataclass(frozen=True, slots=True)
class MeasuredChannel:
    """A pair with the errors of its sentences."""

    call_id: str
    channel_id: int | None
    role: str | None
    model: str | None
    engine: str | None
    sentences: list[SentenceErrors]

    @property
    def made_by(self) -> str:
        """Model and engine, once where the engine's name begins with the model's. The local service's engine is alone:
        what it was asked as made nothing."""
        if self.engine is not None and heard_by(self.engine, self.model or "") == self.engine:
            return self.engine
        if self.engine is not None and self.engine.startswith(self.model or self.engine):
            return self.engine
        return ", ".join(filter(None, (self.model, self.engine))) or "something that is not said"


def pair(references: Sequence[ChannelText], transcripts: Iterable[ChannelText]) -> Pairing:
    """Pairs by call and channel; by call and role where one of the two does not know the channel.

    A transcript belongs to one reference at most: the first that asks for it.
    """
    by_channel: dict[tuple[str, int], ChannelText] = {}
    by_role: dict[tuple[str, str], ChannelText] = {}
    all_transcripts = list(transcripts)
    for text in all_transcripts:
        if text.channel_id is not None:
            by_channel[text.call_id, text.channel_id] = text
        if text.role is not None:
            by_role[text.call_id, text.role] = text
    pairs: list[Pair] = []
    alone: list[ChannelText] = []
    paired: set[int] = set()
    for reference in references:
        found = None
        if reference.channel_id is not None:
            found = by_channel.get((reference.call_id, reference.channel_id))
        if found is None and reference.role is not None:
            found = _other_side(reference, by_role.get((reference.call_id, reference.role)))
        if found is None or id(found) in paired:
            alone.append(reference)
        else:
            paired.add(id(found))
            pairs.append(Pair(reference, found))
    return Pairing(pairs, alone, [text for text in all_transcripts if id(text) not in paired])


def _other_side(reference: ChannelText, found: ChannelText | None) -> ChannelText | None:
    """The transcript of that role, unless both name a channel and not the same."""
    is_other = found is not None and None not in (reference.channel_id, found.channel_id)
    return None if is_other else found


def measured(item: Pair, language: str | None = None) -> MeasuredChannel:
    """The errors of a pair. `language` is that of reference sentences that name none."""
    reference, transcript = item.reference, item.transcript
    said = [replace(text, language=text.language or language) for text in reference.utterances]
    return MeasuredChannel(
        call_id=reference.call_id,
        channel_id=transcript.channel_id if transcript.channel_id is not None else reference.channel_id,
        role=transcript.role or reference.role,
        model=transcript.model,
        engine=transcript.engine,
        sentences=measure(said, transcript.utterances),
    )
