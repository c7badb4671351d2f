"""Words that an engine was unsure of are dim on a terminal, in turns as in sentences."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from qa_pipeline.commands.call.unsure import UnsureWords


def sentence(role: str, begin_ms: int | None, text: str, *sure: float | None) -> dict[str, Any]:
    words = [{"text": word, "confidence": value} for word, value in zip(text.split(), sure, strict=True)]
    return {
        "sentence_id": 0, "role": role, "begin_ms": begin_ms, "text": text, "confidence": 0.5, "words": words or None,
    }  # fmt: skip


def dim(text: Text) -> list[str]:
    return [text.plain[span.start : span.end] for span in text.spans if "dim" in str(span.style)]


SAID = [
    sentence("agent", 0, "Good day", 0.9, 0.1), sentence("customer", 500, "day", 0.2),
    sentence("agent", 2000, "day after", 0.9, 0.1), sentence("agent", 9000, "day", 0.1),
]  # fmt: skip


def test_a_turn_has_the_words_of_its_own_sentences() -> None:
    turn = {"role": "agent", "begin_ms": 0, "end_ms": 3000, "text": "Good  day day after"}
    marked = UnsureWords(SAID, 0.5).marked(turn)
    assert (marked.plain, dim(marked)) == ("Good day day after", ["day", "after"])


def test_a_sentence_has_its_own_words_and_cannot_steer_the_terminal() -> None:
    marked = UnsureWords(SAID, 0.5).marked(sentence("agent", None, "\x1b[2J day", 0.1, 0.9))
    assert "\x1b" not in marked.plain
    assert len(dim(marked)) == 1


def test_an_engine_that_says_nothing_has_no_unsure_words() -> None:
    silent = [row | {"confidence": None, "words": None} for row in SAID]
    unsure = UnsureWords(silent, 0.5)
    assert not unsure.is_known
    assert dim(unsure.marked({"role": "agent", "begin_ms": 0, "end_ms": 3000, "text": "Good day"})) == []
