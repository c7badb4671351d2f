"""The words of a call that the engine was unsure of, as a terminal shows them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from rich.text import Text

from qa_pipeline.published.output import visible
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.unsure_words import pieces_of


class UnsureWords:
    """Marks the words that the engine was unsure of, in turns as in sentences."""

    def __init__(self, sentences: Sequence[Row], below: float) -> None:
        """`sentences` are rows of that table, those with times first and in their order; `below` is `unsure_below`."""
        self.below = below
        self.is_known = any(row.get("confidence") is not None for row in sentences)
        self._said: dict[str, list[Row]] = {}
        for row in sentences:
            if row["begin_ms"] is not None:
                self._said.setdefault(row["role"], []).append(row)

    def marked(self, item: Row) -> Text:
        """The text of a turn or sentence."""
        text = Text()
        for piece, unsure in pieces_of(" ".join(str(item["text"]).split()), self._words(item), self.below):
            text.append(visible(piece), "dim italic" if unsure else "")
        return text

    def _words(self, item: Row) -> list[Row]:
        """The words of a sentence, or of all sentences in a turn."""
        if "sentence_id" in item or not self.is_known:
            return list(item.get("words") or ())
        said = self._said.get(item["role"], [])
        first, end = (bisect_left(said, item[key], key=lambda row: row["begin_ms"]) for key in ("begin_ms", "end_ms"))
        return [word for row in said[first:end] for word in row.get("words") or ()]
