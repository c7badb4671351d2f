"""Answers of the models that reply at once: every documented shape parses, and nothing unfinished is taken as whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa_pipeline.transcription.documents import read_document
from qa_pipeline.transcription.generation import is_generation, read_generation
from qa_pipeline.transcription.results import BadResult, ChannelTranscript, Sentence, Word

REFERENCE = Path(__file__).resolve().parents[1] / "fixtures" / "reference"


def sample(name: str) -> bytes:
    return (REFERENCE / name).read_bytes()


def heard(raw: bytes, channel_id: int = 0) -> ChannelTranscript:
    result = read_generation(raw, channel_id=channel_id)
    assert result.file_url is None
    (transcript,) = result.transcripts
    return transcript


def whole(text: Any, *, finish_reason: Any = "stop", **message: Any) -> dict[str, Any]:
    content = [{"text": text}]
    return {"output": {"choices": [{"finish_reason": finish_reason, "message": {"content": content, **message}}]}}


def stream(*documents: Any, end: str = "") -> bytes:
    return "".join(f"data:{json.dumps(item, ensure_ascii=False)}\n\n" for item in documents).encode() + end.encode()


def chunk(text: str, finish_reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": finish_reason}]}


STOP = {"output": {"choices": [{"finish_reason": "stop", "message": {"content": []}}]}}


@pytest.mark.parametrize(
    ("name", "text", "language", "emotion"),
    [
        ("generation-qwen3.json", "欢迎使用阿里云。", "zh", "neutral"),
        ("generation-qwen3-empty-code.json", "Do you have any plans for this weekend?", "zh", "neutral"),
        ("generation-qwen-audio.json", "欢迎使用阿里云", None, None),
        ("generation-qwen3-stream.txt", "WelcometoAlibabaCloud.", "zh", "neutral"),
        ("chat-completion.json", "欢迎使用。", "zh", "neutral"),
        ("chat-omni-stream.txt", "Hello, how can I help?", None, None),
    ],
)
def test_the_documented_answers_are_read(name: str, text: str, language: str | None, emotion: str | None) -> None:
    transcript = heard(sample(name), channel_id=1)
    (only,) = transcript.sentences
    assert transcript.text.startswith(text)
    assert transcript.channel_id == 1
    assert only == Sentence(0, None, None, transcript.text, language, emotion)
    assert read_document(sample(name), channel_id=1).channel(1) == transcript


def test_times_and_words_are_kept_where_a_model_gives_them() -> None:
    transcript = heard(sample("generation-fun-asr-flash.json"))
    (only,) = transcript.sentences
    assert (only.begin_ms, only.end_ms, len(only.words)) == (240, 3240, 7)
    assert only.words[1] == Word(640, 960, " world", ",")
    assert transcript.text == "Hello world, this is Alibaba Speech Lab. "


def test_a_stream_that_repeats_what_came_before_gives_the_last_block() -> None:
    blocks = [whole(text, finish_reason="null") for text in ("您", "您好", "您好。请")]
    assert heard(stream(*blocks, STOP)).text == "您好。请"
    assert heard(stream(*blocks, whole("您好。请"))).text == "您好。请"


def test_a_stream_that_goes_on_from_what_came_before_is_joined() -> None:
    blocks = [whole(text, finish_reason="null") for text in ("Yes", ", ", "yes", ".")]
    assert heard(stream(*blocks, STOP)).text == "Yes, yes."
    assert heard(stream(*[whole("ha", finish_reason="null")] * 2, STOP)).text == "haha"


def test_deltas_are_joined_whatever_they_begin_with() -> None:
    assert heard(stream(chunk("a"), chunk("ab"), chunk("", "stop"), end="data: [DONE]\n\n")).text == "aab"


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1, max_size=12))
def test_a_cumulative_stream_and_deltas_of_any_text_give_that_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    so_far = ["".join(pieces[: count + 1]) for count in range(len(pieces))]
    expected = text if text.strip() else ""
    blocks = [whole(said, finish_reason="null") for said in so_far]
    assert heard(stream(*blocks, STOP)).text == expected
    deltas = [chunk(piece) for piece in pieces]
    assert heard(stream(*deltas, chunk("", "stop"), end="data: [DONE]\n\n")).text == expected


def test_sentences_that_were_corrected_on_the_way_count_as_they_are_at_the_end() -> None:
    def block(*texts: str) -> dict[str, Any]:
        rows = [
            {"sentence_id": at + 1, "begin_time": at * 1000, "end_time": at * 1000 + 900, "text": text}
            for at, text in enumerate(texts)
        ]
        return {"output": {"text": "".join(texts), "sentences": rows}, "usage": {"duration": 70}}

    transcript = heard(stream(block("Ice cream."), block("I scream.", " Twice.")))
    assert [(item.text, item.begin_ms) for item in transcript.sentences] == [("I scream.", 0), (" Twice.", 1000)]
    assert transcript.text == "I scream. Twice."


def test_one_sentence_without_a_list_is_read_too() -> None:
    row = {"begin_time": 100, "end_time": 900, "text": "Hello."}
    transcript = heard(json.dumps({"output": {"sentence": row}}).encode())
    assert (transcript.text, transcript.sentences[0].begin_ms) == ("Hello.", 100)


def test_text_beside_no_output_is_read_too() -> None:
    assert heard(b'{"text":"Hello.","request_id":"r"}').text == "Hello."


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(whole("", annotations=[{"language": "zh"}])).encode(),
        json.dumps(whole(" \n")).encode(),
        b'{"output":{"choices":[{"finish_reason":"stop","message":{"content":[]}}]}}',
        b'{"output":{"text":"","sentences":[]},"usage":{"duration":3}}',
        stream(STOP),
        stream(chunk("[no speech]"), chunk("", "stop"), end="data: [DONE]\n\n"),
    ],
    ids=["no text", "blanks", "no content", "no sentences", "empty stream", "the word the default prompt asks for"],
)
def test_no_text_is_no_speech_and_no_failure(raw: bytes) -> None:
    assert heard(raw) == ChannelTranscript(0, "", ())


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (sample("generation-qwen3-stream.txt")[:-100], "block 6 is not JSON"),
        (sample("generation-qwen3-stream.txt").partition(b"id:6")[0], "breaks off before its end"),
        (sample("chat-omni-stream.txt").partition(b"data: [DONE]")[0], "breaks off before its end"),
        (b": keep-alive\n\n", "breaks off before its end"),
        (b'{"output":{"choices":[', "not JSON"),
        (b"", "not JSON"),
        (b"[]", "a JSON list"),
        (b'{"output":null}', "neither choices nor text"),
        (b'{"output":{"text":null}}', "neither choices nor text"),
        (b'{"output":{"task_id":"a","task_status":"RUNNING"}}', "neither choices nor text"),
        (b'{"output":{"choices":[]}}', r"choices\[0\] is missing"),
        (b'{"output":{"choices":[7]}}', r"choices\[0\] is not an object"),
        (b'{"choices":[{"finish_reason":"stop","message":{}}]}', "content is missing"),
        (b'{"output":{"sentences":7}}', "not a list"),
        (json.dumps(whole("Hi", finish_reason="length")).encode(), "finish_reason length"),
        (stream(chunk("Hi"), chunk("", "length"), end="data: [DONE]\n\n"), "finish_reason length"),
        (json.dumps(whole("Hi", finish_reason="content_filter")).encode(), "finish_reason content_filter"),
        (sample("error.json"), "InvalidApiKey"),
        (sample("error-chat.json"), "invalid_api_key"),
        (sample("generation-error-stream.txt"), "The audio is empty"),
    ],
)
def test_what_is_no_whole_answer_is_refused_with_the_reason(raw: bytes, said: str) -> None:
    with pytest.raises(BadResult, match=said):
        read_generation(raw, channel_id=0)


@pytest.mark.parametrize(
    ("raw", "text", "remarked"),
    [
        (json.dumps(whole(7)).encode(), "7", []),
        (json.dumps(whole("a\ud800b")).encode(), "a\ufffdb", []),
        (json.dumps(whole("Hi", annotations=[{"language": "tlh"}])).encode(), "Hi", [("language", "null", '"tlh"')]),
        (json.dumps(whole("Hi", annotations=[{"emotion": "calm"}])).encode(), "Hi", [("emotion", "null", '"calm"')]),
        (
            json.dumps(whole("Hi", annotations={"language": "zh-CN"})).encode(),
            "Hi",
            [("language", "converted", '"zh-CN"')],
        ),
        (json.dumps(whole("Hi", annotations=7)).encode(), "Hi", [("annotations", "dropped", "7")]),
        (b'{"output":{"text":"a","sentences":7}}', "a", [("sentences", "dropped", "7")]),
        (b'{"output":{"text":"a"},"usage":{"duration":NaN}}', "a", []),
        (
            b'{"output":{"text":"b","sentences":[{"begin_time":9,"end_time":1,"text":"b"}]}}',
            "b",
            [("begin_time", "null", "9"), ("end_time", "null", "1")],
        ),
    ],
)
def test_an_odd_value_costs_itself_and_not_the_text(raw: bytes, text: str, remarked: list[Any]) -> None:
    transcript = heard(raw)
    assert [sentence.text for sentence in transcript.sentences] == [text]
    assert [(item.field, item.action, item.value) for item in transcript.remarks] == remarked


PING = b'event: ping\ndata: {"type": "ping"}\n\n'


@pytest.mark.parametrize(
    "foreign",
    [
        PING,
        b"event: ping\ndata: keep-alive\n\n",
        b"event: comment\ndata: {}\n\n",
        b'event: progress\ndata: {"code": 200, "message": "OK"}\n\n',
        b"event: heartbeat\ndata: [1]\n\n",
        b'data: {"type": "ping"}\n\n',
    ],
)
def test_events_of_no_known_name_and_empty_blocks_are_passed_over(foreign: bytes) -> None:
    raw = sample("generation-qwen3-stream.txt")
    first, _, rest = raw.partition(b"\n\n")
    assert heard(foreign + first + b"\n\n" + foreign + rest.rstrip() + b"\n\n" + foreign) == heard(raw)
    with pytest.raises(BadResult, match="breaks off"):
        heard(foreign)


def test_an_answer_under_an_unknown_event_name_is_still_the_answer() -> None:
    assert heard(b"event: message.delta\ndata:" + json.dumps(whole("Hi")).encode() + b"\n\n").text == "Hi"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"code":"ASR_RESPONSE_HAVE_NO_WORDS","message":"ASR_RESPONSE_HAVE_NO_WORDS","request_id":"r"}',
        b'{"code":"InvalidParameter","message":"SUCCESS_WITH_NO_VALID_FRAGMENT"}',
        b'{"error":{"code":"ASR_RESPONSE_HAVE_NO_WORDS","message":"no words"}}',
        PING + b'id:1\nevent:error\n:HTTP_STATUS/400\ndata:{"code":"ASR_RESPONSE_HAVE_NO_WORDS","message":""}\n\n',
        b'data: {"code":"ASR_RESPONSE_HAVE_NO_WORDS","message":"x"}\n\n',
    ],
)
def test_the_error_that_says_that_nobody_spoke_is_an_empty_transcript(raw: bytes) -> None:
    assert is_generation(raw)
    assert heard(raw) == ChannelTranscript(0, "", ())


@given(st.integers(0, 2000))
def test_a_stream_cut_anywhere_is_never_taken_as_whole(at: int) -> None:
    raw = sample("generation-qwen3-stream.txt")
    whole_text = heard(raw).text
    try:
        found = heard(raw[: len(raw) - at])
    except BadResult:
        return
    assert found.text == whole_text


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "output",
                        "choices",
                        "message",
                        "content",
                        "text",
                        "delta",
                        "sentences",
                        "annotations",
                        "usage",
                        "finish_reason",
                    ]
                ),
                inner,
            )
        ),
    )
)
@example({"choices": [{"message": {"content": "x", "annotations": 1.0}}]})
@example({"choices": [{"delta": {"annotations": 1.0}}]})
def test_whatever_json_comes_it_is_read_or_refused(document: Any) -> None:  # fmt: skip
    raw = json.dumps(document).encode()
    for form in (raw, b"data:" + raw + b"\n\n"):
        try:
            heard(form)
        except BadResult:
            continue


def test_result_files_are_none_of_these() -> None:
    for name in ("result-qwen3.json", "result-fun-asr-female.json", "result-fun-asr-male.json"):
        assert not is_generation(sample(name))
        (transcript,) = read_document(sample(name), channel_id=0).transcripts
        assert transcript.sentences[0].begin_ms is not None


def test_a_transcript_about_transcripts_is_still_an_answer() -> None:
    assert is_generation(json.dumps(whole('He said "transcripts" twice')).encode())
