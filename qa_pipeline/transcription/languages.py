"""The languages of the service's models, by the codes it uses. Source: the reference pages."""

from __future__ import annotations

LANGUAGE_NAMES: dict[str, str] = {
    "zh": "Chinese",
    "yue": "Cantonese",
    "en": "English",
    "ja": "Japanese",
    "de": "German",
    "ko": "Korean",
    "ru": "Russian",
    "fr": "French",
    "pt": "Portuguese",
    "ar": "Arabic",
    "it": "Italian",
    "es": "Spanish",
    "hi": "Hindi",
    "id": "Indonesian",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "cs": "Czech",
    "da": "Danish",
    "fil": "Filipino",
    "fi": "Finnish",
    "is": "Icelandic",
    "ms": "Malay",
    "no": "Norwegian",
    "pl": "Polish",
    "sv": "Swedish",
}

LANGUAGE_CODES: tuple[str, ...] = tuple(LANGUAGE_NAMES)
"""The 27 codes that tables, settings and metadata use: those of the qwen3 models."""

ITN_LANGUAGES: frozenset[str] = frozenset({"zh", "en"})
"""Languages whose numbers `enable_itn` writes as digits."""

FUN_ASR_LANGUAGES: tuple[str, ...] = tuple(code for code in LANGUAGE_CODES if code not in ("is", "tr", "uk"))
"""Those of the 27 that the fun-asr models know. They also know seven that no other model does, Dutch and Greek among
them; these are recognized without being asked for."""

FUN_ASR_CODES: dict[str, str] = {"fil": "tl"}
"""Where the fun-asr family spells a language otherwise."""
