"""Rows of the tables become calls."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from qa_pipeline.export.rows import exported_calls, recording_name
from qa_pipeline.transcription.results import Word

AT = dt.datetime(2025, 9, 4, tzinfo=dt.UTC)


def call_row(call_id: str, **changes: Any) -> dict[str, Any]:
    names = ("duration_s", "started_at", "container", "codec", "sample_rate", "agent_id", "agent_name", "customer_id",
             "queue", "direction")  # fmt: skip
    usual = {"call_id": call_id, "day_begins_at": AT, "agent_channel": 0, "source_uri": "file:///r/c%201.wav"}
    return dict.fromkeys(names) | usual | changes


def transcript_row(call_id: str, channel_id: int, **changes: Any) -> dict[str, Any]:
    return {
        "call_id": call_id, "channel_id": channel_id, "role": "customer" if channel_id else "agent", "text": "Hi.",
        "model": "m", "engine": "e", "recording_id": "ab", "loaded_at": AT,
    } | changes  # fmt: skip


def test_sentences_and_transcripts_find_their_call_and_channel() -> None:
    said = {"begin_ms": 1, "end_ms": 2, "text": "Hi.", "language": None, "emotion": None, "confidence": 0.75}
    word = {"begin_ms": 1, "end_ms": 2, "text": "Hi", "punctuation": None}
    sure = word | {"confidence": 0.5}
    sentences = [
        {"call_id": "b", "channel_id": 1, "sentence_id": 0, "words": [word, sure]} | said,
        {"call_id": "b", "channel_id": 1, "sentence_id": 1, "words": None} | said,
    ]
    later = AT + dt.timedelta(hours=1)
    transcripts = [transcript_row("b", 0), transcript_row("b", 1, loaded_at=later), transcript_row("a", 0)]
    found = list(exported_calls([call_row("b"), call_row("none"), call_row("a")], transcripts, sentences))
    assert [call.call_id for call in found] == ["b", "a"]
    agent, customer = found[0].channels
    assert agent.sentences == ()
    assert [sentence.words for sentence in customer.sentences] == [
        (Word(1, 2, "Hi"), Word(1, 2, "Hi", confidence=0.5)),
        (),
    ]
    assert customer.sentences[1].confidence == 0.75
    assert (found[0].loaded_at, found[1].missing_roles) == (later, ["customer"])


@pytest.mark.parametrize(
    ("uri", "name", "address"),
    [
        ("file:///data/2025/c%201.wav", "c 1.wav", None),
        ("s3://bucket/2025/c1.wav", "c1.wav", None),
        ("https://recordings.example/c1.wav", "c1.wav", "https://recordings.example/c1.wav"),
        ("https://recordings.example/c1.wav?Signature=abc", "c1.wav", None),
        ("https://me:secret@recordings.example/c1.wav", "c1.wav", None),
        ("http://recordings.example/c1.wav", "c1.wav", None),
        ("/data/c1.wav", "c1.wav", None),
    ],
)
def test_only_addresses_that_hold_no_secret_and_no_folder_of_this_machine_go_out(
    uri: str, name: str, address: str | None
) -> None:
    [call] = exported_calls([call_row("a", source_uri=uri)], [transcript_row("a", 0)], [])
    assert (call.file_name, call.file_url) == (name, address)
    assert recording_name(uri) == name
