"""The service's own result: one odd value costs itself, is remarked, and everything that was paid for is kept."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_pipeline.transcription.languages import LANGUAGE_CODES
from qa_pipeline.transcription.mending import read_result
from qa_pipeline.transcription.models import EMOTIONS
from qa_pipeline.transcription.remarks import LONGEST_VALUE, MOST_OF_A_KIND
from qa_pipeline.transcription.results import BadResult, ChannelTranscript, TranscriptionResult, Word, parse_result
from tests.transcription.test_results import JSON_VALUES, broken_results, channel, document, sentence

MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

WORDS = [
    {"begin_time": 100, "end_time": 500, "text": "Good", "punctuation": " "},
    {"begin_time": 500, "end_time": 900, "text": "day", "punctuation": "."},
]


def read(*sentences: Any, **fields: Any) -> ChannelTranscript:
    return read_result(document(channel(*sentences, **fields))).channel(0)


def remarks(transcript: ChannelTranscript) -> list[tuple[str, str, str | None]]:
    return [(remark.field, remark.action, remark.value) for remark in transcript.remarks]


def test_a_result_without_odd_values_is_read_as_it_is_and_nothing_is_remarked() -> None:
    words = [WORDS[0] | {"confidence": 0.25}, WORDS[1]]
    raw = document(
        channel(sentence(language="zh", emotion="sad", words=words, speaker_id=1, confidence=0.5), engine="local/a b"),
        channel(channel_id=1, text=""),
    )
    assert read_result(raw) == parse_result(raw)


ODD: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[str, str, str | None]]]] = {
    "text null, known from the words": (
        {"text": None, "words": WORDS}, {"text": "Good day."}, [("text", "derived", None)],
    ),
    "text null": ({"text": None}, {"text": ""}, [("text", "null", None)]),
    "text a number": ({"text": 7}, {"text": "7"}, [("text", "converted", "7")]),
    "text a list": ({"text": ["Hi", "you"]}, {"text": "Hi you"}, [("text", "converted", '["Hi", "you"]')]),
    "half a surrogate pair": ({"text": "a\ud800b"}, {"text": "a\ufffdb"}, [("text", "converted", '"a\\ud800b"')]),
    "no end": (
        {"end_time": None}, {"begin_ms": None, "end_ms": None},
        [("begin_time", "null", "0"), ("end_time", "null", None)],
    ),
    "no end, known from the words": (
        {"end_time": None, "words": WORDS}, {"begin_ms": 0, "end_ms": 900}, [("end_time", "derived", None)],
    ),
    "no times, known from the words": (
        {"begin_time": None, "end_time": None, "words": WORDS}, {"begin_ms": 100, "end_ms": 900},
        [("begin_time", "derived", None), ("end_time", "derived", None)],
    ),
    "a beginning below zero": (
        {"begin_time": -10}, {"begin_ms": 0, "end_ms": 900}, [("begin_time", "clipped", "-10")],
    ),
    "an end before the beginning": (
        {"begin_time": 950}, {"begin_ms": None, "end_ms": None},
        [("begin_time", "null", "950"), ("end_time", "null", "900")],
    ),
    "a time past any recording": (
        {"end_time": 2**31}, {"begin_ms": None, "end_ms": None},
        [("begin_time", "null", "0"), ("end_time", "null", "2147483648")],
    ),
    "a time that no float holds": (
        {"end_time": 10**400}, {"begin_ms": None},
        [("begin_time", "null", "0"), ("end_time", "null", "1" + "0" * 198 + "…")],
    ),
    "times as text": (
        {"begin_time": "10", "end_time": "900.4"}, {"begin_ms": 10, "end_ms": 900},
        [("begin_time", "converted", '"10"'), ("end_time", "converted", '"900.4"')],
    ),
    "times of a clock": (
        {"begin_time": "00:00:00.010", "end_time": "0:01,5"}, {"begin_ms": 10, "end_ms": 1500},
        [("begin_time", "converted", '"00:00:00.010"'), ("end_time", "converted", '"0:01,5"')],
    ),
    "a time in words": (
        {"begin_time": "soon"}, {"begin_ms": None}, [("begin_time", "null", '"soon"'), ("end_time", "null", "900")],
    ),
    "an emotion of no list": ({"emotion": "calm"}, {"emotion": None}, [("emotion", "null", '"calm"')]),
    "an emotion in capitals": ({"emotion": "Happy"}, {"emotion": "happy"}, [("emotion", "converted", '"Happy"')]),
    "a language of no list": ({"language": "tlh"}, {"language": None}, [("language", "null", '"tlh"')]),
    "a language with its country": ({"language": "zh-CN"}, {"language": "zh"}, [("language", "converted", '"zh-CN"')]),
    "a language in capitals": ({"language": "EN"}, {"language": "en"}, [("language", "converted", '"EN"')]),
    "a list of languages": ({"language": ["en"]}, {"language": "en"}, [("language", "converted", '["en"]')]),
    "several languages": ({"language": ["zh", "en"]}, {"language": None}, [("language", "null", '["zh", "en"]')]),
    "a language that is an object": ({"language": {}}, {"language": None}, [("language", "null", "{}")]),
    "words that are no list": ({"words": "Good day."}, {"words": ()}, [("words", "null", '"Good day."')]),
    "a word without times": (
        {"words": [{"text": "Good"}, WORDS[1]]}, {"words": (Word(500, 900, "day", "."),)},
        [("words", "dropped", '{"text": "Good"}')],
    ),
    "a confidence in percent": ({"confidence": 87}, {"confidence": 0.87}, [("confidence", "converted", "87")]),
    "a confidence as text": ({"confidence": " 0.5"}, {"confidence": 0.5}, [("confidence", "converted", '" 0.5"')]),
    "a confidence a hair over": ({"confidence": 1.0002}, {"confidence": 1.0}, [("confidence", "clipped", "1.0002")]),
    "a confidence that is no number": (
        {"confidence": math.nan}, {"confidence": None}, [("confidence", "null", "NaN")],
    ),
    "a logarithm as confidence": ({"confidence": -0.33}, {"confidence": None}, [("confidence", "null", "-0.33")]),
    "a word's confidence as text": (
        {"words": [WORDS[0] | {"confidence": "high"}]}, {"words": (Word(100, 500, "Good", " "),)},
        [("words.confidence", "null", '"high"')],
    ),
    "a speaker as text": ({"speaker_id": "1"}, {"speaker_id": 1}, [("speaker_id", "converted", '"1"')]),
    "a speaker by name": ({"speaker_id": "Bob"}, {"speaker_id": None}, [("speaker_id", "null", '"Bob"')]),
}  # fmt: skip


@pytest.mark.parametrize(("change", "expected", "remarked"), ODD.values(), ids=ODD)
def test_an_odd_value_costs_itself_and_is_remarked(
    change: dict[str, Any], expected: dict[str, Any], remarked: list[tuple[str, str, str | None]]
) -> None:
    odd = {**sentence(), **change}
    found = read(odd, sentence(2000, 3000, text="And this.", language="en", emotion="sad"))
    first, second = found.sentences
    assert {name: getattr(first, name) for name in expected} == expected
    assert remarks(found) == remarked
    assert (second.text, second.begin_ms, second.end_ms, second.language, second.emotion) == (
        "And this.", 2000, 3000, "en", "sad",
    )  # fmt: skip


def test_dutch_is_kept_or_null_and_its_sentence_stays() -> None:
    [only] = read(sentence(language="nl")).sentences
    assert only.text == "您好。"
    assert only.language in (None, "nl")


def test_sentences_out_of_order_are_sorted_and_one_without_times_stays_behind_the_one_before_it() -> None:
    found = read(sentence(5000, 6000, text="c"), sentence(None, None, text="d"), sentence(1000, 2000, text="a"))
    assert [(item.sentence_id, item.text) for item in found.sentences] == [(0, "a"), (1, "c"), (2, "d")]
    assert remarks(found)[0] == ("sentences", "sorted", None)
    assert [remark.sentence_id for remark in found.remarks] == [None, 2, 2]


SHAPES: dict[str, tuple[Any, list[str]]] = {
    "one that is no list": (sentence(text="a"), ["a"]),
    "by number": ({"0": sentence(text="a"), "1": sentence(1000, 2000, text="b")}, ["a", "b"]),
    "lists in a list": ([[sentence(text="a")], [sentence(1000, 2000, text="b")]], ["a", "b"]),
    "bare text": (["a", "b"], ["a", "b"]),
    "something between": ([sentence(text="a"), None, 7, sentence(1000, 2000, text="b")], ["a", "b"]),
    "none": (None, ["您好。"]),
    "a number": (7, ["您好。"]),
    "text": ("x", ["您好。"]),
    "empty, beside a text": ([], ["您好。"]),
}


@pytest.mark.parametrize(("shape", "texts"), SHAPES.values(), ids=SHAPES)
def test_sentences_of_any_shape_are_read_and_the_shape_is_remarked(shape: Any, texts: list[str]) -> None:
    found = read_result(document({"channel_id": 0, "text": "您好。", "sentences": shape})).channel(0)
    assert [item.text for item in found.sentences] == texts
    assert "sentences" in [field for field, _, _ in remarks(found)]


def test_the_text_of_a_channel_is_put_together_where_it_is_missing() -> None:
    found = read(sentence(text="Good day."), sentence(1000, 2000, text="Hello."), text=None)
    assert (found.text, remarks(found)) == ("Good day. Hello.", [("text", "derived", None)])


@pytest.mark.parametrize("channel_id", ["0", 0.0, " 0 "])
def test_a_channel_is_found_by_its_number_in_any_form(channel_id: Any) -> None:
    assert len(read_result(document(channel(sentence(), channel_id=channel_id))).channel(0).sentences) == 1


def test_a_transcript_that_names_no_channel_is_that_of_the_only_one_missing() -> None:
    nameless = document(channel(sentence(), channel_id=None), channel(channel_id=1))
    assert remarks(read_result(nameless, (0, 1)).channel(0)) == [("channel_id", "derived", None)]
    assert len(read_result(document(channel(sentence(), channel_id="left")), (1,)).channel(1).sentences) == 1
    for asked in ((), (0, 1)):
        with pytest.raises(BadResult, match=r"channel 0 was asked for, the result has channels \[\]"):
            read_result(document(channel(channel_id=None)), asked).channel(0)


def test_two_transcripts_of_one_channel_are_one() -> None:
    found = read_result(
        document(channel(sentence(text="a"), text="a"), channel(sentence(2000, 3000, text="b"), text="b"))
    )
    assert [item.text for item in found.channel(0).sentences] == ["a", "b"]
    assert remarks(found.channel(0)) == [("transcripts", "merged", "0")]


def test_transcripts_by_channel_and_a_single_one_are_read() -> None:
    by_channel = {"0": {"text": "a", "sentences": [sentence()]}, "1": {"text": "b", "sentences": [sentence()]}}
    found = read_result(json.dumps({"transcripts": by_channel}).encode())
    assert [found.channel(number).text for number in (0, 1)] == ["a", "b"]
    assert read_result(json.dumps({"transcripts": channel(sentence())}).encode()).channel(0).sentences


def test_nan_and_infinity_cost_one_time_each() -> None:
    raw = b'{"transcripts":[{"channel_id":0,"text":"a","sentences":[{"begin_time":NaN,"end_time":1e999,"text":"a"}]}]}'
    [only] = read_result(raw).channel(0).sentences
    assert (only.begin_ms, only.text) == (None, "a")


def test_equal_remarks_are_counted_and_many_values_are_counted_together() -> None:
    found = read(
        *(sentence(number * 1000, number * 1000 + 900, emotion="calm", language=f"x{number}") for number in range(50))
    )
    by_field = {(remark.field, remark.value): remark.occurrences for remark in found.remarks}
    assert by_field["emotion", '"calm"'] == 50
    assert by_field["language", None] == 50 - MOST_OF_A_KIND
    assert len(found.remarks) == MOST_OF_A_KIND + 2


def test_a_long_value_is_shortened() -> None:
    [remark] = read(sentence(emotion="calm" * 1000)).remarks
    assert len(str(remark.value)) == LONGEST_VALUE


UNREADABLE = {
    "empty bytes": (b"", "not JSON"),
    "a login page": (b"<html>", "not JSON"),
    "cut off": (document(channel(sentence()))[:-9], "not JSON"),
    "a list": (b"[]", "a JSON list, not an object"),
    "another document": (b'{"code":"NoSuchKey"}', "result.transcripts is missing"),
    "transcripts that are text": (b'{"transcripts":"x"}', "result.transcripts is not a list"),
    "transcripts with nothing in them": (b'{"transcripts":[7, {"channel_id": 0}]}', "nothing that has a text"),
}


@pytest.mark.parametrize(("raw", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_only_what_has_no_transcripts_at_all_is_unreadable(raw: bytes, message: str) -> None:
    with pytest.raises(BadResult, match=message):
        read_result(raw)


def assert_can_be_stored(result: TranscriptionResult) -> None:
    for transcript in result.transcripts:
        begins = [item.begin_ms for item in transcript.sentences if item.begin_ms is not None]
        assert begins == sorted(begins)
        for item in transcript.sentences:
            assert (item.begin_ms is None) == (item.end_ms is None)
            assert 0 <= (item.begin_ms or 0) <= (item.end_ms or 0)
            assert item.language in (None, *LANGUAGE_CODES)
            assert item.emotion in (None, *EMOTIONS)
            for text in (item.text, transcript.text, *(word.text + word.punctuation for word in item.words)):
                text.encode()
        for remark in transcript.remarks:
            (remark.value or "").encode()


def read_or_unreadable(raw: bytes) -> TranscriptionResult | None:
    try:
        return read_result(raw)
    except BadResult:
        return None


@MANY
@given(JSON_VALUES)
def test_any_json_is_read_or_unreadable(value: Any) -> None:
    for document_of in (
        value,
        {"transcripts": value},
        {"transcripts": [{"channel_id": 0, "text": "", "sentences": value}]},
    ):
        if (result := read_or_unreadable(json.dumps(document_of).encode())) is not None:
            assert_can_be_stored(result)


@MANY
@given(broken_results())
def test_a_good_result_with_one_field_broken_is_fit_for_the_tables(raw: bytes) -> None:
    if (result := read_or_unreadable(raw)) is not None:
        assert_can_be_stored(result)


def test_what_the_local_service_heard_and_does_not_count_as_speech_is_remarked() -> None:
    found = read(sentence(), remarks=[{"field": "sentences", "text": "Sound of phone ringing"}, 7, {"field": "text"}])
    assert remarks(found) == [("sentences", "dropped", '"Sound of phone ringing"')]


FIELDS = ("begin_time", "end_time", "text", "language", "emotion", "words", "speaker_id", "confidence")


@MANY
@given(JSON_VALUES, st.sampled_from(FIELDS))
def test_whatever_a_field_of_a_sentence_holds_the_sentence_after_it_is_kept(value: Any, field: str) -> None:
    found = read({**sentence(), field: value}, sentence(2000, 3000, text="And this."))
    assert "And this." in [item.text for item in found.sentences]
