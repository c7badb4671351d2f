"""`special_word_filter` stars and drops words, in the text and in each word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.local_service.errors import ServiceError
from qa_pipeline.local_service.word_filter import WordFilter, parse_word_filter
from qa_pipeline.transcription.results import ChannelTranscript, Sentence, Word
from tests.local_service.conftest import write_call, write_transcript


def transcript(text: str, *words: str) -> ChannelTranscript:
    timed = tuple(Word(index * 100, index * 100 + 90, word) for index, word in enumerate(words))
    return ChannelTranscript(0, text, (Sentence(0, 0, 900, text, words=timed),))


def test_a_starred_word_keeps_its_length_and_its_times() -> None:
    heard = WordFilter(starred=("damn",)).apply(transcript("Damn it, damned thing.", "Damn ", "it", "damned ", "thing"))
    assert heard.text == heard.sentences[0].text == "**** it, damned thing."
    assert [word.text for word in heard.sentences[0].words] == ["**** ", "it", "damned ", "thing"]
    assert heard.sentences[0].words[0].end_ms == 90


def test_a_dropped_word_is_gone_with_its_times() -> None:
    heard = WordFilter(dropped=("um",)).apply(transcript("Well, um so", "Well", "um", "so"))
    assert heard.text == "Well, so"
    assert [word.text for word in heard.sentences[0].words] == ["Well", "so"]


def test_in_chinese_a_listed_word_is_found_across_single_characters() -> None:
    heard = WordFilter(starred=("投诉",), dropped=("嗯",)).apply(transcript("嗯我要投诉", "嗯", "我", "要", "投", "诉"))
    assert heard.text == "我要**"
    assert [word.text for word in heard.sentences[0].words] == ["我", "要", "*", "*"]


def test_the_longest_of_two_listed_words_goes_first() -> None:
    assert WordFilter(starred=("New", "New York")).apply(transcript("New York")).text == "********"


@given(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=5), max_size=4))
def test_stars_change_characters_and_never_the_length(text: str, words: list[str]) -> None:
    starred = WordFilter(starred=tuple(words)).apply(transcript(text)).text
    assert len(starred) == len(text)
    assert all(after in (before, "*") for before, after in zip(text, starred, strict=True))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"filter_with_signed": {}}, "must be a string"),
        ("{", "is not JSON"),
        ("[]", "must hold a JSON object"),
        ('{"filter_with_signed": {"word_list": "damn"}}', "filter_with_signed.word_list must be an array"),
        ('{"filter_with_empty": {"word_list": [""]}}', "filter_with_empty.word_list must be an array"),
        (json.dumps({"filter_with_empty": {"word_list": ["x"] * 1001}}), "1001 words; at most 1000"),
    ],
)
def test_a_filter_that_is_none_is_refused(value: Any, reason: str) -> None:
    with pytest.raises(ServiceError, match=reason) as refused:
        parse_word_filter(value)
    assert (refused.value.status, refused.value.code) == (400, "InvalidParameter")


def test_a_task_with_a_filter_gives_a_filtered_result(api: Any, references: Path) -> None:
    call = write_call(references / "angry.wav", tones=(350,))
    row = {"sentence_id": 0, "begin_time": 0, "end_time": 900, "text": "这太糟糕了 damn"}
    write_transcript(call, [row])
    asked = json.dumps({"filter_with_signed": {"word_list": ["糟糕"]}, "filter_with_empty": {"word_list": ["damn"]}})
    task = api.wait(api.submit(call.as_uri(), model="fun-asr", special_word_filter=asked))
    document = api.http.get(task["output"]["results"][0]["transcription_url"]).json()
    assert document["transcripts"][0]["text"] == "这太**了"
    assert document["transcripts"][0]["sentences"][0]["text"] == "这太**了"


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"special_word_filter": "{"}, "special_word_filter is not JSON"),
        ({"language_hints": "zh"}, "language_hints must be an array"),
        ({"language_hints": [1]}, "language_hints must be an array"),
        ({"vocabulary_id": 7}, "vocabulary_id must be a string"),
        ({"diarization_enabled": "yes"}, "diarization_enabled must be true or false"),
        ({"speaker_count": 1}, "from 2 to 100"),
        ({"speaker_count": 101}, "from 2 to 100"),
        ({"speaker_count": True}, "from 2 to 100"),
    ],
)
def test_the_familys_parameters_are_checked_when_a_task_is_made(
    api: Any, hotel: str, parameters: dict[str, Any], reason: str
) -> None:
    body = {"model": "fun-asr", "input": {"file_urls": [hotel]}, "parameters": parameters}
    answer = api.post_submit(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")
    assert reason in answer.json()["message"]


def test_all_of_the_familys_parameters_are_taken(api: Any, hotel: str) -> None:
    parameters = {
        "language_hints": ["tl"],
        "vocabulary_id": "vocab-1",
        "diarization_enabled": True,
        "speaker_count": 2,
        "special_word_filter": "",
    }
    assert api.wait(api.submit(hotel, model="fun-asr-2025-08-25", **parameters))["output"]["task_status"] == "SUCCEEDED"


@pytest.mark.parametrize("place", ["text", "corpus"])
def test_a_tasks_context_has_a_limit_and_anything_else_in_its_place_is_ignored(
    api: Any, hotel: str, place: str
) -> None:
    def submit(value: Any) -> Any:
        asked = value if place == "text" else {"text": value}
        body = {"model": "qwen3-asr-flash-filetrans", "input": {"file_url": hotel}, "parameters": {place: asked}}
        return api.post_submit(body)

    assert submit("词" * 10_000).status_code == 200
    refused = submit("词" * 10_001)
    assert (refused.status_code, refused.json()["code"]) == (400, "InvalidParameter")
    assert "10,001 tokens" in refused.json()["message"]
    assert submit(["not", "text"]).status_code == 200
