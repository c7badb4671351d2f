"""Result files and vCons of several vendors and drafts: the same sentences, whoever wrote them and however."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from qa_pipeline.export.filetrans_json import to_filetrans_json
from qa_pipeline.export.transcripts import ExportedCall
from qa_pipeline.export.vcon import to_vcon
from qa_pipeline.export.webvtt import to_webvtt
from qa_pipeline.transcription.imports.reading import ImportedTranscript, read_import
from qa_pipeline.transcription.imports.speakers import CallSpeakers
from qa_pipeline.transcription.results import BadResult, ChannelTranscript, Sentence, Word
from tests.export.building import call, channel, sentence

SEGMENTS = [
    {"start": 0.5, "end": 2.0, "text": "Good morning.", "speaker": 0},
    {"start": 2.25, "end": 3, "text": "Hello.", "speaker": 1},
]
SAID = {0: [(500, 2000, "Good morning.")], 1: [(2250, 3000, "Hello.")]}
PARTIES = [{"role": "agent", "name": "Lucía Ortiz"}, {"role": "customer", "tel": "+15550100"}]


def read(document: Any, voices: CallSpeakers | None = None) -> ImportedTranscript:
    return read_import(json.dumps(document).encode(), voices or CallSpeakers(recording="c1.wav"))


def said(found: ImportedTranscript) -> dict[int, list[tuple[int | None, int | None, str]]]:
    return {
        item.channel_id: [(sentence.begin_ms, sentence.end_ms, sentence.text) for sentence in item.sentences]
        for item in found.result.transcripts
    }


def vcon(body: Any = None, *, parties: Any = PARTIES, more: dict[str, Any] | None = None, **analysis: Any) -> Any:
    entry = {
        "type": "transcript",
        "dialog": 0,
        "encoding": "json",
        "body": SEGMENTS if body is None else body,
    } | analysis
    dialog = {"type": "recording", "start": "2025-09-01T10:00:00Z", "parties": [0, 1], "filename": "c1.wav"}
    return {"vcon": "0.4.0", "uuid": "x", "parties": parties, "dialog": [dialog], "analysis": [entry], **(more or {})}


# -- result files -------------------------------------------------------------------------------------------------


def row(begin: Any, end: Any, text: str, **labels: Any) -> dict[str, Any]:
    return {"begin_time": begin, "end_time": end, "text": text, **labels}


def result(*transcripts: Any, **fields: Any) -> dict[str, Any]:
    return {"file_url": "c1.wav", "transcripts": list(transcripts), **fields}


FILETRANS = result(
    {"channel_id": 0, "text": "Good morning.", "sentences": [row(500, 2000, "Good morning.", language="en")]},
    {"channel_id": 1, "text": "Hello.", "sentences": [row(2250, 3000, "Hello.", emotion="happy")]},
    audio_info={"format": "wav"},
)


def test_result_files_of_both_families_are_read_and_told_apart() -> None:
    found = read(FILETRANS)
    assert said(found) == SAID
    assert found.engines == {0: "import filetrans", 1: "import filetrans"}
    assert found.result.channel(0).sentences[0].language == "en"
    assert found.result.channel(1).sentences[0].emotion == "happy"
    fun_asr = {key: value for key, value in FILETRANS.items() if key != "audio_info"} | {
        "properties": {"channels": [0, 1]}
    }
    assert read(fun_asr).engines == {0: "import fun-asr", 1: "import fun-asr"}
    assert said(read(fun_asr)) == SAID


def test_unknown_labels_of_a_result_file_become_none_and_sentences_are_sorted() -> None:
    rows = [
        row(5, 9, "b", language="nl", emotion="bored"),
        row(1, 2, "a", language="en-GB"),
        row(0, 1, "c", language=7),
    ]
    found = read(result({"channel_id": 1, "text": "c a b", "sentences": rows})).result.channel(1)
    assert [(item.sentence_id, item.text, item.language) for item in found.sentences] == [
        (0, "c", None), (1, "a", "en"), (2, "b", None),
    ]  # fmt: skip
    assert found.sentences[2].emotion is None


def test_the_result_of_a_channel_that_was_cut_to_a_mono_file_is_of_the_channel_that_the_name_tells() -> None:
    mono = result({"channel_id": 0, "text": "Hi.", "sentences": [row(1, 2, "Hi.")]})
    assert said(read(mono, CallSpeakers(only_channel=1))) == {1: [(1, 2, "Hi.")]}
    assert set(said(read(FILETRANS, CallSpeakers(only_channel=1)))) == {1}


def test_a_channel_that_a_call_has_not_is_left_out() -> None:
    extra = result(*FILETRANS["transcripts"], {"channel_id": 5, "text": "", "sentences": []})
    assert set(said(read(extra))) == {0, 1}


# -- vCon ---------------------------------------------------------------------------------------------------------

TRANSCRIBED = call(
    channel(
        "agent",
        sentence(0, 0, 900, "您好，\n请讲 a & b.", language="zh", emotion="happy"),
        sentence(1, 950, 950, "嗯"),
    ),
    channel(
        "customer",
        Sentence(0, 100, 800, "Yes?", "en", None, (Word(100, 400, "Yes", "?"),)),
        engine="dashscope beijing", model="fun-asr",
    ),
    agent_channel=0,
)  # fmt: skip


def sentences(transcripts: tuple[ChannelTranscript, ...]) -> dict[int, tuple[Sentence, ...]]:
    return {item.channel_id: item.sentences for item in transcripts}


def exported(call: ExportedCall) -> dict[int, tuple[Sentence, ...]]:
    return {item.channel_id: item.sentences for item in call.channels}


@pytest.mark.parametrize("write", [to_vcon, to_filetrans_json])
def test_what_was_exported_comes_back_sentence_for_sentence(write: Any) -> None:
    found = read_import(write(TRANSCRIBED).encode(), CallSpeakers(recording="c1.wav"))
    assert sentences(found.result.transcripts) == exported(TRANSCRIBED)


def test_a_vcon_says_who_made_the_transcript_of_each_channel() -> None:
    found = read_import(to_vcon(TRANSCRIBED).encode(), CallSpeakers())
    assert found.engines == {
        0: "import vcon (reference (local service)/qwen3-asr-flash-filetrans)",
        1: "import vcon (dashscope beijing/fun-asr)",
    }
    assert read(vcon()).engines[0] == "import vcon"
    assert read(vcon(vendor="deepgram")).engines[0] == "import vcon (deepgram)"
    long = read(vcon(vendor="x\n" * 90, product="y")).engines[0]
    assert (len(long), long[:20], long[-4:]) == (80, "import vcon (x x x x", " x…)")


def test_exported_subtitles_come_back_with_their_times_and_words() -> None:
    found = read_import(to_webvtt(TRANSCRIBED).encode(), CallSpeakers())
    assert said(found) == {
        0: [(0, 900, "您好，请讲 a & b."), (950, 951, "嗯")],
        1: [(100, 800, "Yes?")],
    }


@pytest.mark.parametrize(
    "document",
    [
        vcon(),
        vcon(json.dumps(SEGMENTS)),
        vcon(json.dumps(SEGMENTS), encoding="none"),
        vcon(SEGMENTS, encoding=None),
        vcon(base64.urlsafe_b64encode(json.dumps(SEGMENTS).encode()).decode().rstrip("="), encoding="base64url"),
        vcon({"segments": SEGMENTS}),
        vcon({"utterances": [{**item, "transcript": item["text"], "text": ""} for item in SEGMENTS]}),
        vcon({"results": {"utterances": SEGMENTS}}),
        vcon({"transcript": SEGMENTS}),
        vcon({"transcript": {"text": "…", "language": "en"}, "segments": SEGMENTS}, type="wtf_transcription"),
        vcon(more={"vcon": "0.0.1"}, mimetype="application/json"),
        {key: value for key, value in vcon(mediatype="application/json").items() if key != "vcon"},
        vcon([{"start_ms": 500, "end_ms": 2000, "text": "Good morning.", "party": 0},
              {"start_ms": 2250, "end_ms": 3000, "text": "Hello.", "party": 1}]),
        vcon([{"start": "0.5", "duration": 1.5, "text": "Good morning.", "channel": 0},
              {"start": "2.25", "duration": 0.75, "text": "Hello.", "channel": "1"}]),
        vcon([{"startTime": 0.5, "endTime": 2.0, "text": "Good morning.", "speaker": "Lucía Ortiz"},
              {"startTime": 2.25, "endTime": 3.0, "text": "Hello.", "speaker": "Customer"}]),
        vcon(list(reversed(SEGMENTS))),
        vcon([*SEGMENTS, {"start": 5, "end": 6, "text": " ", "speaker": 1}]),
        vcon({"segments": [{**SEGMENTS[0], "speaker": "A"}, {**SEGMENTS[1], "speaker": "B"}],
              "speakers": {"A": {"label": "Alice (Customer Service)"}, "B": {"label": "Bob (Customer)"}}}),
        vcon(parties=[{"name": "Lucía Ortiz"}, {"name": "Bob"}]),
        vcon(parties=[{"tel": "+15550100"}, {"tel": "+15550101"}]),
        vcon(result(*FILETRANS["transcripts"])),
        vcon(dialog=[0]),
        {**vcon(), "analysis": [{"type": "summary", "dialog": 0, "body": "Hi"}, *vcon()["analysis"]]},
        {**vcon(), "analysis": [], "attachments": [{**vcon()["analysis"][0], "type": "wtf_transcription"}]},
        {**vcon(), "analysis": [], "attachments": [{**vcon()["analysis"][0], "purpose": "wtf_transcription"}]},
        {**vcon(), "analysis": [{"type": "transcript", "dialog": 0, "body": "plain words", "encoding": "none"},
                                *vcon()["analysis"]]},
    ],
)  # fmt: skip
def test_every_vendors_way_to_write_the_same_call_reads_alike(document: Any) -> None:
    assert said(read(document, CallSpeakers(agent_names=("Lucía Ortiz",), recording="c1.wav"))) == SAID


def test_the_agents_channel_decides_where_a_party_is_heard() -> None:
    assert said(read(vcon(), CallSpeakers(agent_channel=1))) == {1: SAID[0], 0: SAID[1]}


def test_languages_and_emotions_are_kept_where_they_are_known() -> None:
    body = {
        "language": "es-ES",
        "segments": [
            {**SEGMENTS[0], "language": "en-US", "emotion": "Happy"},
            {**SEGMENTS[1], "language": "nl", "emotion": "bored"},
        ],
    }
    found = read(vcon(body)).result
    [first], [second] = found.channel(0).sentences, found.channel(1).sentences
    assert (first.language, first.emotion) == ("en", "happy")
    assert (second.language, second.emotion) == ("es", None)


def test_one_channel_each_from_two_transcripts_is_a_whole_call() -> None:
    first, second = ({**vcon()["analysis"][0], "body": [item], "vendor": str(item["speaker"])} for item in SEGMENTS)
    found = read({**vcon(), "analysis": [first, second]})
    assert said(found) == SAID
    assert found.engines == {0: "import vcon (0)", 1: "import vcon (1)"}


def test_a_transcript_of_one_party_needs_no_speaker() -> None:
    silent = [{key: value for key, value in SEGMENTS[1].items() if key != "speaker"}]
    document = vcon(silent)
    document["dialog"][0]["parties"] = [1]
    assert said(read(document)) == {1: SAID[1]}
    assert said(read(vcon(silent, party=1))) == {1: SAID[1]}


def test_of_several_recordings_the_one_with_this_name_counts() -> None:
    document = vcon()
    document["dialog"].append({**document["dialog"][0], "filename": "D:\\rec\\C2.mp3"})
    document["analysis"].append({**document["analysis"][0], "dialog": 1, "body": [{**SEGMENTS[0], "text": "Other."}]})
    assert said(read(document, CallSpeakers(recording="c1.wav"))) == SAID
    assert said(read(document, CallSpeakers(recording="c2.wav"))) == {0: [(500, 2000, "Other.")]}
    with pytest.raises(BadResult, match=r"transcripts of 2 recordings, and no dialog's filename says which is c3\.wav"):
        read(document, CallSpeakers(recording="c3.wav"))


SEGMENT = SEGMENTS[0]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"vcon": "0.4.0", "parties": []}, "holds no transcript"),
        ({**vcon(), "analysis": [{"type": "summary"}]}, "holds no transcript"),
        ({**vcon(), "analysis": {}}, "analysis is not a list"),
        ({**vcon(), "analysis": ["x"]}, r"analysis\[0\] is not an object"),
        ({"payload": "x", "signatures": []}, "signed or encrypted vCon"),
        ({"ciphertext": "x", "recipients": []}, "signed or encrypted vCon"),
        (vcon("Hello there.", encoding="none"), r"analysis\[0\]\.body is text without times"),
        (vcon("{", encoding="json"), r"analysis\[0\]\.body is not JSON"),
        (vcon("[NaN]", encoding="json"), r"analysis\[0\]\.body is not JSON: NaN"),
        (vcon("*", encoding="base64url"), r"analysis\[0\]\.body is not base64url"),
        (vcon("_w", encoding="base64url"), "not base64url of UTF-8"),
        ({**vcon(), "analysis": [{"type": "transcript", "url": "https://x"}]}, r"analysis\[0\] has no body"),
        (vcon([]), "nothing is said in it"),
        (vcon(["x"]), r"body\[0\] is not an object"),
        (vcon([{"start": 0, "end": 1, "speaker": 0}]), r"body\[0\] has no text"),
        (vcon([{**SEGMENT, "text": 7}]), r"body\[0\]\.text is 7, not text"),
        (vcon([{**SEGMENT, "text": "\ud800"}]), "not valid Unicode"),
        (vcon([{"end": 1, "text": "a", "speaker": 0}]), r"body\[0\] has no start"),
        (vcon([{"start": 1, "text": "a", "speaker": 0}]), r"body\[0\] has no end"),
        (vcon([{**SEGMENT, "start": "soon"}]), r"body\[0\]\.start is text of 4 characters, not a number"),
        (vcon([{**SEGMENT, "start": -1}]), "below zero"),
        (vcon([{**SEGMENT, "start": True}]), "not a number"),
        (vcon([{**SEGMENT, "end": 0.1}]), "ends at 100 ms, before it begins at 500 ms"),
        (vcon([{**SEGMENT, "end": 1e9}]), "past any recording"),
        (vcon([{**SEGMENT, "speaker": 2}]), r"body\[0\]\.speaker is 2, there are 2 parties"),
        (vcon([{**SEGMENT, "party": -1}]), r"body\[0\]\.party is -1"),
        (vcon([{**SEGMENT, "speaker": {}}]), "neither a name nor a number"),
        (vcon([{**SEGMENT, "channel": 2}]), r"body\[0\]\.channel is 2, a call has the channels 0 and 1"),
        (vcon([{**SEGMENT, "channel": 1.5}]), "a call has the channels"),
        (
            vcon([{**SEGMENT, "speaker": "Zoltan"}, {**SEGMENT, "speaker": "Greta"}]),
            "is spoken by somebody whose name",
        ),
        (vcon([{"start": 0, "end": 1, "text": "a"}]), r"body\[0\] does not say who speaks"),
        ({"hello": "world"}, "JSON, but not one of the transcripts"),
        ([SEGMENT], r"it\[0\] is spoken by"),
        (result("x"), r"transcripts\[0\] is not an object"),
        (result({"channel_id": 0, "text": "", "sentences": ["x"]}), r"sentences\[0\] is not an object"),
        (
            result({"channel_id": 0, "text": "", "sentences": [row("1", 2, "a")]}),
            "begin_time is text of 1 character, not",
        ),
        (result({"channel_id": 0, "text": "", "sentences": [row(-1, 2, "a")]}), "below zero"),
        (result({"channel_id": 5, "text": "", "sentences": []}), r"it is about the channels \[5\]"),
        (result(FILETRANS["transcripts"][0], FILETRANS["transcripts"][0]), "a channel appears twice"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_with_its_place(document: Any, reason: str) -> None:
    with pytest.raises(BadResult, match=reason):
        read(document)


def test_a_transcript_that_can_be_read_in_part_is_refused_as_long_as_a_channel_is_missing() -> None:
    broken = {**vcon()["analysis"][0], "body": [{**SEGMENTS[1], "end": "x"}]}
    whole = vcon()["analysis"][0]
    half = {**whole, "body": [SEGMENTS[0]]}
    assert said(read({**vcon(), "analysis": [broken, whole]})) == SAID
    with pytest.raises(BadResult, match=r"analysis\[0\]\.body\[0\]\.end"):
        read({**vcon(), "analysis": [broken, half]})


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not one of the transcripts that can be imported"),
        (b"\x00\x01\x02", "not one of the transcripts"),
        (json.dumps(FILETRANS).encode()[:-20], "it is not JSON"),
        (b'{"transcripts": [' + b"[" * 100_000, "it is not JSON"),
        (b'{"transcripts": [{"channel_id": NaN}]}', "NaN is not a JSON number"),
        (json.dumps(FILETRANS, ensure_ascii=False).replace("Hello", "Höllo").encode("cp1252"), "it is not JSON"),
    ],
)
def test_broken_bytes_are_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(BadResult, match=reason):
        read_import(raw, CallSpeakers())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_json_with_a_byte_order_mark_is_read(encoding: str) -> None:
    assert said(read_import(json.dumps(FILETRANS).encode(encoding), CallSpeakers())) == SAID


# -- confidence and languages -------------------------------------------------------------------------------------


def sentences_of(document: Any) -> list[Sentence]:
    return [item for transcript in read(document).result.transcripts for item in transcript.sentences]


def remarks_of(document: Any) -> list[tuple[str, str, str | None]]:
    found = read(document).result.transcripts
    return [(remark.field, remark.action, remark.value) for item in found for remark in item.remarks]


DEEPGRAM = [
    {"start": 0.5, "end": 2.0, "transcript": "Good morning.", "speaker": 0, "confidence": 0.93, "words": [
        {"word": "good", "punctuated_word": "Good", "start": 0.5, "end": 1.0, "confidence": 0.97},
        {"word": "morning", "punctuated_word": "morning.", "start": 1.0, "end": 2.4, "confidence": 0.41}]},
    {"start": 2.25, "end": 3, "transcript": "Hello.", "speaker": 1, "confidence": 98},
]  # fmt: skip


def test_segments_and_their_words_keep_their_confidence() -> None:
    first, second = sentences_of(vcon({"results": {"utterances": DEEPGRAM}}))
    assert (first.confidence, second.confidence) == (0.93, 0.98)
    assert first.words == (Word(500, 1000, "Good", confidence=0.97), Word(1000, 2000, "morning.", confidence=0.41))
    assert remarks_of(vcon(DEEPGRAM)) == [("confidence", "converted", "98")]


def test_words_may_lie_in_a_list_of_their_own() -> None:
    words = [{"start": 0.5, "end": 1, "text": "Good", "confidence": 0.5}, {"start": 1, "end": 2, "text": "morning."}]
    body = {"segments": [SEGMENTS[0] | {"words": [0, 1, 7]}, SEGMENTS[1]], "words": words}
    first, second = sentences_of(vcon(body))
    assert first.words == (Word(500, 1000, "Good", confidence=0.5), Word(1000, 2000, "morning."))
    assert second.words == ()


def test_whisper_s_logarithm_is_a_probability() -> None:
    [first, _] = sentences_of(vcon([SEGMENTS[0] | {"avg_logprob": -0.25}, SEGMENTS[1] | {"avg_logprob": 3}]))
    assert first.confidence == pytest.approx(0.7788, abs=1e-4)


@pytest.mark.parametrize(
    "words", [7, [None], [{"word": "x"}], [{"word": "x", "start": 90, "end": 91}], [{"start": -1}]]
)
def test_words_that_cannot_be_placed_cost_the_segment_nothing(words: Any) -> None:
    [first, _] = sentences_of(vcon([SEGMENTS[0] | {"words": words, "confidence": "much"}, SEGMENTS[1]]))
    assert (first.text, first.words, first.confidence) == ("Good morning.", (), None)


def test_an_odd_confidence_of_a_result_file_costs_itself_only() -> None:
    words = [{"begin_time": 0, "end_time": 9, "text": "Hi", "confidence": "91 %"}]
    document = result({"channel_id": 0, "text": "Hi", "sentences": [row(0, 9, "Hi", words=words, confidence=-3)]})
    [only] = sentences_of(document)
    assert (only.confidence, only.words[0].confidence) == (None, 0.91)
    assert remarks_of(document) == [("confidence", "null", "-3"), ("words.confidence", "converted", '"91 %"')]


def test_a_language_of_the_whole_document_is_not_taken_for_a_sentence_s_own() -> None:
    body = {"language": "es", "segments": [SEGMENTS[0] | {"language": "en"}, SEGMENTS[1]]}
    assert [(item.language, item.language_source) for item in sentences_of(vcon(body))] == [
        ("en", None), ("es", "metadata"),
    ]  # fmt: skip
