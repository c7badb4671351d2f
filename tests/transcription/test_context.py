"""What is sent as context: which text for which queue, without comments, and never more than a model takes."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.transcription.context import (
    ContextError,
    Contexts,
    ContextText,
    context_turns,
    estimate_tokens,
    queue_key,
    refuse_too_long,
    strip_comments,
)
from qa_pipeline.transcription.models import FUN_ASR, MODELS, QWEN3_FILETRANS

ROOT = Path(__file__).resolve().parents[2]

GLOSSARIES = {
    "names": "Schwarzenegger, Ghislaine Maxwellowa, Nguyen Thi Phuong Thao, Xochitl Quetzalcoatl, Kowalczyk-Brzeczy",
    "medicines": "Xarelto, Zyprexa, pembrolizumab, Ozempic, atorvastatin, levothyroxine, Skyrizi, Qulipta, Xeljanz",
    "codes": "AX-7731, IBAN DE89 3704 0044 0532 0130 00, SKU#QZ-88/4, v2.14.3, https://example.com/?a=b&c=%20",
    "technology": "QwikSync ProMaxUltra iOS WiFi eSIM ADSL2plus VDSL FTTH GPON XGSPON MPLS SDWAN",
    "capitals": "KEVANTO GMBH NASDAQ LTDA PLC",
    "markdown": "# Glossary\n\n- **Kevanto** (kəˈvanto): our product\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "de": "Kraftfahrzeughaftpflichtversicherung, Selbstbeteiligung, Überweisung, Größe",
    "pl": "Zażółć gęślą jaźń, świadczenie usług, przelew środków, zgłoszenie reklamacji",
    "vi": "Tổng đài chăm sóc khách hàng, hóa đơn điện tử, chuyển khoản ngân hàng",
    "ru": "Служба поддержки клиентов, возврат денежных средств, тарифный план",
    "ar": "خدمة العملاء، فاتورة، استرداد المبلغ، الاشتراك الشهري",
    "hi": "ग्राहक सेवा केंद्र, बिल भुगतान, धनवापसी, मासिक सदस्यता",
    "th": "ศูนย์บริการลูกค้า ใบแจ้งหนี้ คืนเงิน ค่าบริการรายเดือน",
    "ja": "カスタマーサポートセンター、料金プラン変更、払い戻し、ネットワーク機器",
    "zh": "科万客服中心，增值服务费，宽带光猫，云存储套餐，企业微信",
}


def spoken_samples() -> dict[str, str]:
    """All sentences of the sample calls by language."""
    spoken: dict[str, list[str]] = {}
    for path in sorted((ROOT / "samples" / "recordings").glob("*/*.transcript.json")):
        for channel in json.loads(path.read_text(encoding="utf-8"))["transcripts"]:
            for sentence in channel["sentences"]:
                spoken.setdefault(sentence["language"], []).append(sentence["text"])
    return {language: "\n".join(texts) for language, texts in spoken.items()}


@functools.cache
def open_qwen_tokenizer() -> Any:
    """Of the official SDK; reads its vocabulary in a third of a second."""
    from dashscope.tokenizers import get_tokenizer

    return get_tokenizer("qwen-7b-chat")


def text_of(tokens: int) -> str:
    """A glossary of that many tokens by estimate."""
    return "信" * tokens


def test_the_estimate_follows_its_rule_by_hand() -> None:
    by_hand = {
        "": 0,
        "kevant": 2,
        "kevanto": 3,
        "Kevanto": 4,
        "KEVANTO": 4,
        "our product": 1 + 3,
        "5G": 1 + 1,
        "1026": 4,
        "您好": 2,
        "您好，Kevanto。": 3 + 4 + 1,
        "a\nb": 1 + 1 + 1,
        "a   b": 1 + 0 + 1 + 1 + 1,
        "é": 1,
        "สว": 4,
        "😀": 4,
        "𠮷": 4,
    }
    assert {text: estimate_tokens(text) for text in by_hand} == by_hand


def test_composed_and_decomposed_characters_count_the_same() -> None:
    assert estimate_tokens("re\u0301sume\u0301") == estimate_tokens("r\u00e9sum\u00e9")


@pytest.mark.parametrize("name", GLOSSARIES)
def test_the_estimate_is_not_below_the_open_qwen_tokenizer_for_a_glossary(name: str) -> None:
    counted = len(open_qwen_tokenizer().encode(GLOSSARIES[name]))
    assert counted <= estimate_tokens(GLOSSARIES[name]) <= 3.5 * counted


@pytest.mark.parametrize(("language", "text"), spoken_samples().items())
def test_the_estimate_is_up_to_four_fifths_above_the_open_qwen_tokenizer_for_speech(language: str, text: str) -> None:
    counted = len(open_qwen_tokenizer().encode(text))
    assert counted <= estimate_tokens(text) <= 1.8 * counted


@given(st.text(max_size=60), st.text(max_size=60))
def test_more_text_never_counts_less(first: str, second: str) -> None:
    assert estimate_tokens(f"{first}\n{second}") >= max(estimate_tokens(first), estimate_tokens(second))


def test_a_token_above_the_limit_is_refused_with_the_file_the_figures_the_model_and_a_way_out() -> None:
    refuse_too_long("context.md", text_of(10_000), QWEN3_FILETRANS)
    with pytest.raises(ContextError) as refused:
        refuse_too_long("context.md", text_of(10_001), QWEN3_FILETRANS)
    said = str(refused.value)
    assert said.startswith(
        "context.md: about 10,001 tokens of context; qwen3-asr-flash-filetrans takes 10,000. Shorten it by about 1:"
    )


def test_company_and_queue_count_together_and_both_files_are_named() -> None:
    half, most = ContextText("context.md", text_of(6_000)), ContextText("context/billing.md", text_of(6_000))
    with pytest.raises(ContextError, match=r"^context\.md and context/billing\.md: about 12,00\d tokens"):
        Contexts(half, {"billing": most}).for_model(QWEN3_FILETRANS)
    assert Contexts(half).for_model(QWEN3_FILETRANS).for_queue("billing") == half.text
    assert Contexts(None, {"billing": most}).for_model(QWEN3_FILETRANS).for_queue("billing") == most.text


def test_a_model_that_takes_no_context_gets_none_however_long_it_is() -> None:
    contexts = Contexts(ContextText("context.md", text_of(99_999)))
    assert not FUN_ASR.max_context_tokens
    assert contexts.for_model(FUN_ASR).for_queue("billing") is None


@pytest.mark.parametrize("model", [model for model in MODELS if model.max_context_tokens], ids=lambda model: model.id)
def test_every_model_with_context_has_its_own_limit_in_the_sentence(model) -> None:  # type: ignore[no-untyped-def]
    most = f"{model.max_context_turns} of 400 characters" if model.max_context_turns else model.max_context_tokens
    with pytest.raises(ContextError, match=f"{model.id} takes {most:,}" if isinstance(most, int) else most):
        refuse_too_long("context.md", text_of(model.max_context_tokens + 1), model)


def test_context_goes_in_turns_that_the_service_does_not_cut() -> None:
    words = [f"word{number}" for number in range(300)]
    turns = context_turns(" ".join(words))
    assert max(map(len, turns)) <= 400
    assert " ".join(turns).split() == words
    assert [len(turn) for turn in context_turns("王" * 900)] == [400, 400, 100]
    assert context_turns(" \n ") == []


def test_a_queue_gets_the_company_s_text_and_then_its_own() -> None:
    contexts = Contexts(
        ContextText("context.md", "Kevanto"), {"billing": ContextText("context/billing.md", "chargeback")}
    )
    assert contexts.for_queue("billing") == "Kevanto\n\nchargeback"
    assert contexts.for_queue("retention") == "Kevanto"
    assert contexts.for_queue(None) == "Kevanto"
    assert Contexts(None, contexts.by_queue).for_queue("retention") is None


def test_an_empty_context_is_none() -> None:
    assert Contexts(ContextText("context.md", ""), {"billing": ContextText("b", "")}).for_queue("billing") is None


def test_a_queue_is_found_whatever_its_case_and_form() -> None:
    contexts = Contexts(None, {queue_key("Störungen"): ContextText("context/Störungen.md", "Router")})
    assert contexts.for_queue("STÖRUNGEN") == contexts.for_queue("sto\u0308rungen") == "Router"
    assert contexts.for_queue("") is None


def test_comments_are_not_sent_and_all_else_stays() -> None:
    text = "<!-- owner: QA\nteam -->\n# Terms\n- Kevanto <!-- not Cavanto --> router\n\n<b>5G</b>\n<!---->"
    assert strip_comments(text, "context.md") == "# Terms\n- Kevanto  router\n\n<b>5G</b>"


def test_a_comment_that_does_not_end_is_named_by_its_line() -> None:
    with pytest.raises(ContextError, match=r"^context\.md: the comment that begins in line 3 does not end"):
        strip_comments("Kevanto\n\n<!-- draft\nrouter", "context.md")
