"""The same outcomes, quickly, for many calls: a rule none of whose words is in a call is not looked at in detail.

Most rules find nothing in most calls. What such a rule comes to depends on what is known of the call and on which
stretches can be relied on, not on its phrases: so it is worked out once for all rules that are alike but for them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property

import re2

from qa_pipeline.rules.book import BookedRule, RuleBook
from qa_pipeline.rules.calls import RuleCall
from qa_pipeline.rules.compiled import Compiled
from qa_pipeline.rules.evaluation import Judge, RuleOutcome
from qa_pipeline.rules.places import ALMOST_WORDS, options
from qa_pipeline.rules.texts import WILDCARD, Phrase, plain_pattern

_ALWAYS_LOOKED_AT = ("language", "emotion", "metric", "rule", "fuzzy")
"""Conditions of which the words say nothing, or whose evidence depends on the rule."""


PATTERNS_AT_ONCE = 32
PATTERNS_BYTES = 128 * 2**20
"""What the states of some patterns may take at most; by default they are 8 MB, which many patterns outgrow."""


class _Shape:
    """What is known of a rule without a call: by which words it may find anything, and its likeness."""

    def __init__(self, rule: BookedRule) -> None:
        conditions = [*([] if rule.when is None else rule.when.walk()), *rule.condition.walk()]
        self.is_always_looked_at = any(each.operator in _ALWAYS_LOOKED_AT for each in conditions)
        self.words: set[str] = set()
        self.patterns: list[str] = []
        for each in conditions:
            phrases = [*each.phrases, *(each.without[0] if each.without and not each.phrases else ())]
            anchors = {_anchor(phrase) for phrase in phrases}
            if None in anchors:
                self.is_always_looked_at = True
            self.words |= {anchor for anchor in anchors if anchor is not None}
            if _may_be_almost_said(each):
                self.words |= {word for phrase in each.phrases for word in _half_of(phrase)}
            if each.pattern is not None:
                pattern = plain_pattern(each.condition.regex or "")
                if _depends_on_its_turn(pattern):
                    self.is_always_looked_at = True
                self.patterns.append(f"(?m){pattern}")
        self.alike = _alike(rule)


def _may_be_almost_said(compiled: Compiled) -> bool:
    """A phrase that is not said may be nearly said: then its words matter even where not all of them are there."""
    condition = compiled.condition
    return bool(condition.phrases and condition.window and not compiled.without and condition.if_almost_said != "miss")


def _half_of(phrase: Phrase) -> list[str]:
    """Words of which one at least is said wherever half of the phrase's words are."""
    words = sorted({word.rstrip(WILDCARD) for word in phrase}, key=len, reverse=True)
    return words[: len(words) // 2 + 1] if len(phrase) >= ALMOST_WORDS else []


def _anchor(phrase: Phrase) -> str | None:
    """The word by which a phrase is looked up: its longest one; None where all of them are beginnings of words."""
    words = [word for word in phrase if not word.endswith(WILDCARD)]
    return max(words, key=len) if words else None


def _depends_on_its_turn(pattern: str) -> bool:
    """Whether it may fit a turn by itself and not where that turn is a line of the call."""
    return "\\A" in pattern or "\\z" in pattern or "(?" in pattern.replace("(?:", "").replace("(?P<", "")


def _alike(rule: BookedRule) -> str:
    """A rule without its phrases and names."""

    def bare(value: object, key: str = "") -> object:
        if isinstance(value, dict):
            return {name: bare(inner, name) for name, inner in value.items()}
        if isinstance(value, list) and key in ("any", "of", "all", "none", "phrases", "first", "second"):
            is_of_conditions = any(isinstance(inner, dict) and set(inner) != {"list"} for inner in value)
            return [bare(inner) for inner in value] if is_of_conditions else "…"
        return value if key != "regex" else "…"

    whole = rule.rule.model_dump(mode="json", by_alias=True, exclude_none=True)
    kept = {
        name: whole[name]
        for name in ("applies_to", "effective_from", "effective_to", "when", "condition")
        if name in whole
    }
    return json.dumps(bare(kept), sort_keys=True)


class QuickBook:
    """A book with what is known of its rules before any call."""

    def __init__(self, book: RuleBook) -> None:
        self._book = book
        self._shapes = [_Shape(rule) for rule in book.rules]
        self._always = {place for place, shape in enumerate(self._shapes) if shape.is_always_looked_at}
        self._by_word: dict[str, list[int]] = {}
        for place, shape in enumerate(self._shapes):
            for word in shape.words:
                self._by_word.setdefault(word, []).append(place)
        self._words = frozenset(self._by_word)
        self._pattern_rules = [place for place, shape in enumerate(self._shapes) for _ in shape.patterns]

    @cached_property
    def _patterns(self) -> list[re2.Set]:
        """All patterns, some at a time: many together need more states than they save searches."""
        patterns = [pattern for shape in self._shapes for pattern in shape.patterns]
        return [
            _set_of(patterns[first : first + PATTERNS_AT_ONCE]) for first in range(0, len(patterns), PATTERNS_AT_ONCE)
        ]

    def outcomes(self, call: RuleCall) -> list[RuleOutcome]:
        """What each rule comes to, in their order."""
        judge = Judge(call, self._book)
        looked_at = self._always | self._with_words(judge)
        known: dict[str, RuleOutcome] = {}
        found: list[RuleOutcome] = []
        for place, (rule, shape) in enumerate(zip(self._book.rules, self._shapes, strict=True)):
            if place in looked_at:
                found.append(judge.outcome(rule))
                continue
            alike = known.get(shape.alike)
            if alike is None:
                alike = known[shape.alike] = judge.outcome(rule)
            found.append(RuleOutcome(rule, alike.outcome, alike.reason, alike.hits))
        return found

    def _with_words(self, judge: Judge) -> set[int]:
        """The rules of which a word is said, or a pattern fits somewhere."""
        said: set[str] = set()
        for text in judge.heard.texts.values():
            said |= self._words & text.index.keys()
        places = {place for word in said for place in self._by_word[word]}
        for number, patterns in enumerate(self._patterns):
            first = number * PATTERNS_AT_ONCE
            matched = patterns.Match(judge.heard.plain_body) or ()
            places |= {self._pattern_rules[first + place] for place in matched}
        return places


def _set_of(patterns: Sequence[str]) -> re2.Set:
    chosen = options()
    chosen.max_mem = PATTERNS_BYTES
    together = re2.Set.SearchSet(chosen)
    for pattern in patterns:
        together.Add(pattern)
    together.Compile()
    return together
