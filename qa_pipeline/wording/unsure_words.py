"""Which parts of a text an engine was unsure of, and who says in which language a sentence is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from qa_pipeline.wording.languages import t

Piece = tuple[str, bool]
"""A part of a text, and whether the engine was unsure of it."""


def pieces_of(text: str, words: Iterable[Mapping[str, Any]] | None, below: float) -> list[Piece]:
    """The text in pieces that make it up again. `words` are rows of `sentences.words`, in the order of the text.

    A text may spell what was said otherwise than its words do (numbers as digits); such a word is passed over.
    """
    places: list[tuple[int, int]] = []
    at = 0
    for word in words or ():
        said = str(word["text"]).strip()
        begin = text.find(said, at) if said else -1
        if begin < 0:
            continue
        at = begin + len(said)
        if is_unsure(word.get("confidence"), below):
            places.append((begin, at))
    return _pieces(text, places)


def is_unsure(confidence: float | None, below: float) -> bool:
    """Whether an engine says that it was less sure than `below` (setting `unsure_below`)."""
    return confidence is not None and confidence < below


def legend(below: float) -> str:
    """What the colour of unsure words means."""
    return t("grey words: the engine was less than {share} sure of them", share=f"{below:.0%}")


def sure(confidence: float) -> str:
    """How sure an engine was, in words."""
    return t("{share} sure", share=f"{confidence:.0%}")


def labelled_by(source: str | None) -> str:
    """Who says the language of a sentence, where that is not the engine; empty where it is."""
    return {"text": t("by its text"), "metadata": t("by the metadata")}.get(source or "", "")


def _pieces(text: str, unsure: Iterable[tuple[int, int]]) -> list[Piece]:
    pieces: list[Piece] = []
    at = 0
    for begin, end in unsure:
        if pieces and not text[at:begin].strip():  # two unsure words in a row are one piece, with the blank between
            pieces[-1] = (pieces[-1][0] + text[at:end], True)
        else:
            pieces += [(text[at:begin], False)] if begin > at else []
            pieces.append((text[begin:end], True))
        at = end
    if at < len(text):
        pieces.append((text[at:], False))
    return pieces
