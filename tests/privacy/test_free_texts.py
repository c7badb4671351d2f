"""Sentences in metadata are masked as what was said is; what says who somebody is stays, and so do ids."""

from __future__ import annotations

from qa_pipeline.privacy.free_texts import without_free_values
from qa_pipeline.privacy.policy import RedactionPolicy

EXTRA = {
    "customer_name": "Maria de la Vega",
    "notes": "paid by Maria with 4539 1488 0343 6467 on 12 May, order 88374655",
    "备注": "客户的手机是13800138000",
    "wrap_up": {"summary": ["asked to write to jane at example.fi", "satisfied"]},
    "session_id": "4539148803436467",
    "score": 7,
}


def test_sentences_are_masked_and_values_are_not() -> None:
    assert without_free_values(EXTRA, "k-1", RedactionPolicy()) == {
        **EXTRA,
        "notes": "paid by [name] with [card] on 12 May, order 88374655",
        "备注": "客户的手机是[phone]",
        "wrap_up": {"summary": ["asked to write to [email]", "satisfied"]},
    }
    assert without_free_values(EXTRA, "k-1", RedactionPolicy(texts="off")) == EXTRA
    named = {"loyalty no": "gold 4539 1488 0343 6467"}
    assert without_free_values(named, None, RedactionPolicy(known=("loyalty no",))) == named
