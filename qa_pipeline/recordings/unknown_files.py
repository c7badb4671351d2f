"""Files whose ending says nothing: their first bytes tell whether they hold sound, and if not, what they are."""

from __future__ import annotations

import io
from pathlib import Path

from qa_pipeline.audio.containers import open_regular_file
from qa_pipeline.audio.faults import UnusableAudio
from qa_pipeline.audio.formats import sniff_stream
from qa_pipeline.audio.strangers import describe_stranger, looks_random

LOOK = 1
"""Version of what is told from the bytes; a change of it looks again at what was left out."""

LOOKED_AT_BYTES = 4096
UNREADABLE = "a file that can't be read (its permissions, or it is a pipe or device)"
EMPTY = "an empty file"
UNKNOWN = "no recording, by its ending and its bytes"
RANDOM = "no recording as far as its bytes tell: it may be encrypted or has no header"

_ENDINGS = {
    "nmf": "a recording in NICE's own format (.nmf): export it as WAV with NICE's software",
    "dvf": "a dictation in Sony's own format (.dvf): export it as WAV with Sony's software",
}


def look_at(path: Path) -> str | None:
    """Why a file is no recording, as the end of the sentence "it is ..."; None for one that begins as sound does."""
    try:
        with open_regular_file(path) as file:
            head = file.read(LOOKED_AT_BYTES)
            return None if sniff_stream(file) else _what_else(path.name, head)
    except (UnusableAudio, OSError):
        return UNREADABLE


def look_at_head(name: str, head: bytes) -> str | None:
    """As `look_at`, of the first `LOOKED_AT_BYTES` of a file that is elsewhere."""
    return None if sniff_stream(io.BytesIO(head)) else _what_else(name, head)


def _what_else(name: str, head: bytes) -> str:
    known = _ENDINGS.get(name.casefold().rpartition(".")[2])
    if not head:
        return EMPTY
    return describe_stranger(head) or known or (RANDOM if looks_random(head) else UNKNOWN)
