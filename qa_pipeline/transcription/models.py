"""The models of the service: what each takes, what it returns, what it costs.

One table, so that a limit is checked before a request is made and a price is known before it is spent.
Source: the service's reference pages (limits, formats, list prices, rate limits).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

Emotion = Literal["surprised", "neutral", "happy", "sad", "disgusted", "angry", "fearful"]

EMOTIONS: tuple[str, ...] = ("surprised", "neutral", "happy", "sad", "disgusted", "angry", "fearful")
"""Emotions the service names, in its own order."""

LANGUAGE_CODES: tuple[str, ...] = (
    "zh",
    "yue",
    "en",
    "ja",
    "de",
    "ko",
    "ru",
    "fr",
    "pt",
    "ar",
    "it",
    "es",
    "hi",
    "id",
    "th",
    "tr",
    "uk",
    "vi",
    "cs",
    "da",
    "fil",
    "fi",
    "is",
    "ms",
    "no",
    "pl",
    "sv",
)
"""The 27 language codes of the qwen3 models."""

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

ITN_LANGUAGES: frozenset[str] = frozenset({"zh", "en"})
"""Languages that `enable_itn` covers."""

Region = Literal["beijing", "singapore", "us"]

FILETRANS_FORMATS: frozenset[str] = frozenset(
    {
        "aac",
        "amr",
        "avi",
        "flac",
        "flv",
        "m4a",
        "mkv",
        "mov",
        "mp3",
        "mp4",
        "mpeg",
        "ogg",
        "opus",
        "wav",
        "webm",
        "wma",
        "wmv",
    }
)


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the service and what may be asked of it."""

    id: str
    input_field: Literal["file_url", "file_urls"]
    max_bytes: int
    max_duration_s: float
    formats: frozenset[str]
    languages: tuple[str, ...]
    returns_emotion: bool
    returns_language: bool
    requests_per_minute: int
    max_context_tokens: int
    price_per_s_usd: dict[str, float] = field(hash=False)
    aliases: tuple[str, ...] = ()
    own_price_usd: float | None = None

    def at_price(self, usd: float) -> Model:
        """The same model at what the account pays for a channel-second, in every region."""
        return replace(self, own_price_usd=usd)

    def price(self, region: str) -> float:
        """List price in US dollars for one second of one channel in `region`.

        Raises:
            UnknownPrice: no price is known for that region.
        """
        if self.own_price_usd is not None:
            return self.own_price_usd
        if region not in self.price_per_s_usd:
            offered = ", ".join(sorted(self.price_per_s_usd))
            raise UnknownPrice(
                f"no price of {self.id} is known for the region {region!r} (known: {offered}); set "
                "QA_PRICE_PER_S_USD to what your account pays for one second of one channel"
            )
        return self.price_per_s_usd[region]


class UnknownModel(ValueError):
    """The setting names a model that the table does not have."""


class UnknownPrice(ValueError):
    """No price is known for the region."""


QWEN3_FILETRANS = Model(
    id="qwen3-asr-flash-filetrans",
    aliases=("qwen3-asr-flash-filetrans-2025-11-17",),
    input_field="file_url",
    max_bytes=2 * 1024**3,
    max_duration_s=12 * 3600.0,
    formats=FILETRANS_FORMATS,
    languages=LANGUAGE_CODES,
    returns_emotion=True,
    returns_language=True,
    requests_per_minute=100,
    max_context_tokens=10_000,
    price_per_s_usd={"beijing": 0.000032, "singapore": 0.000035},
)

MODELS: tuple[Model, ...] = (QWEN3_FILETRANS,)


def find_model(model_id: str) -> Model:
    """The model of that id or dated alias.

    Raises:
        UnknownModel: no such model; the message lists the known ones.
    """
    for model in MODELS:
        if model_id == model.id or model_id in model.aliases:
            return model
    known = ", ".join(name for model in MODELS for name in (model.id, *model.aliases))
    raise UnknownModel(f"model {model_id!r} is not one this version speaks; choose one of: {known}")
