"""What is asked of the service, what makes two askings the same paid work, and what it costs."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.transcription.cost import billable_seconds, price_usd
from qa_pipeline.transcription.languages import LANGUAGE_CODES, LANGUAGE_NAMES
from qa_pipeline.transcription.models import EMOTIONS, QWEN3_FILETRANS, UnknownModel, UnknownPrice, find_model
from qa_pipeline.transcription.parameters import TranscriptionParameters


def test_what_is_unset_is_not_sent() -> None:
    assert TranscriptionParameters().to_request() == {"enable_itn": False, "enable_words": False}


def test_a_context_is_sent_as_the_corpus_text() -> None:
    asked = TranscriptionParameters(language="zh", enable_words=True, context="热词").to_request()
    assert asked == {"enable_itn": False, "enable_words": True, "language": "zh", "corpus": {"text": "热词"}}


def test_everything_that_changes_the_answer_changes_the_digest_and_nothing_else_does() -> None:
    variants = [
        TranscriptionParameters(language, itn, words, context)
        for language, itn, words, context in itertools.product((None, "zh"), (False, True), (False, True), (None, "x"))
    ]
    assert len({variant.digest for variant in variants}) == len(variants)
    assert TranscriptionParameters(language="").digest == TranscriptionParameters().digest


def test_the_digest_stays_what_it_was_so_that_paid_work_is_found_again() -> None:
    assert TranscriptionParameters(language="zh", enable_words=True).digest == "72ede16684a7cfc4"


@given(st.floats(min_value=0, max_value=12 * 3600))
def test_a_part_second_is_billed_as_a_whole_one(audio_s: float) -> None:
    billed = billable_seconds(audio_s)
    assert -0.0005 <= billed - audio_s < 1.0005, "a recording's length is known to the millisecond"


def test_a_channel_costs_its_seconds_at_the_regions_list_price() -> None:
    assert price_usd(100, QWEN3_FILETRANS, "beijing") == pytest.approx(0.0032)
    assert price_usd(100, QWEN3_FILETRANS, "singapore") == pytest.approx(0.0035)


def test_a_region_without_the_model_is_named_with_those_that_have_it() -> None:
    with pytest.raises(UnknownPrice, match=r"known for the region 'us' .known: beijing, singapore"):
        QWEN3_FILETRANS.price("us")


@pytest.mark.parametrize(
    ("asked", "row"),
    [
        ("qwen3-asr-flash-filetrans-2025-11-17", "qwen3-asr-flash-filetrans"),
        ("fun-asr-2026-09-01", "fun-asr"),
        ("qwen3-asr-flash-2025-09-08-us", "qwen3-asr-flash-us"),
        ("qwen3.5-omni-plus-2026-03-15", "qwen3-omni-flash"),
    ],
)
def test_a_dated_id_has_its_models_limits_and_is_sent_as_it_is_written(asked: str, row: str) -> None:
    found, known = find_model(asked), find_model(row)
    assert found.id == asked
    assert dataclasses.replace(found, id=row, aliases=known.aliases) == known


def test_a_live_model_is_no_model_for_recordings() -> None:
    with pytest.raises(UnknownModel):
        find_model("qwen3-omni-flash-realtime")


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match="'whisper' is not one this version speaks; choose one of: qwen3-asr"):
        find_model("whisper")


def test_the_known_sets_are_the_services() -> None:
    assert len(LANGUAGE_CODES) == len(set(LANGUAGE_CODES)) == 27
    assert set(LANGUAGE_NAMES) == set(LANGUAGE_CODES)
    assert len(set(EMOTIONS)) == 7


def test_the_accounts_own_price_goes_before_the_list_price_in_every_region() -> None:
    model = QWEN3_FILETRANS.at_price(0.00002)
    assert model.price("beijing") == model.price("frankfurt") == 0.00002
    assert QWEN3_FILETRANS.price("beijing") == 0.000032


def test_an_unknown_price_says_which_setting_gives_it() -> None:
    with pytest.raises(UnknownPrice, match="QA_PRICE_PER_S_USD"):
        QWEN3_FILETRANS.price("frankfurt")
