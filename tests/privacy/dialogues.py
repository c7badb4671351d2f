"""Small dialogues and what is stored of them."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.privacy.detection import personal_spans
from qa_pipeline.privacy.known_values import KnownValue
from qa_pipeline.privacy.masking import mask
from qa_pipeline.privacy.policy import RedactionPolicy
from qa_pipeline.privacy.sentences import SaidSentence

POLICY = RedactionPolicy()


def redacted(*lines: str, known: Sequence[KnownValue] = (), policy: RedactionPolicy = POLICY) -> list[str]:
    """Each line (`A:` or `C:`) as it is stored."""
    said = [
        SaidSentence({"A": "agent", "C": "customer"}[line[0]], line[3:], None, n * 3000, n * 3000 + 2000)
        for n, line in enumerate(lines)
    ]
    spans = personal_spans(said, known, policy)
    return [
        mask(each.text, [span for span in spans if span.sentence == place], policy).text
        for place, each in enumerate(said)
    ]
