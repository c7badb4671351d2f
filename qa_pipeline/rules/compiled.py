"""Conditions made ready for matching: phrases folded, lists filled in, expressions compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import re2

from qa_pipeline.rules.conditions import Condition, PhraseItem, PhraseList, Without
from qa_pipeline.rules.phrases import Phrase, phrase_words
from qa_pipeline.rules.places import compiled

Lists = Mapping[str, Sequence[str]]
"""Lists of phrases by name."""

Taken = tuple[tuple[Phrase, ...], int, str]
"""What must not be near: phrases, words, side."""


@dataclass(frozen=True, eq=False, slots=True)
class Compiled:
    """A condition with what it looks for. `phrases` are those of phrases and fuzzy, and the first ones of near;
    `second` the other ones of near."""

    condition: Condition
    operator: str
    phrases: tuple[Phrase, ...] = ()
    second: tuple[Phrase, ...] = ()
    without: Taken | None = None
    pattern: re2._Regexp | None = None
    all: tuple[Compiled, ...] = ()
    any: tuple[Compiled, ...] = ()
    inner: Compiled | None = None
    """The condition below not and absence."""
    anchor: Compiled | None = None
    expect: Compiled | None = None
    unless: Compiled | None = None

    def children(self) -> Iterator[Compiled]:
        """The conditions inside it."""
        yield from (*self.all, *self.any)
        yield from (each for each in (self.inner, self.anchor, self.expect, self.unless) if each is not None)

    def walk(self) -> Iterator[Compiled]:
        """Itself and all conditions inside it."""
        yield self
        for child in self.children():
            yield from child.walk()


def compile_condition(condition: Condition, lists: Lists) -> Compiled:
    """A condition of a rule that was checked, ready for matching."""

    def inner(each: Condition | None) -> Compiled | None:
        return None if each is None else compile_condition(each, lists)

    near, sequence = condition.near, condition.sequence
    items = (
        condition.phrases.items
        if condition.phrases
        else condition.fuzzy.phrases
        if condition.fuzzy
        else near.first
        if near
        else ()
    )
    return Compiled(
        condition,
        condition.operator,
        phrases=phrases_of(items, lists),
        second=phrases_of(near.second, lists) if near else (),
        without=_taken(condition.without, lists),
        pattern=compiled(condition.regex) if condition.regex else None,
        all=tuple(compile_condition(each, lists) for each in condition.all or ()),
        any=tuple(compile_condition(each, lists) for each in condition.any or ()),
        inner=inner(condition.not_ or condition.absence),
        anchor=inner(sequence.anchor if sequence else None),
        expect=inner(sequence.expect if sequence else None),
        unless=inner(condition.unless.condition if condition.unless else None),
    )


def phrases_of(items: Sequence[PhraseItem], lists: Lists) -> tuple[Phrase, ...]:
    """The phrases that are meant, folded, each once."""
    texts = [text for item in items for text in (lists[item.list] if isinstance(item, PhraseList) else (item,))]
    return tuple(dict.fromkeys(phrase_words(text) for text in texts))


def _taken(without: Without | None, lists: Lists) -> Taken | None:
    return None if without is None else (phrases_of(without.phrases, lists), without.words, without.side)
