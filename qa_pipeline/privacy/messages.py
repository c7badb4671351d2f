"""Messages of others, as the service's explanations, without what is personal in them by its shape: they may quote what
was said. What belongs to addresses, ids, names of files and measures stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa_pipeline.privacy.sentences import Span

_WORTH_A_LOOK = re.compile(r"\d(?:[\s.,-]{0,2}\d){5}|@|\bat\b|艾特")
"""Six figures, or the sign of an address; words of numbers are in no explanation that is not a quotation."""
_WORD = re.compile(r"\S+")
_IN_IDS = re.compile(r"[a-z_/=&?#:]", re.IGNORECASE)
_ID = re.compile(
    r"(?<![a-z0-9])(?:[0-9a-f]{32,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![a-z0-9])", re.IGNORECASE
)
"""Of a request, task or file. One in a hundred begins as an account number does, of which none is so long."""
_MEASURES = re.compile(
    r"\s*(?:bytes?|[kmg]i?b|ms|milliseconds?|s|sec|seconds?|hz|px|tokens?|characters?|samples?|字节|秒|毫秒)\b",
    re.IGNORECASE,
)


def without_personal(text: str) -> str:
    """The text with placeholders; of texts that are placeholders already the same."""
    if not _WORTH_A_LOOK.search(text):
        return text
    from qa_pipeline.privacy.detection import personal_spans  # takes long to import, and is seldom needed
    from qa_pipeline.privacy.masking import mask
    from qa_pipeline.privacy.policy import RedactionPolicy
    from qa_pipeline.privacy.sentences import SaidSentence

    policy = RedactionPolicy(ip="keep")  # of this machine or of the service
    words = [match.span() for match in _WORD.finditer(text)]
    spans = personal_spans([SaidSentence("mixed", text)], policy=policy)
    ids = [match.span() for match in _ID.finditer(text)]
    kept = [
        span
        for span in spans
        if not any(begin <= span.begin < end for begin, end in ids)
        and (span.kind in ("email", "iban") or not _is_technical(text, words, span))
    ]
    return mask(text, kept, policy).text


def _is_technical(text: str, words: list[tuple[int, int]], span: Span) -> bool:
    """Whether a number is a part of an address, an id or a file's name, or a measure."""
    around = [text[begin:end] for begin, end in words if begin < span.end and span.begin < end]
    is_in_id = len(around) == 1 and _IN_IDS.search(around[0].strip("[]()\"'.,;:")) is not None
    return is_in_id or _MEASURES.match(text, span.end) is not None
