"""The models of the service: what each takes, what it returns, what it costs.

One table, so that a limit is checked before a request is made and a price is known before it is spent.
Source: the service's reference pages (limits, formats, list prices, rate limits). Where a page says nothing of a
model, the row says nothing either: a price that is not known is missing, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from qa_pipeline.errors import WrongUse
from qa_pipeline.transcription.languages import FUN_ASR_LANGUAGES, ITN_LANGUAGES, LANGUAGE_CODES

EMOTIONS: tuple[str, ...] = ("surprised", "neutral", "happy", "sad", "disgusted", "angry", "fearful")
"""Emotions the service names, in its own order."""

Request = Literal["file_url", "file_urls", "asr_message", "bare_message", "paired_messages", "chat"]
"""How a model is asked.

`file_url`, `file_urls`: a task, submitted and polled. `asr_message`: at once, with a system message for context and
`asr_options`. `bare_message`: at once, one audio and nothing else. `paired_messages`: at once, context as pairs of
earlier messages. `chat`: the OpenAI-style address, always streamed, with a prompt.
"""

AudioForm = Literal["url", "upload", "base64"]
"""How audio may reach a model: a public address (or a presigned one), the service's temporary storage, inline."""

MB = 1024 * 1024
GB = 1024 * MB

# fmt: off
FILETRANS_FORMATS: frozenset[str] = frozenset({
    "aac", "amr", "avi", "flac", "flv", "m4a", "mkv", "mov", "mp3", "mp4", "mpeg", "ogg", "opus", "wav", "webm", "wma",
    "wmv",
})
# fmt: on
FLASH_FORMATS: frozenset[str] = (FILETRANS_FORMATS | {"aiff"}) - {"mov", "mp4"}

DEFAULT_REQUESTS_PER_MINUTE = 100
"""Documented for the qwen3 models; taken for their siblings, of which no page gives a rate."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the service and what may be asked of it.

    `regions` are names of `dashscope.regions`. Sizes in bytes, durations in seconds, prices in US dollars for one
    second of one channel, by region. `languages` are those of our 27 codes that may be asked for.
    """

    id: str
    request: Request
    regions: tuple[str, ...]
    audio_forms: tuple[AudioForm, ...]
    max_bytes: int
    max_duration_s: float
    formats: frozenset[str]
    price_per_s_usd: tuple[tuple[str, float], ...] = ()
    aliases: tuple[str, ...] = ()
    languages: tuple[str, ...] = LANGUAGE_CODES
    itn_languages: frozenset[str] = frozenset()
    requests_per_minute: int = DEFAULT_REQUESTS_PER_MINUTE
    max_context_tokens: int = 0
    streams: bool = False
    returns_sentence_times: bool = False
    returns_word_times: bool = False
    returns_language: bool = False
    returns_emotion: bool = False
    own_price_usd: float | None = None

    @property
    def is_task_based(self) -> bool:
        """Whether it works in tasks that are polled, and keeps channels apart itself."""
        return self.request in ("file_url", "file_urls")

    @property
    def input_field(self) -> Literal["file_url", "file_urls"]:
        """Where a task's request carries the audio: one address, or an array of addresses."""
        return "file_urls" if self.request == "file_urls" else "file_url"

    @property
    def names(self) -> tuple[str, ...]:
        """Its id and its other ids."""
        return (self.id, *self.aliases)

    def at_price(self, usd: float) -> Model:
        """The same model at what the account pays for a channel-second, in every region."""
        return replace(self, own_price_usd=usd)

    def price(self, region: str) -> float:
        """List price in US dollars for one second of one channel in `region`.

        Raises:
            UnknownPrice: no price is known for that region.
        """
        prices = dict(self.price_per_s_usd)
        if self.own_price_usd is not None:
            return self.own_price_usd
        if region not in prices:
            known = f"known: {', '.join(sorted(prices))}" if prices else "the reference pages give none"
            raise UnknownPrice(
                f"no price of {self.id} is known for the region {region!r} ({known}); set "
                "QA_PRICE_PER_S_USD to what your account pays for one second of one channel"
            )
        return prices[region]


class UnknownModel(ValueError):
    """The setting names a model that the table does not have."""


class UnknownPrice(WrongUse):
    """No price is known for the region."""


_QWEN3_PRICES = (("beijing", 0.000032), ("singapore", 0.000035))

QWEN3_FILETRANS = Model(
    id="qwen3-asr-flash-filetrans",
    aliases=("qwen3-asr-flash-filetrans-2025-11-17",),
    request="file_url",
    regions=("beijing", "singapore"),
    audio_forms=("url", "upload"),
    max_bytes=2 * GB,
    max_duration_s=12 * 3600.0,
    formats=FILETRANS_FORMATS,
    itn_languages=ITN_LANGUAGES,
    max_context_tokens=10_000,
    returns_sentence_times=True,
    returns_word_times=True,
    returns_language=True,
    returns_emotion=True,
    price_per_s_usd=_QWEN3_PRICES,
)

FUN_ASR = Model(
    id="fun-asr",
    aliases=("fun-asr-2025-11-07", "fun-asr-2025-08-25"),
    request="file_urls",
    regions=("beijing", "singapore"),
    audio_forms=("url", "upload"),
    max_bytes=2 * GB,
    max_duration_s=12 * 3600.0,
    formats=FILETRANS_FORMATS,
    languages=FUN_ASR_LANGUAGES,
    returns_sentence_times=True,
    returns_word_times=True,
    price_per_s_usd=(("singapore", 0.000035),),
)

FUN_ASR_MTL = replace(FUN_ASR, id="fun-asr-mtl", aliases=("fun-asr-mtl-2025-08-25",))

QWEN3_FLASH = Model(
    id="qwen3-asr-flash",
    aliases=("qwen3-asr-flash-2025-09-08", "qwen3-asr-flash-2026-02-10"),
    request="asr_message",
    regions=("beijing", "singapore"),
    audio_forms=("url", "upload", "base64"),
    max_bytes=10 * MB,
    max_duration_s=300.0,
    formats=FLASH_FORMATS,
    itn_languages=ITN_LANGUAGES,
    max_context_tokens=10_000,
    streams=True,
    returns_language=True,
    returns_emotion=True,
    price_per_s_usd=_QWEN3_PRICES,
)

QWEN3_FLASH_US = replace(
    QWEN3_FLASH,
    id="qwen3-asr-flash-us",
    aliases=("qwen3-asr-flash-2025-09-08-us",),
    regions=("us",),
    price_per_s_usd=(("us", 0.000032),),
)

QWEN_AUDIO_ASR = Model(
    id="qwen-audio-asr",
    request="bare_message",
    regions=("beijing",),
    audio_forms=("url", "upload"),
    max_bytes=10 * MB,
    max_duration_s=300.0,
    formats=FLASH_FORMATS,
    languages=(),
    streams=True,
)

FUN_ASR_FLASH = Model(
    id="fun-asr-flash-2026-06-15",
    request="paired_messages",
    regions=("beijing",),
    audio_forms=("url", "upload", "base64"),
    max_bytes=10 * MB,
    max_duration_s=300.0,
    formats=FILETRANS_FORMATS,
    languages=(),
    max_context_tokens=10_000,
    streams=True,
)

QWEN_OMNI = Model(
    id="qwen3-omni-flash",
    aliases=("qwen3.5-omni-plus",),
    request="chat",
    regions=("beijing", "singapore"),
    audio_forms=("url", "base64"),
    max_bytes=10 * MB,
    max_duration_s=300.0,
    formats=FLASH_FORMATS,
    languages=(),
    max_context_tokens=10_000,
    streams=True,
)

MODELS: tuple[Model, ...] = (
    QWEN3_FILETRANS,
    FUN_ASR,
    FUN_ASR_MTL,
    QWEN3_FLASH,
    QWEN3_FLASH_US,
    QWEN_AUDIO_ASR,
    FUN_ASR_FLASH,
    QWEN_OMNI,
)


_DATED_LANGUAGES: dict[str, tuple[str, ...]] = {"fun-asr-2025-08-25": ("zh", "en")}
"""Of dated ids that know fewer languages than their model does now."""

_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}(?=-us$|$)")
_OMNI = re.compile(r"qwen\d+(\.\d+)?-omni-(?!.*realtime)[a-z0-9][a-z0-9.-]*")


def find_model(model_id: str) -> Model:
    """The model of that id, under exactly the id it was asked by: that one is sent, recorded and paid for.

    Raises:
        UnknownModel: no such model; the message lists the known ones.
    """
    row = find_row(model_id)
    if row.id == model_id:
        return row
    others = tuple(name for name in row.names if name != model_id)
    return replace(row, id=model_id, aliases=others, languages=_DATED_LANGUAGES.get(model_id, row.languages))


def find_row(model_id: str) -> Model:
    """The row of the table that an id is of.

    A dated id that is newer than this table (`fun-asr-2026-09-01`) is its model's; so is any later Qwen-Omni.

    Raises:
        UnknownModel: no such model; the message lists the known ones.
    """
    undated = _DATE.sub("", model_id)
    for model in MODELS:
        if model_id in model.names or undated == model.id:
            return model
    if _OMNI.fullmatch(model_id):
        return QWEN_OMNI
    known = ", ".join(name for model in MODELS for name in model.names)
    raise UnknownModel(f"model {model_id!r} is not one this version speaks; choose one of: {known}")
