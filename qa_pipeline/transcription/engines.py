"""Who made a transcript, and how the tables name it.

The local service signs what it answers: `local/whisper base d01c3014`, a recognizer with the size and the hash of its
weights. The tables write `local whisper base d01c3014`, as they write `dashscope beijing` and `import webvtt`.
"""

from __future__ import annotations

from collections.abc import Collection

from qa_pipeline.transcription.documents import read_document
from qa_pipeline.transcription.results import BadResult

MAX_CHARACTERS = 80
"""What the ledger's columns hold; a longer name loses its end."""

_SIGNED_BY, _LOCAL = "local/", "local "


def engine_in_tables(signature: object) -> str | None:
    """The name in the tables of who signed an answer; None where that is not a local service's signature.

    Whatever can't be seen or breaks a line is a blank.
    """
    if not isinstance(signature, str) or not signature.startswith(_SIGNED_BY):
        return None
    visible = "".join(character if character.isprintable() else " " for character in signature[:1000])
    name = " ".join(visible.removeprefix(_SIGNED_BY).split())
    return f"{_LOCAL}{name}"[:MAX_CHARACTERS].rstrip() if name else None


def signed_engines(document: bytes, channel_ids: Collection[int]) -> dict[int, str]:
    """Who answered each of these channels, as far as the document says so; it need not be one that can be read."""
    found: dict[int, str] = {}
    for channel_id in channel_ids:
        try:
            answer = read_document(document, channel_id=channel_id, asked=tuple(channel_ids)).channel(channel_id)
        except BadResult:
            continue
        if engine := engine_in_tables(answer.engine):
            found[channel_id] = engine
    return found


def heard_by(engine: str, model: str) -> str:
    """What listened to a channel: the paid service's model, or the recognizer that answered in its place."""
    return engine if engine.startswith(_LOCAL) else model
