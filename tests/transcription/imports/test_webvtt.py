"""WebVTT as vendors and hands write it: read to the last word, or refused with the line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.transcription.imports.reading import read_import
from qa_pipeline.transcription.imports.speakers import CallSpeakers
from qa_pipeline.transcription.imports.webvtt import is_webvtt
from qa_pipeline.transcription.results import BadResult, ChannelTranscript

TALK = """WEBVTT

1
00:00:00.500 --> 00:00:02.000
<v Agent>Good morning.

2
00:00:02.250 --> 00:00:03.000 align:start position:10%
<v Customer>Hello.
"""


def read(text: str | bytes, voices: CallSpeakers | None = None) -> dict[int, ChannelTranscript]:
    raw = text.encode() if isinstance(text, str) else text
    found = read_import(raw, voices or CallSpeakers())
    assert set(found.engines.values()) == {"import webvtt"}
    return {transcript.channel_id: transcript for transcript in found.result.transcripts}


def said(text: str | bytes, voices: CallSpeakers | None = None) -> dict[int, list[tuple[int | None, int | None, str]]]:
    return {
        channel_id: [(item.begin_ms, item.end_ms, item.text) for item in transcript.sentences]
        for channel_id, transcript in read(text, voices).items()
    }


def cue(payload: str, times: str = "00:01.000 --> 00:02.000") -> str:
    return f"WEBVTT\n\n{times}\n{payload}\n"


def test_voices_times_and_texts_become_sentences_of_their_channels() -> None:
    found = read(TALK)
    assert said(TALK) == {0: [(500, 2000, "Good morning.")], 1: [(2250, 3000, "Hello.")]}
    assert found[0].text == "Good morning."
    [sentence] = found[0].sentences
    assert (sentence.sentence_id, sentence.language, sentence.emotion, sentence.words) == (0, None, None, ())


def test_the_agents_channel_is_the_one_the_metadata_says() -> None:
    assert set(said(TALK, CallSpeakers(agent_channel=1))) == {0, 1}
    assert said(TALK, CallSpeakers(agent_channel=1))[1][0][2] == "Good morning."


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + TALK.encode(),
        TALK.replace("\n", "\r\n").encode(),
        TALK.replace("\n", "\r").encode(),
        TALK.encode("utf-16"),
        b"\xfe\xff" + TALK.encode("utf-16-be"),
        TALK.rstrip("\n").encode(),
        TALK.replace("WEBVTT\n", "WEBVTT - made by a phone system\nKind: captions\n").encode(),
        TALK.replace("1\n", "NOTE\na note\nof lines\n\nSTYLE\n::cue {}\n\nREGION\nid:x\n\n1\n", 1).encode(),
        TALK.replace("00:00:0", "0:0", 4).replace("0:0", "00:0").encode(),
        TALK.replace("1\n", "").replace("2\n00", "00").encode(),
        TALK.replace(" --> ", "  -->\t").encode(),
    ],
    ids=[
        "byte-order mark", "CRLF", "CR", "UTF-16", "UTF-16 BE", "no last line end", "header", "notes and styles",
        "no hours", "no ids", "tabs",
    ],
)  # fmt: skip
def test_every_spelling_of_the_same_file_reads_alike(raw: bytes) -> None:
    assert is_webvtt(raw)
    assert said(raw) == said(TALK)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("<v Agent>Tom &amp; Jerry &lt;3&nbsp;&eacute;&#33;&#x21;", "Tom & Jerry <3 é!!"),
        ("<v Agent>AT&T &copy and R&D", "AT&T &copy and R&D"),
        ("<v Agent>I <i>really</i> <b.loud>do</b> <c.red>mean</c> <00:00:01.500>it", "I really do mean it"),
        ("<v Agent>5 < 6 and 7 > 4", "5 < 6 and 7 > 4"),
        ("<v Agent>two\nlines", "two lines"),
        ("<v Agent>您好，\n请讲。", "您好，请讲。"),
        ("<v Agent>안녕하세요\n고객님", "안녕하세요 고객님"),
        ("<v Agent>  much   air  ", "much air"),
        ("<ruby><v Agent>漢字<rt>かんじ</rt></ruby>", "漢字"),
        ("<v.first.loud Agent>Hello.</v>", "Hello."),
        ("- <v Agent>Hello.</v> -", "- Hello. -"),
        ("<v Agent>a\x00b", "a\ufffdb"),
    ],
)
def test_what_a_cue_says_is_taken_out_of_its_tags_and_references(payload: str, expected: str) -> None:
    assert said(cue(payload))[0] == [(1000, 2000, expected)]


@pytest.mark.parametrize(
    "payload",
    [
        "<v Agent>Well <v Customer>yes</v> then</v>",
        "<v Agent>Well</v> <v Customer>yes</v> <v Agent>then</v>",
        "<v Agent>Well</v>\n- <v Customer>yes</v>\n- <v Agent>then</v>",
        "<v Agent><c>Well</c><v Customer>yes</v></v><v Agent>then",
    ],
)
def test_each_voice_of_a_cue_has_what_it_says(payload: str) -> None:
    assert said(cue(payload)) == {0: [(1000, 2000, "Well then")], 1: [(1000, 2000, "yes")]}


def test_overlapping_and_unordered_cues_are_sorted_by_their_beginning() -> None:
    text = (
        "WEBVTT\n\n00:05.000 --> 00:09.000\n<v Agent>second\n\n00:01.000 --> 00:06.000\n<v Agent>first\n\n"
        "00:05.000 --> 00:06.000\n<v Agent>shorter\n"
    )
    found = read(text)[0]
    assert [(item.sentence_id, item.text) for item in found.sentences] == [(0, "first"), (1, "shorter"), (2, "second")]
    assert found.text == "first shorter second"


def test_a_cue_of_no_length_is_a_sentence_and_one_without_text_is_none() -> None:
    text = cue("<v Agent>ah", "00:01.000 --> 00:01.000") + "\n00:02.000 --> 00:03.000\n<v Customer> \n"
    assert said(text) == {0: [(1000, 1000, "ah")]}


def test_the_language_is_that_of_the_header_or_of_the_cue() -> None:
    text = "WEBVTT\nLanguage: en-US\n\n00:01.000 --> 00:02.000\n<v Agent>Hi.\n\n00:02.000 --> 00:03.000\n"
    text += "<v Agent><lang es-MX>Hola.</lang>\n\n00:04.000 --> 00:05.000\n<v Agent><lang tlh>nuqneH</lang>\n"
    assert [item.language for item in read(text)[0].sentences] == ["en", "es", "en"]
    assert read(text.replace("en-US", "nl"))[0].sentences[0].language is None


def test_a_name_and_a_colon_before_every_cue_are_its_voice() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nAgent: It is 10:30.\n\n00:02.000 --> 00:03.000\n客户：好的。\n"
    assert said(text) == {0: [(1000, 2000, "It is 10:30.")], 1: [(2000, 3000, "好的。")]}


def test_the_file_of_one_channel_needs_no_voices() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nNote: call me.\n\n00:02.000 --> 00:03.000\n<v Speaker 7>Yes.\n"
    assert said(text, CallSpeakers(only_channel=1)) == {1: [(1000, 2000, "Note: call me."), (2000, 3000, "Yes.")]}
    assert said(cue("Customer: Yes."), CallSpeakers(only_channel=1)) == {1: [(1000, 2000, "Yes.")]}
    assert said(cue("Reminder: Yes."), CallSpeakers(only_channel=1)) == {1: [(1000, 2000, "Reminder: Yes.")]}


def test_the_file_of_one_channel_without_cues_says_that_nobody_spoke() -> None:
    assert said("WEBVTT", CallSpeakers(only_channel=0)) == {0: []}


def test_the_file_of_one_channel_must_not_hold_the_other_side() -> None:
    with pytest.raises(
        BadResult, match='"Agent" speaks on channel 0, and the file\'s name says that it is of channel 1'
    ):
        read(TALK, CallSpeakers(only_channel=1))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not one of the transcripts that can be imported"),
        ("1\n00:00:01,000 --> 00:00:02,000\nHi.\n", "not one of the transcripts"),
        ("WEBVTTX\n\n", "line 1 is not WEBVTT"),
        ("WEBVTT\n", "nothing is said in it"),
        ("WEBVTT\n00:01.000 --> 00:02.000\n<v Agent>Hi.\n", "line 2 begins a cue"),
        (cue("<v Agent>Hi.", "00:01,000 --> 00:02,000"), "line 3: '00:01,000' is not a time"),
        (cue("<v Agent>Hi.", "1.5 --> 00:02.000"), "'1.5' is not a time"),
        (cue("<v Agent>Hi.", "00:61.000 --> 00:62.000"), "is not a time"),
        (cue("<v Agent>Hi.", "-00:01.000 --> 00:02.000"), "'-00:01.000' is not a time"),
        (cue("<v Agent>Hi.", "00:01.000 -->"), "no readable times"),
        (cue("<v Agent>Hi.", "00:02.000 --> 00:01.000"), "ends at 1000 ms, before it begins at 2000 ms"),
        (cue("<v Agent>Hi.", "100:00:00.000 --> 100:00:01.000"), "past any recording"),
        (cue("<v Agent>Hi.", f"{'9' * 400}:00:00.000 --> {'9' * 400}:00:01.000"), "past any recording"),
        (cue("<v Agent>Hi.\n2\n00:03.000 --> 00:04.000\nyes"), "line 6 begins a cue; an empty line"),
        (cue("<v Agent>Hi.\n\nand more"), "line 6 is neither a cue nor a note"),
        (cue("<v Agent Hi."), "voice tag without its closing"),
        (cue("Hi."), "line 3 does not say who speaks"),
        (cue("<v>Hi."), "does not say who speaks"),
        (
            cue("<v Zoltan>Hi."),
            "is spoken by somebody whose name has 6 characters, who is neither the agent nor the customer",
        ),
        (cue("<v Agent>a</v> what? <v Customer>b</v>"), "words outside its voices \\(text of 5 characters\\)"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(BadResult, match=reason):
        read(text)


def test_bytes_of_another_encoding_are_refused_and_never_guessed() -> None:
    with pytest.raises(BadResult, match="byte 44 is not UTF-8; save it as UTF-8"):
        read(cue("<v Agent>Lucía").encode("cp1252"))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="WEBVT<>v/ AC&;:.-\n0123\r\t", max_size=120))
def test_any_text_is_read_or_refused(tail: str) -> None:
    try:
        read("WEBVTT\n\n00:01.000 --> 00:02.000\n" + tail)
    except BadResult as refusal:
        assert str(refusal)  # noqa: PT017 - either way is right, an unnamed failure is not
