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
"""The 27 codes that the qwen3 models label sentences with, and so the ones in tables."""

_ONLY_ASKED: dict[str, str] = {
    "nl": "Dutch",
    "el": "Greek",
    "hu": "Hungarian",
    "ro": "Romanian",
    "bg": "Bulgarian",
    "hr": "Croatian",
    "sk": "Slovak",
}
"""Languages of the fun-asr and qwen-audio models, which label no sentence."""

REQUEST_LANGUAGE_NAMES: dict[str, str] = LANGUAGE_NAMES | _ONLY_ASKED
REQUEST_LANGUAGES: tuple[str, ...] = tuple(REQUEST_LANGUAGE_NAMES)
"""The codes that settings and metadata may ask for."""

ITN_LANGUAGES: frozenset[str] = frozenset({"zh", "en"})
"""Languages whose numbers `enable_itn` writes as digits."""

FUN_ASR_LANGUAGES: tuple[str, ...] = tuple(code for code in REQUEST_LANGUAGES if code not in ("is", "tr", "uk"))
"""What the fun-asr and qwen-audio models know: thirty languages, and Cantonese beside Chinese."""

FUN_ASR_CODES: dict[str, str] = {"fil": "tl"}
"""Where the fun-asr family spells a language otherwise."""
