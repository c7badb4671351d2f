"""References as people keep them: what is read from each form, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.accuracy.references import BadReference, read_reference
from qa_pipeline.accuracy.transcripts import ChannelText, Utterance
from qa_pipeline.export.filetrans_json import to_filetrans_json
from qa_pipeline.export.plain_text import to_plain_text
from qa_pipeline.export.transcripts import ExportedCall, ExportedChannel
from qa_pipeline.export.webvtt import to_webvtt
from qa_pipeline.transcription.results import Sentence

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "recordings"
NOW = dt.datetime(2025, 9, 1, tzinfo=dt.UTC)


def exported() -> ExportedCall:
    """A call in which both speak, with everything in it that a format might stumble over."""
    agent = (
        Sentence(0, 1_000, 3_000, "Hello: this is <Daniel> & co.", "en", "happy"),
        Sentence(1, 9_000, 9_500, "好的。", "zh", None),
    )
    customer = (Sentence(0, 3_723_004, 3_724_000, "Agent: I want (a) refund", None, None),)
    return ExportedCall(
        call_id="a/b",
        recording_id="r",
        day_begins_at=NOW,
        loaded_at=NOW,
        duration_s=4_000.0,
        agent_channel=1,
        file_name="ab.wav",
        agent_name="Daniel",
        channels=(
            ExportedChannel(0, "customer", "…", customer, "model-x", "engine-y"),
            ExportedChannel(1, "agent", "…", agent, "model-x", "engine-y"),
        ),
    )


def test_an_exported_json_comes_back_with_channels_languages_and_makers() -> None:
    customer, agent = read_reference("a%2Fb.json", to_filetrans_json(exported()).encode())
    assert (customer.call_id, customer.channel_id, customer.role) == ("a/b", 0, "customer")
    assert (agent.model, agent.engine) == ("model-x", "engine-y")
    assert agent.utterances == (
        Utterance("Hello: this is <Daniel> & co.", "en", 1_000),
        Utterance("好的。", "zh", 9_000),
    )


def test_an_exported_text_comes_back() -> None:
    agent, customer = read_reference("anything.txt", to_plain_text(exported()).encode())
    assert agent == ChannelText(
        "a/b", (Utterance("Hello: this is <Daniel> & co.", "en", 1_000), Utterance("好的。", "zh", 9_000)), role="agent"
    )
    assert customer == ChannelText("a/b", (Utterance("Agent: I want (a) refund", None, 3_723_004),), role="customer")


def test_an_exported_webvtt_comes_back() -> None:
    agent, customer = read_reference("a%2Fb.vtt", to_webvtt(exported()).encode())
    assert agent == ChannelText(
        "a/b", (Utterance("Hello: this is <Daniel> & co.", None, 1_000), Utterance("好的。", None, 9_000)), role="agent"
    )
    assert customer == ChannelText("a/b", (Utterance("Agent: I want (a) refund", None, 3_723_004),), role="customer")


def test_every_sample_has_both_channels_and_its_sidecar_none() -> None:
    paths = sorted(SAMPLES.glob("*/c01*.json"))
    assert len(paths) > 10
    for path in paths:
        channels = read_reference(path.name, path.read_bytes())
        if path.name.endswith(".transcript.json"):
            assert {text.call_id for text in channels} == {path.name.split(".")[0]}
            assert [text.channel_id for text in channels] == sorted({text.channel_id for text in channels} & {0, 1})
        else:
            assert channels == []


def test_text_typed_by_hand_needs_no_times() -> None:
    typed = "AGENT: Good morning.\nHow can I help?\n\ncustomer：我要退款\nChannel 0: again\n"
    agent, customer, channel = read_reference("c1.txt", typed.encode("utf-8-sig"))
    assert agent == ChannelText("c1", (Utterance("Good morning."), Utterance("How can I help?")), role="agent")
    assert customer == ChannelText("c1", (Utterance("我要退款"),), role="customer")
    assert channel == ChannelText("c1", (Utterance("again"),), channel_id=0)


@pytest.mark.parametrize(
    ("name", "call_id", "role", "channel_id"),
    [
        ("c1.agent.txt", "c1", "agent", None),
        ("c1.Customer.TXT", "c1", "customer", None),
        ("c1.channel-1.txt", "c1", None, 1),
        ("a.b%2Fc.agent.txt", "a.b/c", "agent", None),
    ],
)
def test_a_file_of_one_channel_says_so_in_its_name(
    name: str, call_id: str, role: str | None, channel_id: int | None
) -> None:
    [only] = read_reference(name, b"Agent: is a word here\r\nand more")
    assert (only.call_id, only.role, only.channel_id) == (call_id, role, channel_id)
    assert [item.text for item in only.utterances] == ["is a word here", "and more"]


@pytest.mark.parametrize("name", ["c1.agent.txt", "c1.channel-0.txt"])
def test_an_empty_file_of_one_channel_is_a_channel_on_which_nobody_speaks(name: str) -> None:
    [only] = read_reference(name, b"\n")
    assert only.utterances == ()


def test_webvtt_of_another_hand() -> None:
    raw = (
        "\ufeffWEBVTT - by hand\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\nNOTE a --> b\r\n\r\n"
        "intro\r\n00:01.500 --> 00:02.000 align:start\r\n<v.loud Agent>a &lt;b&gt; <i>c</i></v>\r\n\r\n"
        "00:00:03.000 --> 00:00:04.000\r\n<v Customer>yes\r\nno</v> <v Agent>ok</v>\r\n"
    )
    agent, customer = read_reference("c1.vtt", raw.encode())
    assert agent.utterances == (Utterance("a <b> c", None, 1_500), Utterance("ok", None, 3_000))
    assert customer.utterances == (Utterance("yes\nno", None, 3_000),)


def test_webvtt_of_one_channel_needs_no_voices() -> None:
    [only] = read_reference("c1.channel-1.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\nhello\n")
    assert only == ChannelText("c1", (Utterance("hello", None, 1_000),), channel_id=1)


def result(**channel: Any) -> bytes:
    return json.dumps({"transcripts": [{"channel_id": 0, "text": "hi", "sentences": [], **channel}]}).encode()


def test_a_result_without_sentences_is_its_text() -> None:
    [only] = read_reference("c1.json", result())
    assert [item.text for item in only.utterances] == ["hi"]
    [silent] = read_reference("c1.transcript.json", result(text=""))
    assert silent.utterances == ()


def test_a_result_of_one_channel_may_be_named_by_role() -> None:
    [only] = read_reference("c1.customer.json", result())
    assert (only.call_id, only.role, only.channel_id) == ("c1", "customer", None)


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        (
            "c1.txt",
            b"Hello\nAgent: hi",
            "it does not say who speaks in its first line of text; begin lines",
        ),
        ("c1.txt", b"", "it contains no sentence; for a channel without speech write an empty"),
        ("c1.txt", "Agent: Größe".encode("latin-1"), "it is not UTF-8 text (byte 9)"),
        ("c1.vtt", b"1\n00:01.000 --> 00:02.000\nhi", "it does not begin with WEBVTT"),
        ("c1.vtt", b"WEBVTT\n\n1 --> 2\nhi", "block 1 has no valid cue time; write 00:01.000 -->"),
        (
            "c1.vtt",
            b"WEBVTT\n\n00:01.000 --> 00:02.000\nhi",
            "named for text of 2 characters of the cue in block 1",
        ),
        (
            "c1.vtt",
            b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Sarah>hi",
            "block 1 (text of 5 characters) is not Agent",
        ),
        ("c1.json", b"{", "it is not JSON"),
        ("c1.json", b"[]", "it is a JSON list, not a result with transcripts"),
        ("c1.json", b'{"transcripts": 3}', "transcripts"),
        ("c1.json", result(channel_id="x"), "channel_id"),
        ("c1.agent.json", b'{"transcripts": []}', "its name says one channel, it holds 0"),
    ],
)
def test_what_cannot_be_a_reference_is_refused_with_the_place(name: str, raw: bytes, said: str) -> None:
    with pytest.raises(BadReference, match=re.escape(said)):
        read_reference(name, raw)
