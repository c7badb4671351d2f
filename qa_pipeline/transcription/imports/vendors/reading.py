"""Which vendor's JSON a document is: each is known by what no other has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qa_pipeline.transcription.imports.vendors import amazon, azure, google, whisper
from qa_pipeline.transcription.imports.vendors.documents import VendorTranscript

_READERS: tuple[tuple[Callable[[Any], bool], Callable[[Any], VendorTranscript]], ...] = (
    (amazon.is_job, amazon.read_job),
    (amazon.is_call_analytics, amazon.read_call_analytics),
    (azure.is_azure, azure.read_azure),
    (google.is_google, google.read_google),
    (whisper.is_whisper_cpp, whisper.read_whisper_cpp),
    (whisper.is_segments, whisper.read_any_segments),
)


def read_vendor(document: Any) -> VendorTranscript | None:
    """What a document of a known vendor says; None for any other.

    Raises:
        BadResult: it is of a vendor, and can't be used; the message names the place.
    """
    return next((read(document) for is_theirs, read in _READERS if is_theirs(document)), None)
