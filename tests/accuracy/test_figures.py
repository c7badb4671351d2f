"""Pairs, groups and the worst: which transcript belongs to which reference, and what the figures are sums of."""

from __future__ import annotations

from typing import Any

from qa_pipeline.accuracy.errors import Counts
from qa_pipeline.accuracy.figures import Group, figures, total, worst
from qa_pipeline.accuracy.pairing import MeasuredChannel, Pair, measured, pair
from qa_pipeline.accuracy.transcripts import ChannelText, Utterance


def channel(call_id: str, text: str, language: str | None = None, **known: Any) -> ChannelText:
    return ChannelText(call_id, (Utterance(text, language),) if text else (), **known)


def compared(call_id: str, said: str, heard: str, language: str | None, **known: Any) -> MeasuredChannel:
    return measured(Pair(channel(call_id, said, language, **known), channel(call_id, heard, **known)))


def test_channels_pair_by_call_and_channel_or_by_role() -> None:
    transcripts = [
        channel("c1", "a", channel_id=0, role="customer"),
        channel("c1", "b", channel_id=1, role="agent"),
        channel("c2", "c", channel_id=0),
        channel("c3", "d", channel_id=0, role="agent"),
    ]
    references = [
        channel("c1", "x", role="agent"),
        channel("c1", "y", channel_id=0),
        channel("c2", "z", channel_id=0, role="agent"),
        channel("c3", "w", channel_id=1, role="agent"),
        channel("c9", "v", role="agent"),
    ]
    found = pair(references, transcripts)
    assert [(item.reference.utterances[0].text, item.transcript.utterances[0].text) for item in found.pairs] == [
        ("x", "b"), ("y", "a"), ("z", "c"),
    ]  # fmt: skip
    assert [item.name for item in found.references_alone] == ["c3 agent", "c9 agent"]
    assert [item.name for item in found.transcripts_alone] == ["c3 agent"]


def test_a_transcript_counts_for_one_reference_only() -> None:
    transcript = channel("c1", "a", channel_id=0, role="agent")
    found = pair([channel("c1", "x", role="agent"), channel("c1", "y", channel_id=0)], [transcript])
    assert [item.reference.utterances[0].text for item in found.pairs] == ["x"]
    assert [item.name for item in found.references_alone] == ["c1 channel 0"]


def test_rates_are_of_the_whole_and_not_the_mean_of_rates() -> None:
    long = " ".join(["yes"] * 98)
    found = figures([
        compared("c1", "no thanks", "yes please", "en", role="agent"),
        compared("c2", long, long, "en", role="agent"),
    ])  # fmt: skip
    counts = total(found[Group("all"), "words"])
    assert counts == Counts(reference=100, substituted=2)
    assert counts.rate == 0.02


def test_groups_are_all_languages_roles_and_models_in_that_order() -> None:
    found = figures([
        compared("c1", "您好", "你好", "zh", role="agent", model="m", engine="m (host)"),
        compared("c1", "good day", "good", "en", role="customer", channel_id=1, model="m", engine="e"),
        compared("c2", "ok", "ok", None, channel_id=1),
    ])  # fmt: skip
    assert [(str(group), measure, total(calls)) for (group, measure), calls in found.items()] == [
        ("all", "words", Counts(reference=3, deleted=1)),
        ("all", "characters", Counts(reference=11, substituted=1, deleted=3)),
        ("language en", "words", Counts(reference=2, deleted=1)),
        ("language en", "characters", Counts(reference=7, deleted=3)),
        ("language not given", "words", Counts(reference=1)),
        ("language not given", "characters", Counts(reference=2)),
        ("language zh", "characters", Counts(reference=2, substituted=1)),
        ("role agent", "characters", Counts(reference=2, substituted=1)),
        ("role channel 1", "words", Counts(reference=1)),
        ("role channel 1", "characters", Counts(reference=2)),
        ("role customer", "words", Counts(reference=2, deleted=1)),
        ("role customer", "characters", Counts(reference=7, deleted=3)),
        ("model m (host)", "characters", Counts(reference=2, substituted=1)),
        ("model m, e", "words", Counts(reference=2, deleted=1)),
        ("model m, e", "characters", Counts(reference=7, deleted=3)),
        ("model something that is not said", "words", Counts(reference=1)),
        ("model something that is not said", "characters", Counts(reference=2)),
    ]


def test_a_silent_channel_is_no_group_unless_something_was_heard() -> None:
    silent = compared("c1", "", "", None, role="agent")
    assert figures([silent]) == {}
    found = figures(
        [silent, compared("c2", "", "thanks", None, role="agent"), compared("c3", "a", "a", "en", role="x")]
    )
    assert total(found[Group("language", "not given"), "words"]) == Counts(inserted=1)
    assert total(found[Group("role", "agent"), "words"]).rate is None
    assert total(found[Group("all"), "words"]) == Counts(reference=1, inserted=1)


def test_a_language_is_given_to_references_that_name_none() -> None:
    texts = ChannelText("c1", (Utterance("ok"), Utterance("您好", "zh")), role="agent")
    found = measured(Pair(texts, texts), "en")
    assert [item.utterance.language for item in found.sentences] == ["en", "zh"]


def test_the_worst_are_wrong_often_and_much() -> None:
    ten, wrong_half = "a b c d e f g h i j", "a b c d e x x x x x"
    channels = [
        compared("right", ten, ten, "en", role="agent"),
        compared("short", "a", "x", "en", role="agent"),
        compared("half", ten, wrong_half, "en", role="agent"),
        compared("invented", "", "a b c d e", "en", role="agent"),
    ]
    assert [item.call_id for item, _ in worst(channels, 9)] == ["invented", "half", "short"]
    assert [item.call_id for item, _ in worst(channels, 1)] == ["invented"]
    assert worst(channels, 0) == []
