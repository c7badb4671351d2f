"""The sentences that were compared as CSV: everything the figures are sums of."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from qa_pipeline.accuracy.errors import Counts, Piece, SentenceErrors
from qa_pipeline.accuracy.pairing import MeasuredChannel
from qa_pipeline.published.output import complete_or_absent
from qa_pipeline.terminal import err

_COUNTED = ("reference", "substituted", "deleted", "inserted")
COLUMNS = (
    "set", "call_id", "channel_id", "role", "language", "model", "engine", "begin_ms",
    *(f"words_{name}" for name in _COUNTED), *(f"characters_{name}" for name in _COUNTED), "said", "heard",
)  # fmt: skip


def write_csv(path: Path, sets: Mapping[str, Sequence[MeasuredChannel]]) -> None:
    """One row a sentence of the reference and set (`current`, `compared`). Not measured is an empty field.

    Raises:
        CommandError: the file cannot be written.
    """
    rows = 0
    with complete_or_absent(path) as building, building.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for name, channels in sets.items():
            for row in _rows(channels):
                writer.writerow({"set": name, **row})
                rows += 1
    err.print(f"wrote {rows:,} rows to {path}", markup=False)


def plain(pieces: Sequence[Piece]) -> str:
    """The text of pieces."""
    return "".join(piece.text for piece in pieces)


def _rows(channels: Sequence[MeasuredChannel]) -> Iterator[dict[str, Any]]:
    for channel in channels:
        for sentence in channel.sentences:
            yield {
                "call_id": channel.call_id,
                "channel_id": channel.channel_id,
                "role": channel.role,
                "language": sentence.utterance.language,
                "model": channel.model,
                "engine": channel.engine,
                "begin_ms": sentence.utterance.begin_ms,
                **_counts("words", sentence.words),
                **_counts("characters", sentence.characters),
                **_texts(sentence),
            }


def _counts(measure: str, counts: Counts | None) -> dict[str, int]:
    return {} if counts is None else {f"{measure}_{name}": getattr(counts, name) for name in _COUNTED}


def _texts(sentence: SentenceErrors) -> dict[str, str]:
    return {"said": plain(sentence.said), "heard": plain(sentence.heard)}
