"""`qa-pipeline models` shows the table that the code itself goes by."""

from __future__ import annotations

import json

import pytest

from qa_pipeline.transcription.models import MODELS
from tests.commands.conftest import Typed


def test_every_model_is_listed_and_the_one_in_force_is_marked(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_MODEL", "fun-asr-2025-11-07")
    shown = typed("models")
    assert shown.code == 0
    rows = [line.split() for line in shown.out.splitlines()]
    listed = [row[0] for row in rows if row and row[0] in {model.id for model in MODELS}]
    assert listed == [model.id for model in MODELS]
    assert [row[0] for row in rows if len(row) > 1 and row[1] == "*"] == ["fun-asr"]
    assert "QA_MODEL is fun-asr-2025-11-07" in shown.out


def test_a_price_that_no_page_gives_is_not_made_up(typed: Typed) -> None:
    [line] = [line for line in typed("models").out.splitlines() if line.startswith("paraformer-8k-v2")]
    assert line.rstrip().endswith("not published")


def test_a_price_of_tokens_is_marked_as_an_estimate_and_a_retired_model_names_its_successor(typed: Typed) -> None:
    lines = typed("models").out.splitlines()
    [tokens] = [line for line in lines if line.startswith("qwen-audio-3.1-asr-flash-filetrans")]
    assert "beijing ~0.0170" in tokens
    [gone] = [line for line in lines if line.startswith("qwen-audio-asr")]
    assert "retired 2026-03-30: qwen3-asr-flash" in gone


def test_one_model_is_shown_whole_under_the_dated_id_it_was_asked_by(typed: Typed) -> None:
    shown = typed("models", "show", "qwen3-asr-flash-2025-09-08")
    known = {line[:24].strip(): line[24:].strip() for line in shown.out.splitlines()}
    assert known["id"] == "qwen3-asr-flash-2025-09-08"
    assert known["max bytes"] == "10,485,760"
    assert known["max duration s"] == "300"
    assert known["audio by"] == "url, upload, base64"
    assert known["itn languages"] == "en, zh"


def test_as_json_it_holds_every_fact(typed: Typed) -> None:
    listed = json.loads(typed("models", "--json").out)
    assert [row["id"] for row in listed] == [model.id for model in MODELS]
    one = json.loads(typed("models", "show", "qwen3-asr-flash-us", "--json").out)
    assert one == next(row for row in listed if row["id"] == "qwen3-asr-flash-us")
    assert one["price_per_s_usd"] == {"us": 0.000032}


def test_an_unknown_model_is_refused_with_the_known_ones(typed: Typed) -> None:
    refused = typed("models", "show", "whisper-large")
    assert refused.code == 2
    assert "'whisper-large' is not one this version speaks" in refused.err
    assert "qwen3-asr-flash-filetrans" in refused.err
