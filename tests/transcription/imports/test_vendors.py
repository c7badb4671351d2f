"""JSON of other speech services, in the shapes that their documentation shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qa_pipeline.transcription.imports.reading import ImportedTranscript, read_import
from qa_pipeline.transcription.imports.speakers import CallSpeakers
from qa_pipeline.transcription.results import BadResult, Sentence

STEREO = CallSpeakers(recording="c1.wav")
AGENT_RIGHT = CallSpeakers(agent_channel=1)


def read(document: Any, voices: CallSpeakers = STEREO) -> ImportedTranscript:
    return read_import(json.dumps(document).encode(), voices)


def said(found: ImportedTranscript) -> dict[int, list[tuple[int | None, int | None, str]]]:
    return {
        item.channel_id: [(each.begin_ms, each.end_ms, each.text) for each in item.sentences]
        for item in found.result.transcripts
    }


def first(found: ImportedTranscript, channel_id: int = 0) -> Sentence:
    return found.result.channel(channel_id).sentences[0]


def words(sentence: Sentence) -> list[tuple[int, int, str, str, float | None]]:
    return [(each.begin_ms, each.end_ms, each.text, each.punctuation, each.confidence) for each in sentence.words]


# -- Amazon -----------------------------------------------------------------------------------------------------------


def item(begin: str, end: str, content: str, confidence: str = "0.98", **more: Any) -> dict[str, Any]:
    reading = {"confidence": confidence, "content": content}
    return {"type": "pronunciation", "start_time": begin, "end_time": end, "alternatives": [reading], **more}


def mark(content: str) -> dict[str, Any]:
    return {"type": "punctuation", "alternatives": [{"confidence": "0.0", "content": content}]}


def job(**results: Any) -> dict[str, Any]:
    said_by_all = {"transcripts": [{"transcript": "..."}], "items": [], **results}
    return {"jobName": "c1", "accountId": "111122223333", "status": "COMPLETED", "results": said_by_all}


CUSTOMER_WORDS = [
    item("4.86", "5.01", "I've"), item("5.01", "5.16", "been"), item("5.16", "5.28", "on"),
    item("5.28", "5.62", "hold", "0.5"), mark("."), item("5.7", "5.9", "Mr."), item("5.95", "6.3", "Lee"), mark("?"),
]  # fmt: skip


def test_a_job_with_identified_channels_gives_sentences_words_confidence_and_language() -> None:
    channels = [
        {"channel_label": "ch_0", "items": CUSTOMER_WORDS},
        {"channel_label": "ch_1", "items": [item("8.5", "8.8", "Sorry"), item("10.9", "11.2", "Sir")]},
    ]
    labels = {"number_of_channels": 2, "channels": channels}
    found = read(job(channel_labels=labels, language_code="en-US"), AGENT_RIGHT)
    assert said(found) == {
        0: [(4860, 5620, "I've been on hold."), (5700, 6300, "Mr. Lee?")],
        1: [(8500, 8800, "Sorry"), (10900, 11200, "Sir")],
    }
    assert words(first(found))[-1] == (5280, 5620, "hold", ".", 0.5)
    assert (first(found).language, first(found).language_source) == ("en", "metadata")
    assert set(found.engines.values()) == {"import amazon transcribe"}


def test_a_channel_on_which_nothing_was_said_is_told_and_not_left_to_be_sent() -> None:
    channels = [{"channel_label": "ch_0", "items": CUSTOMER_WORDS}, {"channel_label": "ch_1", "items": []}]
    assert said(read(job(channel_labels={"channels": channels})))[1] == []


def test_the_speakers_of_a_job_are_taken_from_items_or_from_segments_and_must_be_known() -> None:
    plain = [item("0.1", "0.5", "Hello"), mark("."), item("0.6", "0.9", "Hi"), mark("!")]
    segments = [
        {"start_time": "0.1", "end_time": "0.5", "speaker_label": "spk_0",
         "items": [{"start_time": "0.1", "end_time": "0.5", "speaker_label": "spk_0"}]},
        {"start_time": "0.6", "end_time": "0.9", "speaker_label": "spk_1",
         "items": [{"start_time": "0.6", "end_time": "0.9", "speaker_label": "spk_1"}]},
    ]  # fmt: skip
    diarized = job(items=plain, speaker_labels={"speakers": 2, "segments": segments})
    with pytest.raises(BadResult, match='spoken by "spk_0", who is neither the agent nor the customer'):
        read(diarized)
    known = CallSpeakers(agent_names=("spk_1",))
    assert said(read(diarized, known)) == {0: [(600, 900, "Hi!")], 1: [(100, 500, "Hello.")]}
    of_mono = read(diarized, CallSpeakers(one_channel=True, only_channel=0))
    assert said(of_mono) == {0: [(100, 500, "Hello."), (600, 900, "Hi!")]}
    assert not of_mono.names_voices


def test_languages_of_a_job_that_identified_several_are_those_of_its_words() -> None:
    items = [item("0", "0.4", "Hello", language_code="en-US"), item("0.5", "0.9", "hola", language_code="es-ES")]
    labels = {"channels": [{"channel_label": "ch_0", "items": items}]}
    found = read(job(channel_labels=labels, language_code="en-US"))
    assert [(each.text, each.language) for each in found.result.channel(0).sentences] == [
        ("Hello", "en"),
        ("hola", "es"),
    ]


def test_call_analytics_gives_turns_by_role_and_remarks_what_is_left_out() -> None:
    spoken = [
        {"Confidence": "0.92", "BeginOffsetMillis": 440, "EndOffsetMillis": 720, "Content": "I've"},
        {"Confidence": "0.4", "BeginOffsetMillis": 720, "EndOffsetMillis": 900, "Content": "waited"},
        {"Confidence": "0.0", "Content": ".", "Type": "punctuation"},
    ]
    turns = [
        {"LoudnessScores": [82.0], "Content": "I've waited.", "Items": spoken, "Id": "1", "BeginOffsetMillis": 440,
         "EndOffsetMillis": 4960, "Sentiment": "NEGATIVE", "ParticipantRole": "CUSTOMER"},
        {"Content": "Sorry about that.", "BeginOffsetMillis": 5000, "EndOffsetMillis": 6000,
         "ParticipantRole": "AGENT"},
    ]  # fmt: skip
    found = read({"JobStatus": "COMPLETED", "LanguageCode": "en-US", "Channel": "VOICE", "Transcript": turns})
    assert said(found) == {0: [(5000, 6000, "Sorry about that.")], 1: [(440, 4960, "I've waited.")]}
    assert words(first(found, 1)) == [(440, 720, "I've", "", 0.92), (720, 900, "waited", ".", 0.4)]
    assert set(found.engines.values()) == {"import amazon transcribe call analytics"}
    [remark] = found.result.channel(1).remarks
    assert (remark.field, remark.action, remark.value) == ("Sentiment", "dropped", '"NEGATIVE"')


def test_contact_lens_names_its_participants_by_id() -> None:
    turns = [
        {"ParticipantId": "p-1", "Content": "Hello.", "BeginOffsetMillis": 0, "EndOffsetMillis": 900},
        {"ParticipantId": "CUSTOMER", "Content": "Hi.", "BeginOffsetMillis": 1000, "EndOffsetMillis": 1900},
    ]
    people = [{"ParticipantId": "p-1", "ParticipantRole": "AGENT"}, {"ParticipantId": "CUSTOMER"}]
    found = read({"Channel": "VOICE", "Participants": people, "Transcript": turns}, AGENT_RIGHT)
    assert said(found) == {0: [(1000, 1900, "Hi.")], 1: [(0, 900, "Hello.")]}
    assert set(found.engines.values()) == {"import amazon connect contact lens"}


# -- Azure ------------------------------------------------------------------------------------------------------------


def phrase(channel: int, offset: float, duration: float, display: str, **more: Any) -> dict[str, Any]:
    spoken = [{"word": "hello", "offsetInTicks": offset, "durationInTicks": 4e6, "confidence": 0.7}]
    shown = [{"displayText": "Hello.", "offsetInTicks": offset, "durationInTicks": 4e6}]
    readings = [
        {"confidence": 0.93, "lexical": display.lower(), "display": display, "words": spoken, "displayWords": shown},
        {"confidence": 0.2, "lexical": "x", "display": "X"},
    ]
    times = {"offset": "PT0.07S", "offsetInTicks": offset, "durationInTicks": duration, "duration": "PT1S"}
    return {"recognitionStatus": "Success", "channel": channel, "speaker": 1, **times, "nBest": readings, **more}


def test_batch_transcription_of_azure_gives_phrases_by_channel_and_the_other_readings_are_remarked() -> None:
    rows = [
        phrase(0, 7e5, 1.59e7, "Hello."),
        phrase(1, 2.5e7, 1e7, "Hola.", locale="es-ES"),
        {"recognitionStatus": "InitialSilenceTimeout", "channel": 1, "offsetInTicks": 0, "durationInTicks": 1},
    ]
    combined = [{"channel": 0, "display": "Hello."}, {"channel": 1, "display": "Hola."}]
    found = read({"source": "c1.wav", "combinedRecognizedPhrases": combined, "recognizedPhrases": rows})
    assert said(found) == {0: [(70, 1660, "Hello.")], 1: [(2500, 3500, "Hola.")]}
    assert first(found).confidence == 0.93
    assert words(first(found)) == [(70, 470, "Hello.", "", 0.7)]
    assert first(found, 1).language == "es"
    assert [(each.field, each.action) for each in found.result.channel(0).remarks] == [("nBest", "dropped")]
    assert set(found.engines.values()) == {"import azure speech"}


def test_times_of_azure_are_read_in_each_of_their_forms() -> None:
    forms = [
        {"offset": "PT1M2.53S", "duration": "PT0.5S"},
        {"offsetMilliseconds": 62530, "durationMilliseconds": 500},
        {"offsetInTicks": 625300000.0, "durationInTicks": 5000000.0, "offset": "PT9H"},
    ]
    for times in forms:
        row = {"recognitionStatus": "Success", "channel": 0, "nBest": [{"display": "Yes."}], **times}
        assert said(read({"recognizedPhrases": [row]})) == {0: [(62530, 63030, "Yes.")]}


def test_fast_transcription_of_azure_needs_channels_or_known_speakers() -> None:
    rows = [
        {"channel": 0, "offsetMilliseconds": 80, "durationMilliseconds": 700, "text": "Good day.", "locale": "en-US",
         "confidence": 0.8, "words": [{"text": "Good", "offsetMilliseconds": 80, "durationMilliseconds": 200}]},
        {"channel": 1, "offsetMilliseconds": 900, "durationMilliseconds": 100, "text": "Hi."},
    ]  # fmt: skip
    found = read({"durationMilliseconds": 2000, "combinedPhrases": [{"channel": 0, "text": ""}], "phrases": rows})
    assert said(found) == {0: [(80, 780, "Good day.")], 1: [(900, 1000, "Hi.")]}
    assert words(first(found)) == [(80, 280, "Good", "", None)]
    mixed = [row | {"channel": 0, "speaker": number} for number, row in enumerate(rows, 1)]
    with pytest.raises(BadResult, match='spoken by "speaker 1"'):
        read({"combinedPhrases": [], "phrases": mixed})


# -- Google -----------------------------------------------------------------------------------------------------------


def spoken(begin: str | None, end: str, word: str, **more: Any) -> dict[str, Any]:
    return {"endTime": end, "word": word, **({"startTime": begin} if begin else {}), **more}


def test_results_of_google_are_sentences_of_the_channel_that_their_tag_counts_from_one() -> None:
    hello = [spoken(None, "0.400s", "Good", confidence=0.9), spoken("0.400s", "0.900s", "morning.", confidence=0.8)]
    how = [spoken("1s", "1.200s", "How"), spoken("1.200s", "1.500s", "nice!")]
    results = [
        {"alternatives": [{"transcript": "Good morning. How nice!", "confidence": 0.95, "words": [*hello, *how]},
                          {"transcript": "Good mourning"}],
         "channelTag": 1, "resultEndTime": "1.600s", "languageCode": "en-us"},
        {"alternatives": [{"transcript": " Hi there.", "confidence": 0.7, "words": [spoken("2s", "2.5s", "There.")]}],
         "channelTag": 2, "resultEndTime": "2.600s", "languageCode": "en-us"},
    ]  # fmt: skip
    for document in ({"results": results}, {"name": "1", "done": True, "response": {"results": results}}):
        found = read(document)
        assert said(found) == {
            0: [(0, 900, "Good morning."), (1000, 1500, "How nice!")],
            1: [(2000, 2500, "Hi there.")],
        }
    assert words(first(found))[0] == (0, 400, "Good", "", 0.9)
    assert (first(found, 1).confidence, first(found, 1).language) == (0.7, "en")
    assert [(each.field, each.action) for each in found.result.channel(0).remarks] == [("alternatives", "dropped")]


def test_results_of_google_without_words_last_from_the_end_of_the_one_before_and_zero_is_no_confidence() -> None:
    results = [
        {"alternatives": [{"transcript": "One.", "confidence": 0.0}], "channel_tag": 1,
         "result_end_offset": {"seconds": "2", "nanos": 500000000}},
        {"alternatives": [{"transcript": "Two.", "confidence": 0.0}], "channel_tag": 1, "result_end_offset": "4.25s"},
    ]  # fmt: skip
    batch = {"results": {"gs://b/c1.wav": {"transcript": {"results": results}}}}
    found = read(batch)
    assert said(found) == {0: [(0, 2500, "One."), (2500, 4250, "Two.")]}
    assert first(found).confidence is None
    with pytest.raises(BadResult, match="results of 2 recordings"):
        read({"results": batch["results"] | {"gs://b/c2.wav": {"transcript": {"results": results}}}})
    with pytest.raises(BadResult, match="ask for word time offsets"):
        read({"results": [{"alternatives": [{"transcript": "One."}], "channelTag": 1}]})


def test_words_that_google_repeats_with_the_voices_are_taken_once() -> None:
    plain = [spoken("0.100s", "0.5s", "Hello."), spoken("1s", "1.5s", "Hi.")]
    tagged = [word | {"speakerTag": number} for number, word in enumerate(plain, 1)]
    results = [
        {"alternatives": [{"transcript": "Hello. Hi.", "words": plain}]},
        {"alternatives": [{"words": tagged}]},
    ]
    found = read({"results": results}, CallSpeakers(agent_names=("Speaker 1",)))
    assert said(found) == {0: [(100, 500, "Hello.")], 1: [(1000, 1500, "Hi.")]}


# -- Whisper and lists of segments -------------------------------------------------------------------------------------

ONE_CHANNEL = CallSpeakers(only_channel=1)


def test_whisper_json_of_one_channel_keeps_words_probabilities_and_language() -> None:
    segment = {"id": 0, "seek": 0, "start": 0.5, "end": 2.0, "text": " Good morning.", "tokens": [1],
               "avg_logprob": -0.3, "words": [{"word": " Good", "start": 0.5, "end": 0.9, "probability": 0.99},
                         {"word": " morning.", "start": 0.9, "end": 2.0, "probability": 0.6}]}  # fmt: skip
    found = read({"text": "Good morning.", "segments": [segment], "language": "en"}, ONE_CHANNEL)
    assert said(found) == {1: [(500, 2000, "Good morning.")]}
    assert [each.confidence for each in first(found, 1).words] == [0.99, 0.6]
    assert (first(found, 1).language, found.engines) == ("en", {1: "import whisper"})


def test_the_words_of_the_api_lie_beside_its_segments_or_are_all_there_is() -> None:
    beside = [{"word": "Good", "start": 0.5, "end": 0.9}, {"word": "morning", "start": 0.9, "end": 2.0}]
    verbose = {"task": "transcribe", "language": "english", "duration": 2.0, "text": "Good morning.", "words": beside}
    segments = [{"id": 0, "start": 0.5, "end": 2.0, "text": "Good morning.", "avg_logprob": -0.2}]
    found = read(verbose | {"segments": segments}, ONE_CHANNEL)
    assert words(first(found, 1)) == [(500, 900, "Good", "", None), (900, 2000, "morning", "", None)]
    assert said(read(verbose, ONE_CHANNEL)) == {1: [(500, 2000, "Good morning")]}


def test_whisperx_has_speakers_that_must_be_known() -> None:
    def segment(begin: float, text: str, speaker: str) -> dict[str, Any]:
        word = {"word": text, "start": begin, "end": begin + 1, "score": 0.81, "speaker": speaker}
        return {"start": begin, "end": begin + 1, "text": text, "words": [word], "speaker": speaker}

    document = {
        "segments": [segment(0.2, "Hello.", "SPEAKER_00"), segment(2, "Hi.", "SPEAKER_01")],
        "word_segments": [],
        "language": "en",
    }
    with pytest.raises(BadResult, match='spoken by "SPEAKER_00"'):
        read(document)
    found = read(document, CallSpeakers(customer_names=("SPEAKER_00",)))
    assert said(found) == {0: [(2000, 3000, "Hi.")], 1: [(200, 1200, "Hello.")]}
    assert first(found).words[0].confidence == 0.81
    assert set(found.engines.values()) == {"import whisperx"}


def test_whisper_cpp_gives_offsets_in_ms_and_tokens_that_are_parts_of_words() -> None:
    def token(text: str, begin: int, end: int, p: float) -> dict[str, Any]:
        return {"text": text, "offsets": {"from": begin, "to": end}, "id": 1, "p": p}

    tokens = [token("[_BEG_]", 0, 0, 1), token(" Good", 0, 300, 0.9), token(" mor", 300, 500, 0.8),
              token("ning", 500, 700, 0.6), token(".", 700, 720, 0.7)]  # fmt: skip
    row = {"timestamps": {"from": "00:00:00,000", "to": "00:00:00,900"}, "offsets": {"from": 0, "to": 900},
           "text": " Good morning.", "tokens": tokens}  # fmt: skip
    found = read({"systeminfo": "", "result": {"language": "en"}, "transcription": [row]}, ONE_CHANNEL)
    assert said(found) == {1: [(0, 900, "Good morning.")]}
    assert words(first(found, 1)) == [(0, 300, "Good", "", 0.9), (300, 720, "morning.", "", pytest.approx(0.7))]
    assert found.engines == {1: "import whisper.cpp"}


def test_a_plain_list_of_segments_is_read_by_its_roles_or_channels() -> None:
    rows = [
        {"start": 0.5, "end": 1.0, "text": "Hello.", "role": "agent"},
        {"start": 1.5, "end": 2.0, "text": "Hi.", "channel": 1},
    ]
    for document in (rows, {"utterances": rows}, {"results": {"utterances": rows}}):
        found = read(document)
        assert said(found) == {0: [(500, 1000, "Hello.")], 1: [(1500, 2000, "Hi.")]}
        assert set(found.engines.values()) == {"import segments"}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (job(items=[{"start_time": "x", "end_time": "1", "alternatives": []}]), "not a number"),
        (job(items=[item("2", "1", "a")]), "ends at 1000 ms, before it begins at 2000 ms"),
        (job(channel_labels={"channels": [{"channel_label": "left", "items": []}]}), "names no channel"),
        (job(channel_labels={"channels": [3]}), r"channels\[0\] is not an object"),
        ({"Transcript": [{"Content": "a", "BeginOffsetMillis": 1}]}, "EndOffsetMillis is None"),
        ({"recognizedPhrases": [{"nBest": [{"display": "a"}], "channel": 0}]}, "has no offset"),
        ({"recognizedPhrases": [{"nBest": "a", "channel": 0}]}, "nBest is not a list"),
        ({"results": [{"alternatives": [{"transcript": "a"}], "channelTag": "1"}]}, "which is no channel"),
        ({"transcription": [{"offsets": {"from": 5, "to": 1}, "text": "a"}]}, "before it begins"),
        ({"segments": [{"start": 1, "end": 2, "text": "a"}]}, "does not say who speaks"),
        ({"some": "thing"}, "JSON, but not one of the transcripts"),
        ([], "JSON, but not one of the transcripts"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_in_is_refused_with_its_place(document: Any, reason: str) -> None:
    with pytest.raises(BadResult, match=reason):
        read(document)
