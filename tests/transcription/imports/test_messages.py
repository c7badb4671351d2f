"""Whatever stands in the wrong place of a transcript: the refusal names the place, and never what stands there."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from qa_pipeline.landing.imports import unusable
from qa_pipeline.transcription.generation import read_generation
from qa_pipeline.transcription.imports.reading import read_import
from qa_pipeline.transcription.imports.speakers import CallSpeakers
from qa_pipeline.transcription.mending import read_result
from qa_pipeline.transcription.odd_values import described
from qa_pipeline.transcription.results import BadResult, parse_result

SECRET = "Ana's card is 4111111111111111"
PLANTED = (SECRET, 4111111111111111, -4111111111111111, 4111111111111.25, [SECRET], {SECRET: SECRET})
PARTS = ("Ana", "card", "4111", "1111")

WORD = {"begin_time": 0, "end_time": 900, "text": "Hi", "punctuation": ".", "confidence": 0.5}
SENTENCE = {"sentence_id": 0, "begin_time": 0, "end_time": 900, "text": "Hi.", "language": "en", "emotion": "happy",
            "speaker_id": 1, "confidence": 0.5, "words": [WORD]}  # fmt: skip
RESULT = {"file_url": "c1.wav", "transcripts": [{"channel_id": 0, "text": "Hi.", "sentences": [SENTENCE]}]}
READING = {"confidence": "0.9", "content": "Hi"}
ITEM = {"type": "pronunciation", "start_time": "0.1", "end_time": "0.5", "alternatives": [READING]}
PHRASE = {"recognitionStatus": "Success", "channel": 0, "offsetInTicks": 7e5, "durationInTicks": 9e6,
          "nBest": [{"display": "Hi.", "confidence": 0.9}]}  # fmt: skip
SPOKEN = {"startTime": "0.1s", "endTime": "0.5s", "word": "Hi.", "confidence": 0.9}
SEGMENT = {"start": 0.5, "end": 2.0, "text": "Hi.", "speaker": "agent", "words": [{"word": "Hi.", "start": 0.5}]}
DOCUMENTS = {
    "result": RESULT,
    "amazon": {"jobName": "c1", "results": {"transcripts": [], "items": [], "channel_labels": {
               "channels": [{"channel_label": "ch_0", "items": [ITEM]}]}}},
    "call analytics": {"Channel": "VOICE", "Transcript": [{"Content": "Hi.", "BeginOffsetMillis": 4,
                       "EndOffsetMillis": 9, "ParticipantRole": "AGENT"}]},
    "azure batch": {"recognizedPhrases": [PHRASE], "combinedRecognizedPhrases": []},
    "azure fast": {"combinedPhrases": [], "phrases": [{"channel": 0, "offsetMilliseconds": 8, "durationMilliseconds": 7,
                   "text": "Hi.", "words": [{"text": "Hi.", "offsetMilliseconds": 8, "durationMilliseconds": 7}]}]},
    "google": {"results": [{"alternatives": [{"transcript": "Hi.", "words": [SPOKEN]}], "channelTag": 1,
               "resultEndTime": "1.6s"}]},
    "whisper.cpp": {"systeminfo": "", "result": {"language": "en"}, "transcription": [
                    {"offsets": {"from": 0, "to": 900}, "text": "Hi."}]},
    "whisper": {"text": "Hi.", "segments": [SEGMENT], "language": "en"},
    "segments": [SEGMENT, {"start": 3, "end": 4, "text": "Yes.", "channel": 1}],
    "vcon": {"vcon": "0.4.0", "parties": [{"role": "agent", "name": "Lee"}, {"role": "customer"}],
             "dialog": [{"type": "recording", "parties": [0, 1], "filename": "c1.wav"}],
             "analysis": [{"type": "transcript", "dialog": 0, "encoding": "json",
                           "body": [{"start": 0.5, "end": 2.0, "text": "Hi.", "party": 0}]}]},
}  # fmt: skip
GENERATED = {"choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": "Hi."}}]}


def planted(document: Any) -> Iterator[Any]:
    """The document with each of the values in the place of each of its own."""
    for path in _paths(document):
        for value in PLANTED:
            changed = copy.deepcopy(document)
            at = changed
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = value
            yield changed


def _paths(value: Any) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (key,)
        yield from ((key, *path) for path in _paths(item))


def refusals(read: Any, documents: Iterator[Any]) -> list[str]:
    found = []
    for document in documents:
        try:
            read(json.dumps(document).encode())
        except BadResult as error:
            found.append(str(error))
    return found


def said_in(messages: list[str]) -> list[str]:
    return [message for message in messages if any(part in message for part in PARTS)]


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("voices", [CallSpeakers(recording="c1.wav"), CallSpeakers(only_channel=1)])
def test_no_refusal_of_an_import_says_what_stands_in_the_wrong_place(name: str, voices: CallSpeakers) -> None:
    found = refusals(lambda raw: read_import(raw, voices), planted(DOCUMENTS[name]))
    assert found
    assert said_in(found) == []


def test_no_refusal_of_an_answer_does() -> None:
    assert said_in(refusals(parse_result, planted(RESULT))) == []
    assert said_in(refusals(read_result, planted(RESULT))) == []
    found = refusals(lambda raw: read_generation(raw, channel_id=0), planted(GENERATED))
    assert found
    assert said_in(found) == []


VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Agent>Hi.</v> <v Customer>Yes.</v>\n"


@pytest.mark.parametrize("voices", [CallSpeakers(), CallSpeakers(only_channel=1)])
def test_no_refusal_of_subtitles_says_a_word_of_them(voices: CallSpeakers) -> None:
    found = []
    for text in (SECRET, f"<v {SECRET}>", f"{SECRET}:00:00.000 ", "4111111111111111:00:00.000", f"--> {SECRET}"):
        for at in range(len(VTT)):
            try:
                read_import((VTT[:at] + text + VTT[at:]).encode(), voices)
            except BadResult as error:
                found.append(unusable("c1.vtt", error))
    assert found
    assert said_in(found) == []
    assert (
        any(
            "the cue in line 3 has words outside its voices (text of 30 characters): put them into a <v ...>" in message
            for message in found
        )
        or voices.only_channel is not None
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "None"), (True, "True"), (-1, "-1"), (0.5, "0.5"), (float("nan"), "nan"), ("", "text of 0 characters"),
        (["a"], "a list of 1 value"), ({}, "an object of 0 fields"), (737, "a number of 3 characters"),
        (10**400, "a number of 401 characters"), (12.4155552671, "a number of 13 characters"),
    ],
)  # fmt: skip
def test_of_a_value_its_kind_and_length_are_said(value: Any, shown: str) -> None:
    assert described(value) == shown
