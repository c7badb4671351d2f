"""Where a word ends a sentence: a full stop does not behind an abbreviation, an initial or within a number."""

from __future__ import annotations

import unicodedata

from qa_pipeline.transcription.results import Word

PAUSE_MS = 200
"""Behind a point that may belong to the word, a pause of this length ends the sentence."""

_ENDS = frozenset(".?!…。？！｡．؟۔।")
_BEFORE_A_NAME = frozenset(
    {
        "mr", "mrs", "ms", "dr", "prof", "st", "gen", "col", "sgt", "capt", "lt", "rev", "hon", "vs",
        "sr", "sra", "srta", "dra", "núm", "sig", "dott", "mme", "mlle", "hr", "fr", "nr", "bzw", "ca", "evtl", "ggf",
        "г", "ул", "тел", "им",
    }
)  # fmt: skip
_MAYBE_LAST = frozenset({"etc", "inc", "ltd", "co", "corp", "jr", "usw", "ecc", "no"})
_ORDINALS_WITH_POINT = frozenset({"de", "da", "no", "nn", "fi", "cs", "sk", "pl", "hu", "tr", "is", "et", "sl", "hr"})


def ends_sentence(word: Word, following: Word, pause_ms: int, language: str | None) -> bool:
    """Whether a sentence ends with this word, and not with a part of what is being said; `pause_ms` lies between both.
    The marks behind a word may be in its text or in its punctuation."""
    text, mark = _apart((word.text + word.punctuation).strip())
    if not _ENDS & set(mark):
        return False
    starts_low = following.text.lstrip(" ¿¡\"'“‘«(")[:1].islower()
    if mark.strip("\"'”’»)") != ".":
        return not starts_low
    return not starts_low and not _keeps_its_point(text, pause_ms, language)


def _apart(whole: str) -> tuple[str, str]:
    """A word and the marks behind it."""
    end = len(whole)
    while end and unicodedata.category(whole[end - 1]).startswith("P"):
        end -= 1
    return whole[:end], whole[end:]


def _keeps_its_point(word: str, pause_ms: int, language: str | None) -> bool:
    text = word.lstrip("¿¡\"'“‘«(").casefold()
    if text in _BEFORE_A_NAME:
        return True
    if pause_ms >= PAUSE_MS:
        return False
    if text.isdigit():
        return language in _ORDINALS_WITH_POINT
    return text in _MAYBE_LAST or (len(text) == 1 and text.isalpha()) or _is_dotted(text)


def _is_dotted(text: str) -> bool:
    """a.m, U.S, z.B: letters with points between them."""
    parts = text.split(".")
    return len(parts) > 1 and all(part.isalpha() and len(part) <= 2 for part in parts)
