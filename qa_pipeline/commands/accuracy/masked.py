"""References and transcripts without what is personal: what one set has masked can't be compared with what another has
not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from qa_pipeline.accuracy.transcripts import ChannelText, Utterance
from qa_pipeline.commands.accuracy.sources import CallFacts
from qa_pipeline.privacy.detection import personal_spans
from qa_pipeline.privacy.masking import mask
from qa_pipeline.privacy.metadata import known_of_call
from qa_pipeline.privacy.policy import RedactionPolicy
from qa_pipeline.privacy.sentences import SaidSentence
from qa_pipeline.transcription.placeholders import count_placeholders


def masked(
    channels: Sequence[ChannelText], calls: Mapping[str, CallFacts], policy: RedactionPolicy
) -> list[ChannelText]:
    """The same channels, each call looked at as a whole and in the order of time, as the pipeline does it."""
    if not policy.is_on:
        return list(channels)
    of_calls: defaultdict[str, list[int]] = defaultdict(list)
    for place, channel in enumerate(channels):
        of_calls[channel.call_id].append(place)
    found = list(channels)
    for call_id, places in of_calls.items():
        own = _masked_call([channels[place] for place in places], calls.get(call_id), policy)
        for place, channel in zip(places, own, strict=True):
            found[place] = channel
    return found


def _masked_call(
    channels: Sequence[ChannelText], facts: CallFacts | None, policy: RedactionPolicy
) -> list[ChannelText]:
    said = [
        (channel, number, utterance)
        for channel in range(len(channels))
        for number, utterance in enumerate(channels[channel].utterances)
    ]
    said.sort(key=lambda item: (item[2].begin_ms is None, item[2].begin_ms or 0))
    sentences = [
        SaidSentence(str(channel), utterance.text, utterance.language, utterance.begin_ms)
        for channel, _, utterance in said
    ]
    known = known_of_call(facts.customer_id, facts.extra, (), policy) if facts else []
    spans = personal_spans(sentences, known, policy)
    texts = [list(channel.utterances) for channel in channels]
    for place, (channel, number, utterance) in enumerate(said):
        own = [span for span in spans if span.sentence == place]
        text = mask(utterance.text, own, policy).text
        if text != utterance.text:
            texts[channel][number] = _with_text(utterance, text)
    return [replace(channel, utterances=tuple(own)) for channel, own in zip(channels, texts, strict=True)]


def _with_text(utterance: Utterance, text: str) -> Utterance:
    """Without words, which are those of the text as it was."""
    return replace(utterance, text=text, words=())


def places_in(channels: Sequence[ChannelText]) -> int:
    """How many placeholders the texts have."""
    return sum(count_placeholders(utterance.text) for channel in channels for utterance in channel.utterances)
