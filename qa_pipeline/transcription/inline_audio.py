"""Audio inside the request itself, as Base64: what of it fits, and how it is written."""

from __future__ import annotations

import base64

from qa_pipeline.transcription.models import AudioForm, Model

_MIME_TYPES = {"mp3": "audio/mpeg", "m4a": "audio/mp4", "mp4": "video/mp4", "wma": "audio/x-ms-wma", "avi": "video/avi"}


def file_form(model: Model, container: str, size_bytes: int) -> AudioForm:
    """How a file of `size_bytes` is best carried to `model`: inline where it takes that and it fits, else uploaded.

    A model that takes no uploads gets it inline even so; that it is too large is for `limits.refusal` to say.
    """
    takes = model.audio_forms
    if "base64" in takes and (inline_size(container, size_bytes) <= model.max_bytes or "upload" not in takes):
        return "base64"
    return "upload"


def inline_size(container: str, size_bytes: int) -> int:
    """Bytes of the `data:` URI of so many bytes of audio: what the limit on inline audio counts."""
    return len(_head(container)) + (size_bytes + 2) // 3 * 4


def largest_inline(model: Model, container: str) -> int:
    """Bytes of the largest file that `model` takes inline."""
    return (model.max_bytes - len(_head(container))) // 4 * 3


def data_uri(content: bytes, container: str) -> str:
    """A file as a `data:` URI."""
    return _head(container) + base64.b64encode(content).decode("ascii")


def container_of(audio: str) -> str | None:
    """The container that a `data:` URI or the ending of an address names; None where neither does."""
    if audio.startswith("data:"):
        mime = audio[5:64].partition(";")[0]
        known = {value: key for key, value in _MIME_TYPES.items()}
        return known.get(mime) or mime.rpartition("/")[2].removeprefix("x-") or None
    name = audio.partition("?")[0].partition("#")[0].rpartition("/")[2]
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return ending if ending.isalnum() and len(ending) <= 5 else None


def _head(container: str) -> str:
    return f"data:{_MIME_TYPES.get(container, f'audio/{container}')};base64,"
