"""A figure of the catalogue in the reader's language: its name, what it is, when it is missing, what is good in it."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.conversation.catalogue import CATALOGUE, DIRECTIONS, MetricEntry
from qa_pipeline.wording.languages import as_sentence, t, to_translate

SCALES: dict[str, str] = {
    "s": to_translate("seconds"),
    "ms": to_translate("stored in milliseconds, shown in seconds"),
    "count": to_translate("a number, 0 or more"),
    "per minute": to_translate("words or characters per minute"),
    "0 to 1": to_translate("a share, stored as 0 to 1 and shown in per cent"),
    "−5 to 5": to_translate("from −5, very unpleasant, over 0, neutral, to +5, very pleasant"),
    "−10 to 10": to_translate("from −10, much worse, over 0, unchanged, to +10, much better"),
    "true, false": to_translate("yes or no"),
    "JSON": to_translate("JSON"),
    "": to_translate("a word"),
}
"""Unit of a metric → its scale in words."""


def name(column: str) -> str:
    """What a column of `call_metrics` is called."""
    return t(CATALOGUE[column].label)


def formula(entry: MetricEntry) -> str:
    """How it is computed, as a sentence in Markdown."""
    return as_sentence(t(entry.formula))


def null_rule(entry: MetricEntry) -> str:
    """When it has no value, as Markdown."""
    return t("; ").join(t(rule) for rule in entry.null_rules) or t("never")


def scale(entry: MetricEntry) -> str:
    """Its unit or scale in words."""
    return t(SCALES[entry.unit])


def judgement(entry: MetricEntry) -> str:
    """What is good or bad about it, as a sentence in Markdown."""
    return t("{direction}: {note}.", direction=_capitalized(t(DIRECTIONS[entry.good])), note=t(entry.note))


def definition(column: str) -> str:
    """All of it in a few sentences of Markdown, for a tooltip."""
    entry = CATALOGUE[column]
    sentences = [formula(entry), judgement(entry)]
    if entry.null_rules:
        sentences.append(t("No value: {rule}.", rule=null_rule(entry)))
    return " ".join(sentences)


def found(entries: Sequence[MetricEntry], looked_for: str) -> list[MetricEntry]:
    """Those in whose name, column, meaning or note all the words stand that are looked for, in any case."""
    words = looked_for.casefold().split()
    return [entry for entry in entries if all(word in _everything(entry) for word in words)]


def _everything(entry: MetricEntry) -> str:
    texts = (t(entry.label), entry.label, entry.column, formula(entry), judgement(entry), t(entry.section))
    return " ".join(texts).casefold()


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
