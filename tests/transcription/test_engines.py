"""Who signed an answer, and what the tables call it, whatever stands in the answer in its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qa_pipeline.transcription.engines import engine_in_tables, heard_by, signed_engines


def result(*engines: Any) -> bytes:
    channels = [
        {"channel_id": number, "text": "Hi.", "sentences": [{"begin_time": 0, "end_time": 9, "text": "Hi."}]}
        for number in range(len(engines))
    ]
    for channel, engine in zip(channels, engines, strict=True):
        channel["engine"] = engine
    return json.dumps({"transcripts": channels}).encode()


@pytest.mark.parametrize(
    ("signature", "name"),
    [
        ("local/whisper base d01c3014", "local whisper base d01c3014"),
        ("local/reference", "local reference"),
        ("local/openai\n  large\tv3\x07", "local openai large v3"),
        ("local/<b>x</b>", "local <b>x</b>"),
        ("", None), ("local/", None), ("local/ \n", None), ("dashscope beijing", None), (5, None), (None, None),
        (["local/whisper"], None),
    ],
)  # fmt: skip
def test_only_a_local_service_signs_and_its_name_takes_one_line(signature: object, name: str | None) -> None:
    assert engine_in_tables(signature) == name


def test_a_name_without_end_is_cut_to_what_the_ledger_holds() -> None:
    assert len(engine_in_tables("local/" + "w" * 10_000) or "") == 80


def test_each_channel_is_signed_on_its_own() -> None:
    document = result("local/reference", "local/whisper tiny 8c1a2b3d")
    assert signed_engines(document, [0, 1]) == {0: "local reference", 1: "local whisper tiny 8c1a2b3d"}


@pytest.mark.parametrize("engine", ["", 7, ["local/a"], {"local/": 1}, "somebody else", None, "x" * 10_000])
def test_what_is_not_a_signature_costs_neither_its_channel_nor_the_other_one(engine: object) -> None:
    assert signed_engines(result(engine, "local/reference"), [0, 1]) == {1: "local reference"}


@pytest.mark.parametrize("document", [b"", b"[]", b"{", b'{"transcripts": 5}'])
def test_a_document_that_cannot_be_read_is_signed_by_nobody(document: bytes) -> None:
    assert signed_engines(document, [0]) == {}


def test_an_answer_that_came_at_once_is_signed_as_a_whole() -> None:
    answer = {"engine": "local/whisper base d01c3014", "output": {"text": "Hi."}, "request_id": "r"}
    assert signed_engines(json.dumps(answer).encode(), [1]) == {1: "local whisper base d01c3014"}


def test_what_was_asked_for_made_nothing_where_a_local_engine_answered() -> None:
    assert heard_by("dashscope beijing", "fun-asr") == "fun-asr"
    assert heard_by("local whisper base d01c3014", "fun-asr") == "local whisper base d01c3014"
