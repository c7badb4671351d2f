"""What is asked of the service for one channel, and the hash that makes two askings the same work."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TranscriptionParameters:
    """Everything that changes what the service answers, besides audio, channel and model."""

    language: str | None = None
    enable_itn: bool = False
    enable_words: bool = False
    context: str | None = None

    def to_request(self) -> dict[str, Any]:
        """The `parameters` object of a submit, without `channel_id`; what is unset is left out."""
        wire: dict[str, Any] = {"enable_itn": self.enable_itn, "enable_words": self.enable_words}
        if self.language:
            wire["language"] = self.language
        if self.context:
            wire["corpus"] = {"text": self.context}
        return wire

    @property
    def digest(self) -> str:
        """16 hex digits over the request's canonical JSON: part of the key of a paid unit of work."""
        canonical = json.dumps(self.to_request(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]
