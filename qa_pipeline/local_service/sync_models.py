"""The models that answer at once: what each takes, and the shape of its answer.

Limits and formats are those of the reference pages (10 MB, 5 minutes). Where a page gives no rate for a model,
the 100 requests a minute of its sibling stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qa_pipeline.transcription.models import FILETRANS_FORMATS

SyncShape = Literal["qwen3", "qwen-audio", "fun-asr-flash"]

SYNC_MAX_BYTES = 10 * 1024 * 1024
"""Of a file, and of inline audio as it is encoded."""

SYNC_MAX_DURATION_S = 300.0
SYNC_FORMATS = (FILETRANS_FORMATS | {"aiff"}) - {"mov", "mp4"}


@dataclass(frozen=True, slots=True)
class SyncModel:
    """One model of the generation endpoint.

    `takes_base64`: `data:` URIs; `on_chat`: also on the OpenAI-style endpoint. Sizes in bytes,
    durations in seconds, the rate per key and model.
    """

    id: str
    shape: SyncShape
    takes_base64: bool
    on_chat: bool
    max_bytes: int = SYNC_MAX_BYTES
    max_duration_s: float = SYNC_MAX_DURATION_S
    formats: frozenset[str] = SYNC_FORMATS
    requests_per_minute: int = 100


_FLASH = SyncModel("qwen3-asr-flash", "qwen3", takes_base64=True, on_chat=True)
_FLASH_US = SyncModel("qwen3-asr-flash-us", "qwen3", takes_base64=True, on_chat=False)
_QWEN_AUDIO = SyncModel("qwen-audio-asr", "qwen-audio", takes_base64=False, on_chat=False)
_FUN_FLASH = SyncModel("fun-asr-flash-2026-06-15", "fun-asr-flash", takes_base64=True, on_chat=False)

_BY_NAME: dict[str, SyncModel] = {
    **dict.fromkeys(("qwen3-asr-flash", "qwen3-asr-flash-2025-09-08", "qwen3-asr-flash-2026-02-10"), _FLASH),
    **dict.fromkeys(("qwen3-asr-flash-us", "qwen3-asr-flash-2025-09-08-us"), _FLASH_US),
    "qwen-audio-asr": _QWEN_AUDIO,
    "fun-asr-flash-2026-06-15": _FUN_FLASH,
}


def find_sync_model(name: str) -> SyncModel | None:
    """The model of that id or dated alias, or None when no such model answers at once."""
    return _BY_NAME.get(name)


def sync_model_names() -> list[str]:
    """Every name a call may carry, sorted."""
    return sorted(_BY_NAME)
