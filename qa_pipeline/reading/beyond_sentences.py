"""What is personal in the text of a channel and in none of its sentences, so that nobody knows when it is said."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.privacy.sentences import Span


def is_made_of(text: str, sentences: Sequence[str]) -> bool:
    """Whether a text is its sentences, but for the blanks."""
    return "".join(text.split()) == "".join("".join(sentences).split())


def places_beyond(text: str, sentences: Sequence[str], hidden: Sequence[str], found: Sequence[Span]) -> list[Span]:
    """Those of the places found in the text of a channel that are not among its `sentences`: what they say is not at
    the places of sentences (`hidden`, as it was said), or it is more often in the text. Only letters and digits are
    compared."""
    whole, said, known = _plain(text), _plain("".join(sentences)), _plain("".join(hidden))

    def is_in_sentences(value: str) -> bool:
        return value in known and whole.count(value) <= said.count(value)

    return [span for span in found if not is_in_sentences(_plain(text[span.begin : span.end]))]


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
