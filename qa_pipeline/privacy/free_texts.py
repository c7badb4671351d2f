"""What people and systems write into metadata in sentences: notes, summaries, subjects. They are masked as texts of the
call are. Values that say who somebody is (`customer_name`, `phone`) stay, for calls are looked up and erased by them,
and so do single words, ids and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa_pipeline.privacy.detection import personal_spans
from qa_pipeline.privacy.known_values import KnownValue
from qa_pipeline.privacy.masking import mask
from qa_pipeline.privacy.metadata import is_about_a_person, known_of_call
from qa_pipeline.privacy.policy import RedactionPolicy
from qa_pipeline.privacy.sentences import SaidSentence

LEAST_WORDS = 3
LEAST_UNSPACED = 8
"""Characters of a sentence in a script without blanks."""


def without_free_values(extra: Mapping[str, Any], customer_id: str | None, policy: RedactionPolicy) -> dict[str, Any]:
    """Metadata with placeholders in their sentences, of what the policy masks and what other keys say of the people."""
    if not policy.is_on:
        return dict(extra)
    known = known_of_call(customer_id, extra, (), policy)
    return {key: _masked(value, key, known, policy) for key, value in extra.items()}


def _masked(value: Any, key: str, known: list[KnownValue], policy: RedactionPolicy) -> Any:
    if isinstance(value, Mapping):
        return {name: _masked(each, f"{key}_{name}", known, policy) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(each, key, known, policy) for each in value]
    if not isinstance(value, str) or not _is_sentence(value) or is_about_a_person(key, policy.known):
        return value
    return mask(value, personal_spans([SaidSentence("mixed", value)], known, policy), policy).text


def _is_sentence(text: str) -> bool:
    if not any(map(str.isalpha, text)):
        return False
    is_unspaced = not text.isascii() and len(text) >= LEAST_UNSPACED
    return is_unspaced or len(text.split()) >= LEAST_WORDS
