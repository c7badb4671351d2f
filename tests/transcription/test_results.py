"""The service's result file, read or refused: nothing in between, whatever the bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_pipeline.transcription.languages import LANGUAGE_CODES
from qa_pipeline.transcription.models import EMOTIONS
from qa_pipeline.transcription.results import (
    BadResult,
    Sentence,
    TranscriptionResult,
    Untimed,
    Word,
    join_words,
    parse_result,
)

MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def sentence(begin: Any = 0, end: Any = 900, **fields: Any) -> dict[str, Any]:
    return {"sentence_id": 0, "begin_time": begin, "end_time": end, "text": "您好。", **fields}


def channel(*sentences: Any, channel_id: Any = 0, **fields: Any) -> dict[str, Any]:
    return {"channel_id": channel_id, "text": "您好。", "sentences": list(sentences), **fields}


def document(*channels: Any, **fields: Any) -> bytes:
    return json.dumps({"file_url": "https://x/a.wav", "transcripts": list(channels), **fields}).encode()


def test_the_shape_with_audio_info_and_ids_from_zero_is_read() -> None:
    raw = document(
        channel(
            sentence(
                100, 3820, sentence_id=0, language="zh", emotion="neutral",
                words=[{"begin_time": 100, "end_time": 596, "text": "您", "punctuation": "，"}],
            ),
            sentence(4000, 5000, sentence_id=1, language="en", emotion="angry"),
        ),
        audio_info={"format": "wav", "sample_rate": 8000},
    )  # fmt: skip
    result = parse_result(raw)
    first, second = result.channel(0).sentences
    assert result.file_url == "https://x/a.wav"
    assert (first.begin_ms, first.end_ms, first.language, first.emotion) == (100, 3820, "zh", "neutral")
    assert first.words == (Word(100, 596, "您", "，"),)
    assert (second.sentence_id, second.language, second.emotion) == (1, "en", "angry")


def test_who_heard_a_channel_and_how_surely_is_read_where_it_is_said() -> None:
    words = [{"begin_time": 0, "end_time": 900, "text": "您", "confidence": 0.25}]
    found = parse_result(document(channel(sentence(words=words, confidence=1), engine="local/reference"))).channel(0)
    assert found.engine == "local/reference"
    assert (found.sentences[0].confidence, found.sentences[0].words[0].confidence) == (1, 0.25)


@pytest.mark.parametrize("confidence", [1.01, -0.1, "0.5", True])
def test_a_confidence_that_is_none_is_refused(confidence: Any) -> None:
    with pytest.raises(BadResult, match=r"sentences\[0\].confidence"):
        parse_result(document(channel(sentence(confidence=confidence))))


def test_the_shape_with_properties_and_ids_from_one_is_read_alike() -> None:
    properties = {"audio_format": "pcm_s16le", "channels": [0], "original_duration_in_milliseconds": 5000}
    raw = document(
        channel(sentence(sentence_id=1), sentence(1000, 2000, sentence_id=2), content_duration_in_milliseconds=1900),
        properties=properties,
    )
    assert [item.sentence_id for item in parse_result(raw).channel(0).sentences] == [0, 1]


def test_what_the_service_left_out_is_none_and_never_guessed() -> None:
    heard = parse_result(document(channel(sentence(), sentence(1000, 1100, language="", emotion=None)))).channel(0)
    assert [(item.language, item.emotion, item.words) for item in heard.sentences] == [(None, None, ())] * 2


def test_both_channels_of_a_task_for_two_are_found_by_their_number() -> None:
    raw = document(channel(sentence(), channel_id=1), channel(channel_id=0))
    result = parse_result(raw)
    assert len(result.channel(1).sentences) == 1
    assert result.channel(0).sentences == ()


def test_a_channel_that_is_not_in_the_result_is_named_with_those_that_are() -> None:
    with pytest.raises(BadResult, match=r"channel 1 was asked for, the result has channels \[0\]"):
        parse_result(document(channel())).channel(1)


HUGE = 10**400
REFUSED: dict[str, tuple[bytes, str]] = {
    "empty bytes": (b"", "not JSON"),
    "cut off": (document(channel(sentence()))[:-9], "not JSON"),
    "bytes of no encoding": (b"\xff\xfe\xfa{", "not JSON"),
    "a list": (b"[]", "a JSON list, not an object"),
    "null": (b"null", "a JSON NoneType, not an object"),
    "NaN as a time": (b'{"transcripts":[{"channel_id":0,"text":"","sentences":[{"begin_time":NaN}]}]}', "NaN"),
    "infinity as a time": (
        b'{"transcripts":[{"channel_id":0,"text":"","sentences":[{"begin_time":1e999,"end_time":1,"text":""}]}]}',
        "begin_time is inf, not a number",
    ),
    "a time that no float holds": (document(channel(sentence(0, HUGE))), r"sentences\[0\].end_time"),
    "nested beyond reason": (b"[" * 200_000, "not JSON"),
    "no transcripts": (b'{"file_url":"x"}', "result.transcripts is missing"),
    "transcripts that are text": (b'{"transcripts":"x"}', "result.transcripts is not a list"),
    "a channel that is a number": (document(7), r"transcripts\[0\] is not an object"),
    "a channel without a number": (document(channel(channel_id=None)), r"transcripts\[0\].channel_id is None"),
    "a channel that is True": (document(channel(channel_id=True)), "channel_id is True"),
    "half a channel": (document(channel(channel_id=0.5)), "channel_id is 0.5"),
    "a channel twice": (document(channel(), channel()), r"a channel appears twice in the result: \[0, 0\]"),
    "no sentences": (b'{"transcripts":[{"channel_id":0,"text":""}]}', r"transcripts\[0\].sentences is missing"),
    "a sentence that is null": (document(channel(None)), r"sentences\[0\] is not an object"),
    "no text": (document(channel(sentence(text=None))), r"sentences\[0\].text is None, not text"),
    "half a surrogate pair": (document(channel(sentence(text="a\ud800b"))), r"sentences\[0\].text.*Unicode"),
    "half a surrogate pair in a whole text": (document(channel(text="\udfff")), r"transcripts\[0\].text.*Unicode"),
    "half a surrogate pair as punctuation": (
        document(channel(sentence(words=[{"begin_time": 0, "end_time": 1, "text": "a", "punctuation": "\ud800"}]))),
        r"words\[0\].punctuation.*Unicode",
    ),
    "a number as punctuation": (
        document(channel(sentence(words=[{"begin_time": 0, "end_time": 1, "text": "a", "punctuation": 3}]))),
        r"words\[0\].punctuation is 3, not text",
    ),
    "a beginning below zero": (document(channel(sentence(-1, 5))), "begin_time is -1, below zero"),
    "an end before the beginning": (document(channel(sentence(50, 49))), "ends at 49 ms, before it begins at 50 ms"),
    "sentences in the wrong order": (
        document(channel(sentence(1000, 2000), sentence(999, 1500))),
        r"sentences\[1\] begins before the one ahead of it",
    ),
    "a word that ends before it begins": (
        document(channel(sentence(words=[{"begin_time": 9, "end_time": 8, "text": "a"}]))),
        r"sentences\[0\].words\[0\] ends at 8 ms",
    ),
    "words that are no list": (document(channel(sentence(words={"a": 1}))), "words is not a list"),
    "an emotion nobody knows": (document(channel(sentence(emotion="bored"))), "is text of 5 characters, not one of: s"),
    "an emotion that is a list": (document(channel(sentence(emotion=["sad"]))), "is a list of 1 value, not one of"),
    "a language nobody knows": (document(channel(sentence(language="xx"))), "is text of 2 characters, not one of: zh"),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "message"), REFUSED.values(), ids=REFUSED)
def test_what_could_put_a_wrong_fact_into_a_table_is_refused_and_the_place_named(raw: bytes, message: str) -> None:
    with pytest.raises(BadResult, match=message):
        parse_result(raw)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(HUGE),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=12,
)


@st.composite
def broken_results(draw: st.DrawFn) -> bytes:
    """A good result in which one field, at any depth, was replaced by anything or taken away."""
    good: Any = json.loads(
        document(
            channel(sentence(0, 500, words=[{"begin_time": 0, "end_time": 5, "text": "a"}]), sentence(600, 700)),
            channel(sentence(), channel_id=1),
        )
    )
    node = good
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = draw(st.sampled_from(keys))
        if isinstance(node[key], dict | list) and node[key] and draw(st.booleans()):
            node = node[key]
            continue
        if draw(st.booleans()):
            node[key] = draw(JSON_VALUES)
        else:
            del node[key]
        return json.dumps(good).encode()


def read_or_refused(raw: bytes) -> TranscriptionResult | None:
    """What was read; None when it was refused. Anything else raised is the fault the test looks for."""
    try:
        return parse_result(raw)
    except BadResult:
        return None


def assert_can_be_stored(result: TranscriptionResult) -> None:
    for transcript in result.transcripts:
        begins = [item.begin_ms for item in transcript.sentences]
        assert begins == sorted(begins)
        for item in transcript.sentences:
            assert 0 <= item.begin_ms <= item.end_ms
            assert item.language in (None, *LANGUAGE_CODES)
            assert item.emotion in (None, *EMOTIONS)
            for text in (item.text, transcript.text, *(word.text + word.punctuation for word in item.words)):
                text.encode()


@MANY
@given(JSON_VALUES)
def test_any_json_is_read_or_refused(value: Any) -> None:
    result = read_or_refused(json.dumps(value).encode())
    assert result is None or result.transcripts is not None


@MANY
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    read_or_refused(raw)


@MANY
@given(broken_results())
def test_a_good_result_with_one_field_broken_is_refused_or_still_fit_for_the_tables(raw: bytes) -> None:
    result = read_or_refused(raw)
    if result is not None:
        assert_can_be_stored(result)


def test_a_time_past_any_recording_is_refused_before_it_overflows_a_column() -> None:
    with pytest.raises(BadResult, match=r"sentences\[0\].end_time lies more than 86,400,000 ms after the beginning"):
        parse_result(document(channel(sentence(0, 2**31))))


def test_words_are_joined_as_the_service_spaces_them() -> None:
    words = [Word(0, 1, "Hello ", ""), Word(1, 2, "there", "."), Word(2, 3, " ", "")]
    assert join_words(words) == "Hello there."


@pytest.mark.parametrize("speaker_id", [0, 3, None])
def test_a_speaker_told_apart_is_kept(speaker_id: int | None) -> None:
    row = {"begin_time": 0, "end_time": 1, "text": "Hi.", "speaker_id": speaker_id}
    raw = json.dumps({"transcripts": [{"channel_id": 0, "text": "Hi.", "sentences": [row]}]}).encode()
    assert parse_result(raw).channel(0).sentences[0].speaker_id == speaker_id


@pytest.mark.parametrize("speaker_id", ["1", 1.5, True])
def test_a_speaker_that_is_no_number_is_refused(speaker_id: object) -> None:
    row = {"begin_time": 0, "end_time": 1, "text": "Hi.", "speaker_id": speaker_id}
    raw = json.dumps({"transcripts": [{"channel_id": 0, "text": "Hi.", "sentences": [row]}]}).encode()
    with pytest.raises(BadResult, match=r"sentences\[0\].speaker_id"):
        parse_result(raw)


def test_a_sentence_without_times_has_no_span() -> None:
    with pytest.raises(Untimed, match=r"sentence 4 has no times"):
        _ = Sentence(4, None, None, "Hi.").span_ms
