"""Languages and emotions as others write them, brought to the product's own."""

from __future__ import annotations

from typing import Any

from qa_pipeline.transcription.languages import FUN_ASR_CODES, LANGUAGE_CODES, LANGUAGE_NAMES
from qa_pipeline.transcription.models import EMOTIONS

_BY_NAME = {name.casefold(): code for code, name in LANGUAGE_NAMES.items()}
_OTHER_CODES = {
    **{theirs: code for code, theirs in FUN_ASR_CODES.items()},
    "cmn": "zh", "mandarin": "zh", "zh-hk": "yue", "zh-yue": "yue", "zh-hant-hk": "yue", "nb": "no", "nn": "no",
    "in": "id", "eng": "en", "zho": "zh", "chi": "zh", "jpn": "ja", "deu": "de", "ger": "de", "kor": "ko", "rus": "ru",
    "fra": "fr", "fre": "fr", "por": "pt", "ara": "ar", "ita": "it", "spa": "es", "hin": "hi", "ind": "id", "tha": "th",
    "tur": "tr", "ukr": "uk", "vie": "vi", "ces": "cs", "cze": "cs", "dan": "da", "fin": "fi", "isl": "is", "ice": "is",
    "msa": "ms", "may": "ms", "nor": "no", "nob": "no", "nno": "no", "pol": "pl", "swe": "sv",
}  # fmt: skip
"""What others write: zh-HK is Cantonese where speech is meant, `in` the old code of Indonesian; three letters are
ISO 639-2 and 639-3."""


def known_language(value: Any) -> str | None:
    """One of the 27 codes, from a code, a tag such as en-US or an English name; None for any other."""
    if not isinstance(value, str):
        return None
    tag = value.strip().casefold().replace("_", "-")
    for candidate in (tag, tag.partition("-")[0]):
        code = _OTHER_CODES.get(candidate) or _BY_NAME.get(candidate)
        if code or candidate in LANGUAGE_CODES:
            return code or candidate
    return None


def known_emotion(value: Any) -> str | None:
    """One of the seven emotions; None for any other."""
    emotion = value.strip().casefold() if isinstance(value, str) else None
    return emotion if emotion in EMOTIONS else None
