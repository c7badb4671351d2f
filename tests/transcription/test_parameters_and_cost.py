"""What is asked of the service, what makes two askings the same paid work, and what it costs."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.transcription.cost import billable_seconds, estimate_remark, price_usd
from qa_pipeline.transcription.hot_words import read_hot_words
from qa_pipeline.transcription.languages import LANGUAGE_CODES, LANGUAGE_NAMES
from qa_pipeline.transcription.models import (
    EMOTIONS,
    FUN_ASR,
    MODELS,
    QWEN3_FILETRANS,
    Model,
    UnknownModel,
    UnknownPrice,
    find_model,
)
from qa_pipeline.transcription.parameters import TranscriptionParameters
from qa_pipeline.transcription.word_filter import require_word_filter


def test_what_is_unset_is_not_sent() -> None:
    assert TranscriptionParameters().to_request() == {"enable_itn": False, "enable_words": False}


def test_a_context_is_sent_as_the_corpus_text() -> None:
    asked = TranscriptionParameters(language="zh", enable_words=True, context="热词").to_request()
    assert asked == {"enable_itn": False, "enable_words": True, "language": "zh", "corpus": {"text": "热词"}}


def test_everything_that_asks_another_question_changes_the_digest() -> None:
    variants = [
        TranscriptionParameters(language, itn, words)
        for language, itn, words in itertools.product((None, "zh"), (False, True), (False, True))
    ]
    assert len({variant.digest for variant in variants}) == len(variants)
    assert TranscriptionParameters(language="").digest == TranscriptionParameters().digest
    vocabulary = TranscriptionParameters(vocabulary_id="v1").for_model(FUN_ASR)
    words = TranscriptionParameters(special_word_filter="{}").for_model(FUN_ASR)
    assert len({vocabulary.digest, words.digest, TranscriptionParameters().for_model(FUN_ASR).digest}) == 3


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_a_context_is_no_reason_to_pay_again(model: Model) -> None:
    plain, helped = (TranscriptionParameters("en", context=text).for_model(model) for text in (None, "ACME"))
    assert plain.digest == helped.digest


EVERYTHING = TranscriptionParameters(
    language="zh", enable_itn=True, enable_words=True, context="热词", vocabulary_id="v1", special_word_filter="{}",
    hot_words='{"鲸落": 4}',
)  # fmt: skip
QWEN_AUDIO = {"vocabulary_id": "v1", "vocabulary": {"鲸落": 4}, "context": "热词"}
ASKED: dict[str, dict[str, Any]] = {
    "qwen3-asr-flash-filetrans": {
        "language": "zh", "enable_itn": True, "enable_words": True, "corpus": {"text": "热词"},
    },
    "fun-asr": {"language_hints": ["zh"], "vocabulary_id": "v1", "special_word_filter": "{}"},
    "fun-asr-mtl": {"language_hints": ["zh"], "vocabulary_id": "v1", "special_word_filter": "{}"},
    "paraformer-8k-v2": {"language_hints": ["zh"], "vocabulary_id": "v1", "special_word_filter": "{}"},
    "qwen-audio-3.1-asr-flash-filetrans": {"language_hints": ["zh"], **QWEN_AUDIO},
    "qwen-audio-3.0-asr-flash-filetrans": {"language_hints": ["zh"], **QWEN_AUDIO},
    "qwen-audio-3.1-asr-flash": QWEN_AUDIO,
    "qwen-audio-3.0-asr-flash": QWEN_AUDIO,
    "qwen-audio-3.1-asr-flash-message": QWEN_AUDIO,
    "qwen3-asr-flash": {"language": "zh", "enable_itn": True, "context": "热词"},
    "qwen3-asr-flash-us": {"language": "zh", "enable_itn": True, "context": "热词"},
    "qwen-audio-asr": {},
    "fun-asr-flash-2026-06-15": {"context": "热词"},
    "qwen3-omni-flash": {"context": "热词"},
}  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_each_model_is_asked_what_it_documents_and_nothing_else(model: Model) -> None:
    assert EVERYTHING.for_model(model).to_request() == ASKED[model.id]


def test_filipino_has_another_code_for_fun_asr() -> None:
    asked = TranscriptionParameters(language="fil").for_model(FUN_ASR).to_request()
    assert asked == {"language_hints": ["tl"]}


def test_digits_are_not_asked_for_in_a_language_that_does_not_have_them() -> None:
    asked = TranscriptionParameters(language="de", enable_itn=True).for_model(QWEN3_FILETRANS).to_request()
    assert asked == {"language": "de", "enable_itn": False, "enable_words": False}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "anything in it"),
        ('{"filter": 1}', "'filter' is not one of filter_with_signed"),
        ('{"system_reserved_filter": "yes"}', "true or false"),
        ('{"filter_with_empty": {"word_list": []}}', "filter_with_empty must be"),
        ('{"filter_with_signed": ["word"]}', "filter_with_signed must be"),
    ],
)
def test_a_word_filter_that_the_service_would_ignore_is_refused(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        require_word_filter(text)


def test_a_word_filter_as_the_reference_page_shows_it_is_taken() -> None:
    require_word_filter(
        '{"filter_with_signed": {"word_list": ["测试"]}, "filter_with_empty": {"word_list": ["开始"]}, '
        '"system_reserved_filter": true}'
    )


def test_the_digest_stays_what_it_was_so_that_paid_work_is_found_again() -> None:
    assert TranscriptionParameters(language="zh", enable_words=True).digest == "72ede16684a7cfc4"


@given(st.floats(min_value=0, max_value=12 * 3600))
def test_a_part_second_is_billed_as_a_whole_one(audio_s: float) -> None:
    billed = billable_seconds(audio_s)
    assert -0.0005 <= billed - audio_s < 1.0005, "a recording's length is known to the millisecond"


def test_a_channel_costs_its_seconds_at_the_regions_list_price() -> None:
    assert price_usd(100, QWEN3_FILETRANS, "beijing") == pytest.approx(0.0032)
    assert price_usd(100, QWEN3_FILETRANS, "singapore") == pytest.approx(0.0035)


def test_a_price_of_tokens_forecasts_by_the_second_and_is_paid_by_the_token() -> None:
    model = find_model("qwen-audio-3.1-asr-flash-filetrans")
    assert model.is_priced_by_tokens
    assert model.price("beijing") == pytest.approx((25 * 0.113 + 5 * 0.382) / 1e6)
    assert model.price_of_tokens("singapore", 1_000_000, 2_000_000) == pytest.approx(0.15 + 2 * 0.47)
    assert not model.at_price(0.00001).is_priced_by_tokens
    assert "estimate" in estimate_remark(model.id)
    with pytest.raises(UnknownPrice, match="known: beijing, singapore"):
        model.price("us")


def test_what_the_vendor_switched_off_says_since_when_and_what_to_use() -> None:
    old = find_model("qwen-audio-asr")
    assert (old.retired_on, old.successor) == ("2026-03-30", "qwen3-asr-flash")
    assert find_model("qwen3-omni-flash-2025-09-15").retired_on == "2026-10"
    assert find_model("qwen3-omni-flash").retired_on is None
    assert find_model("fun-asr-mtl").successor == "fun-asr"


def test_a_region_has_its_own_rate_limit() -> None:
    assert [FUN_ASR.rate_limit(region) for region in ("beijing", "singapore", "local")] == [600, 100, 100]
    assert QWEN3_FILETRANS.rate_limit("beijing") == 100


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("{", "not JSON"),
        ({}, "not a table of words"),
        ({"a": 6}, "the weight of 'a' is 6; it must be 1 to 5, or 50"),
        ({"a": True}, "the weight of 'a' is True"),
        ({"": 4}, "empty"),
        ({"王" * 16: 4}, "has 16 characters"),
        ({"a b c d e f g h": 4}, "has 8 parts"),
        ({f"word{number}": 50 for number in range(51)}, "51 words of weight 50"),
        ({f"word{number}": 1 for number in range(2001)}, "2,001 words are too many"),
    ],
)
def test_hot_words_that_the_service_would_cut_or_ignore_are_refused(words: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        read_hot_words(words)


def test_hot_words_are_the_same_work_in_any_order() -> None:
    one, other = (read_hot_words(text) for text in ('{"b": 4, "鲸落": 50}', '{"鲸落": 50, "b": 4}'))
    assert one == other
    model = find_model("qwen-audio-3.1-asr-flash-filetrans")
    plain, helped = (TranscriptionParameters(hot_words=words).for_model(model).digest for words in (None, one))
    assert plain != helped


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
    assert set(found.names) == {asked, *known.names}


def test_a_dated_id_that_knows_fewer_languages_than_its_model_takes_only_those() -> None:
    assert find_model("fun-asr-2025-08-25").languages == ("zh", "en")
    assert len(find_model("fun-asr-2025-11-07").languages) > 2


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
