"""What makes two imports the same work: the transcript's bytes, and what is known of the call's voices."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from qa_pipeline.transcription.imports.speakers import CallSpeakers


@dataclass(frozen=True, slots=True)
class ImportParameters:
    """Stands where a service would be asked with `TranscriptionParameters`.

    `transcript_sha256` is of the file's bytes ("" where they could not be read), `file` its path in the landing zone.
    With a `problem` (a sentence) the file can't be used; it is not a part of the work's identity.
    """

    transcript_sha256: str
    voices: CallSpeakers
    file: str
    problem: str | None = None

    def to_request(self) -> dict[str, Any]:
        """What the ledger keeps; enough to read the stored document again."""
        return {**self._identity(), "file": self.file}

    @property
    def digest(self) -> str:
        """16 hex digits: part of the key of a unit of work. Another file name makes no other work."""
        canonical = json.dumps(self._identity(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    def _identity(self) -> dict[str, Any]:
        return {"transcript_sha256": self.transcript_sha256, **self.voices.as_parameters()}
