"""The models of the service: what each takes, what it returns, what it costs.

One table, so that a limit is checked before a request is made and a price is known before it is spent.
Source: the service's reference pages (limits, formats, list prices, rate limits). Where a page says nothing of a
model, the row says nothing either: a price that is not known is missing, never guessed. A price by the token becomes
one by the second only as an estimate; what was paid is then reckoned from the tokens that the service counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from qa_pipeline.errors import WrongUse
from qa_pipeline.transcription.languages import FUN_ASR_LANGUAGES, ITN_LANGUAGES, LANGUAGE_CODES

EMOTIONS: tuple[str, ...] = ("surprised", "neutral", "happy", "sad", "disgusted", "angry", "fearful")
"""Emotions the service names, in its own order."""

Request = Literal["file_url", "file_urls", "file_urls_turns", "asr_message", "bare_message", "paired_messages", "chat"]
"""How a model is asked.

`file_url`, `file_urls`: a task, submitted and polled. `file_urls_turns`: the same, context as earlier turns beside the
addresses. `asr_message`: at once, with a system message for context and
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

AUDIO_TOKENS_PER_S = 25
"""Documented for the earlier models of the family; no page at hand gives the figure of the qwen-audio-3 models."""
TEXT_TOKENS_PER_S = 5
"""An estimate: fast speech makes about five tokens of text a second."""

CONTEXT_TURNS = 5
CONTEXT_TURN_CHARACTERS = 400
"""Of the models that take context as earlier turns: more turns are forgotten, longer ones cut, so neither is sent."""

DEFAULT_REQUESTS_PER_MINUTE = 100
"""Documented for the qwen3 models; taken for their siblings, of which no page gives a rate."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the service and what may be asked of it.

    `regions` are names of `dashscope.regions`. Sizes in bytes, durations in seconds, prices in US dollars for one
    second of one channel, or for a million tokens (in, out), by region. `languages` are those that may be asked for.
    `sample_rates_hz` empty: any. `max_urls`: recordings in one task. `max_context_turns` 0: context goes as one text.
    `retired_on` is the day (or month) from which the vendor offers it no more, `successor` what it says to use instead.
    """

    id: str
    request: Request
    regions: tuple[str, ...]
    audio_forms: tuple[AudioForm, ...]
    max_bytes: int
    max_duration_s: float
    formats: frozenset[str]
    price_per_s_usd: tuple[tuple[str, float], ...] = ()
    price_per_million_tokens_usd: tuple[tuple[str, tuple[float, float]], ...] = ()
    aliases: tuple[str, ...] = ()
    languages: tuple[str, ...] = LANGUAGE_CODES
    itn_languages: frozenset[str] = frozenset()
    requests_per_minute: int = DEFAULT_REQUESTS_PER_MINUTE
    requests_per_minute_by_region: tuple[tuple[str, int], ...] = ()
    sample_rates_hz: tuple[int, ...] = ()
    max_urls: int = 1
    takes_vocabulary_id: bool = False
    takes_hot_words: bool = False
    takes_word_filter: bool = False
    takes_diarization: bool = False
    max_context_tokens: int = 0
    max_context_turns: int = 0
    streams: bool = False
    returns_sentence_times: bool = False
    returns_word_times: bool = False
    returns_language: bool = False
    returns_emotion: bool = False
    retired_on: str | None = None
    successor: str | None = None
    own_price_usd: float | None = None

    @property
    def is_task_based(self) -> bool:
        """Whether it works in tasks that are polled, and keeps channels apart itself."""
        return self.request in ("file_url", "file_urls", "file_urls_turns")

    @property
    def input_field(self) -> Literal["file_url", "file_urls"]:
        """Where a task's request carries the audio: one address, or an array of addresses."""
        return "file_urls" if self.request in ("file_urls", "file_urls_turns") else "file_url"

    @property
    def names(self) -> tuple[str, ...]:
        """Its id and its other ids."""
        return (self.id, *self.aliases)

    def rate_limit(self, region: str) -> int:
        """Submits a minute that are documented for `region`."""
        return dict(self.requests_per_minute_by_region).get(region, self.requests_per_minute)

    def at_price(self, usd: float) -> Model:
        """The same model at what the account pays for a channel-second, in every region."""
        return replace(self, own_price_usd=usd)

    @property
    def is_priced_by_tokens(self) -> bool:
        """Whether `price` is an estimate, and what was paid is reckoned from the tokens of the answer."""
        return bool(self.price_per_million_tokens_usd) and self.own_price_usd is None

    def price_of_tokens(self, region: str, input_tokens: int, output_tokens: int) -> float:
        """List price in US dollars of counted tokens in `region`.

        Raises:
            UnknownPrice: no price is known for that region.
        """
        per_million = dict(self.price_per_million_tokens_usd).get(region)
        if per_million is None:
            raise self._unknown_price(region)
        return (input_tokens * per_million[0] + output_tokens * per_million[1]) / 1_000_000

    def price(self, region: str) -> float:
        """List price in US dollars for one second of one channel in `region`; estimated where tokens are priced.

        Raises:
            UnknownPrice: no price is known for that region.
        """
        prices = dict(self.price_per_s_usd)
        if self.own_price_usd is not None:
            return self.own_price_usd
        if self.price_per_million_tokens_usd:
            return self.price_of_tokens(region, AUDIO_TOKENS_PER_S, TEXT_TOKENS_PER_S)
        if region not in prices:
            raise self._unknown_price(region)
        return prices[region]

    def _unknown_price(self, region: str) -> UnknownPrice:
        prices = dict(self.price_per_s_usd) | dict(self.price_per_million_tokens_usd)
        known = f"known: {', '.join(sorted(prices))}" if prices else "the reference pages give none"
        return UnknownPrice(
            f"no price of {self.id} is known for the region {region!r} ({known}); set "
            "QA_PRICE_PER_S_USD to what your account pays for one second of one channel"
        )


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
    max_urls=100,
    takes_vocabulary_id=True,
    takes_word_filter=True,
    takes_diarization=True,
    returns_sentence_times=True,
    returns_word_times=True,
    requests_per_minute_by_region=(("beijing", 600), ("singapore", 100)),
    price_per_s_usd=_QWEN3_PRICES,
)

FUN_ASR_MTL = replace(FUN_ASR, id="fun-asr-mtl", aliases=("fun-asr-mtl-2025-08-25",), successor="fun-asr")

PARAFORMER_8K = replace(
    FUN_ASR,
    id="paraformer-8k-v2",
    aliases=(),
    regions=("beijing",),
    languages=("zh",),
    sample_rates_hz=(8000,),
    requests_per_minute=1200,
    requests_per_minute_by_region=(),
    price_per_s_usd=(),
)

QWEN_AUDIO_FILETRANS = replace(
    FUN_ASR,
    id="qwen-audio-3.1-asr-flash-filetrans",
    request="file_urls_turns",
    aliases=(),
    max_urls=1,
    takes_hot_words=True,
    takes_word_filter=False,
    max_context_tokens=10_000,
    max_context_turns=CONTEXT_TURNS,
    requests_per_minute=600,
    requests_per_minute_by_region=(),
    price_per_s_usd=(),
    price_per_million_tokens_usd=(("beijing", (0.113, 0.382)), ("singapore", (0.15, 0.47))),
)

QWEN_AUDIO_3_0_FILETRANS = replace(
    QWEN_AUDIO_FILETRANS,
    id="qwen-audio-3.0-asr-flash-filetrans",
    price_per_s_usd=_QWEN3_PRICES,
    price_per_million_tokens_usd=(),
)

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
    retired_on="2026-03-30",
    successor="qwen3-asr-flash",
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
    max_context_turns=CONTEXT_TURNS,
    streams=True,
)

QWEN_AUDIO_FLASH = replace(
    FUN_ASR_FLASH,
    id="qwen-audio-3.1-asr-flash",
    regions=("beijing", "singapore"),
    takes_vocabulary_id=True,
    takes_hot_words=True,
)

QWEN_AUDIO_3_0_FLASH = replace(QWEN_AUDIO_FLASH, id="qwen-audio-3.0-asr-flash")

QWEN_AUDIO_MESSAGE = replace(
    QWEN_AUDIO_FLASH,
    id="qwen-audio-3.1-asr-flash-message",
    requests_per_minute=1200,
    price_per_million_tokens_usd=(("beijing", (0.848, 0.636)), ("singapore", (0.93, 0.70))),
)

QWEN_OMNI = Model(
    id="qwen3-omni-flash",
    aliases=("qwen3-omni-flash-2025-09-15", "qwen3.5-omni-plus"),
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
    PARAFORMER_8K,
    QWEN_AUDIO_FILETRANS,
    QWEN_AUDIO_3_0_FILETRANS,
    QWEN3_FLASH,
    QWEN3_FLASH_US,
    QWEN_AUDIO_FLASH,
    QWEN_AUDIO_3_0_FLASH,
    QWEN_AUDIO_MESSAGE,
    QWEN_AUDIO_ASR,
    FUN_ASR_FLASH,
    QWEN_OMNI,
)


_DATED_LANGUAGES: dict[str, tuple[str, ...]] = {"fun-asr-2025-08-25": ("zh", "en")}
"""Of dated ids that know fewer languages than their model does now."""

_RETIRED_IDS: dict[str, tuple[str, str]] = {"qwen3-omni-flash-2025-09-15": ("2026-10", "qwen3-omni-flash")}
"""Dated ids that were switched off: since when, and what is used instead."""

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
    retired_on, successor = _RETIRED_IDS.get(model_id, (row.retired_on, row.successor))
    languages = _DATED_LANGUAGES.get(model_id, row.languages)
    return replace(row, id=model_id, aliases=others, languages=languages, retired_on=retired_on, successor=successor)


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
