"""The asynchronous models this service answers for, and the shape each of them speaks.

Limits, formats and languages of the qwen3 model come from the pipeline's own table; the fun-asr family differs
on the wire (an array of URLs in, `results` and `properties` out, no language or emotion), which is all this
table says about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qa_pipeline.transcription.models import FILETRANS_FORMATS, QWEN3_FILETRANS

Shape = Literal["qwen3", "fun-asr"]

MAX_URLS_PER_TASK = 100
"""URLs that one fun-asr submit may carry (the older of two documented figures)."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One model as this service serves it: `formats` are container names, the rate is per key and model."""

    id: str
    shape: Shape
    max_bytes: int
    max_duration_s: float
    formats: frozenset[str]
    requests_per_minute: int

    @property
    def input_field(self) -> str:
        """Where its submit carries the audio: `file_url` (one string) or `file_urls` (an array)."""
        return "file_url" if self.shape == "qwen3" else "file_urls"


def _fun_asr_like(model_id: str, requests_per_minute: int = 100) -> ServedModel:
    return ServedModel(
        id=model_id,
        shape="fun-asr",
        max_bytes=QWEN3_FILETRANS.max_bytes,
        max_duration_s=QWEN3_FILETRANS.max_duration_s,
        formats=FILETRANS_FORMATS,
        requests_per_minute=requests_per_minute,
    )


_QWEN3 = ServedModel(
    id=QWEN3_FILETRANS.id,
    shape="qwen3",
    max_bytes=QWEN3_FILETRANS.max_bytes,
    max_duration_s=QWEN3_FILETRANS.max_duration_s,
    formats=QWEN3_FILETRANS.formats,
    requests_per_minute=QWEN3_FILETRANS.requests_per_minute,
)

_BY_NAME: dict[str, ServedModel] = {
    **dict.fromkeys((QWEN3_FILETRANS.id, *QWEN3_FILETRANS.aliases), _QWEN3),
    **{
        name: _fun_asr_like(name)
        for name in (
            "fun-asr",
            "fun-asr-2025-11-07",
            "fun-asr-2025-08-25",
            "fun-asr-mtl",
            "paraformer-v1",
            "paraformer-v2",
            "paraformer-8k-v1",
            "paraformer-8k-v2",
            "paraformer-mtl-v1",
        )
    },
    "qwen-audio-3.0-asr-flash-filetrans": _fun_asr_like("qwen-audio-3.0-asr-flash-filetrans", 600),
}


def find_served_model(name: str) -> ServedModel | None:
    """The model of that id or dated alias, or None when this service has no such asynchronous model."""
    return _BY_NAME.get(name)


def served_model_names() -> list[str]:
    """Every name a submit may carry, sorted."""
    return sorted(_BY_NAME)
