"""Whatever is said: spans lie in their sentences and apart, and what replaces them stands where it says."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

from qa_pipeline.privacy.detection import personal_spans
from qa_pipeline.privacy.masking import mask, masked_words
from qa_pipeline.privacy.metadata import known_of
from qa_pipeline.privacy.policy import RedactionPolicy
from qa_pipeline.privacy.sentences import SaidSentence

PIECES = (
    "four", "double", "oh", "4111", "1111 ", "１２３", "٣٤٥٦", "²³", "½", "ﬁ", "ß", "İ", "Ⅷ", "㊿", "一", "二百", "幺",
    "ゼロ", "さん", "ｾﾞﾛ", "きゅう", "@", "at ", "dot ", "gmail", "com", ".", ",", "、", "。", "-", "+", "(", "born ",
    "March ", "年", "月", "card ", "order number ", "é", "e\u0301", "\u200b", "\ud800", "🙂", "\x00", "\n", " ", "DE89",
    "GB29 NWBK ", "1.250.000", "12/03/1985", "9:30", "王", "小", "明", "先生", "Ana ", "Lopez", "treinta y ",
    "quatre-vingt-", "dix", "mil ", "x", "triple ", "号", "%", "$",
)  # fmt: skip
KNOWN = known_of("C-2003", {"customer_name": "Ana López", "姓名": "王小明", "phone": "612345678"}, [])
POLICY = RedactionPolicy(card="last4", digits="last4", phone="keep")


def call(chance: random.Random) -> list[SaidSentence]:
    return [
        SaidSentence(
            chance.choice("ac"),
            "".join(chance.choices(PIECES, k=chance.randint(0, 14))),
            chance.choice((None, "en", "zh", "ja", "es", "fr", "pt")),
            number * 1000,
            number * 1000 + 900,
        )
        for number in range(chance.randint(1, 8))
    ]


def pieces(text: str) -> list[dict[str, Any]]:
    return [
        {"begin_ms": at, "end_ms": at + 1, "text": text[at : at + 3], "punctuation": "", "confidence": None}
        for at in range(0, len(text), 3)
    ]


@pytest.mark.parametrize("seed", range(20))
def test_spans_lie_in_their_sentences_and_apart(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(20):
        said = call(chance)
        spans = personal_spans(said, KNOWN)
        for place, sentence in enumerate(said):
            own = [span for span in spans if span.sentence == place]
            assert all(0 <= span.begin < span.end <= len(sentence.text) for span in own)
            assert all(one.end <= other.begin for one, other in pairwise(own))
            masked = mask(sentence.text, own, POLICY)
            assert all(masked.text[each.at : each.at + len(each.text)] == each.text for each in masked.replacements)
            masked_words(sentence.text, pieces(sentence.text), masked)
