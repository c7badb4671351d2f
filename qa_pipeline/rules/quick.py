"""The same outcomes, quickly, for many calls: a rule none of whose words is in a call is not looked at in detail.

Most rules find nothing in most calls. What such a rule comes to depends on what is known of the call and on which
stretches can be relied on, not on its phrases: so it is worked out once for all rules that are alike but for them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import re2

from qa_pipeline.rules.book import BookedRule, RuleBook
from qa_pipeline.rules.calls import RuleCall
from qa_pipeline.rules.compiled import Compiled
from qa_pipeline.rules.conditions import Speaker, Window
from qa_pipeline.rules.evaluation import Judge, RuleOutcome
from qa_pipeline.rules.listening import HeardCall
from qa_pipeline.rules.phrases import WILDCARD
from qa_pipeline.rules.places import ALMOST_WORDS, bare_words, options
from qa_pipeline.rules.plain_texts import plain_pattern

_ALWAYS_LOOKED_AT = ("language", "emotion", "metric", "rule", "fuzzy")
"""Conditions of which the words say nothing, or whose evidence depends on the rule."""


PATTERNS_AT_ONCE = 32
PATTERNS_BYTES = 128 * 2**20
"""What the states of some patterns may take at most; by default they are 8 MB, which many patterns outgrow."""


class _Needed(NamedTuple):
    """Words and pairs of words that are all said by a role wherever a phrase of the rule at `place` is; `anchor`, one
    of the words."""

    anchor: str
    place: int
    role: Speaker
    words: frozenset[str]
    pairs: frozenset[tuple[str, str]]


class _Shape:
    """What is known of a rule without a call: by which words it may find anything, and its likeness."""

    def __init__(self, rule: BookedRule, place: int) -> None:
        conditions = [*([] if rule.when is None else rule.when.walk()), *rule.condition.walk()]
        self.is_always_looked_at = any(each.operator in _ALWAYS_LOOKED_AT for each in conditions)
        self.needed: list[_Needed] = []
        self.almost: list[tuple[Speaker, Window, frozenset[str]]] = []
        self.patterns: list[str] = []
        for each in conditions:
            role = each.condition.role
            for phrase in each.phrases:
                words = [word for word in phrase if not _is_open(word)]
                if words:
                    pairs = frozenset(pair for pair in pairwise(phrase) if not any(map(_is_open, pair)))
                    self.needed.append(_Needed(max(words, key=len), place, role, frozenset(words), pairs))
                else:
                    self.is_always_looked_at = True
                if each.condition.window and _may_be_almost_said(each) and len(phrase) >= ALMOST_WORDS:
                    self.almost.append((role, each.condition.window, bare_words(phrase)[0]))
            if each.pattern is not None:
                pattern = plain_pattern(each.condition.regex or "")
                if _depends_on_its_turn(pattern):
                    self.is_always_looked_at = True
                self.patterns.append(f"(?m){pattern}")
        self.alike = _alike(rule)


def _is_open(word: str) -> bool:
    return word.endswith(WILDCARD)


def _may_be_almost_said(compiled: Compiled) -> bool:
    """A phrase that is not said may be nearly said: then its words matter even where not all of them are there."""
    condition = compiled.condition
    return bool(condition.phrases) and not compiled.without and condition.if_almost_said != "miss"


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
        self._shapes = [_Shape(rule, place) for place, rule in enumerate(book.rules)]
        self._always = {place for place, shape in enumerate(self._shapes) if shape.is_always_looked_at}
        self._by_anchor: dict[str, list[_Needed]] = {}
        self._almost: dict[tuple[Speaker, Window], list[tuple[int, frozenset[str]]]] = {}
        for place, shape in enumerate(self._shapes):
            for needed in shape.needed:
                self._by_anchor.setdefault(needed.anchor, []).append(needed)
            for role, window, words in shape.almost:
                self._almost.setdefault((role, window), []).append((place, words))
        self._anchors = frozenset(self._by_anchor)
        self._pattern_rules = [place for place, shape in enumerate(self._shapes) for _ in shape.patterns]

    @cached_property
    def _patterns(self) -> list[re2.Set]:
        """All patterns, some at a time: many together need more states than they save searches."""
        patterns = [pattern for shape in self._shapes for pattern in shape.patterns]
        return [
            _set_of(patterns[first : first + PATTERNS_AT_ONCE]) for first in range(0, len(patterns), PATTERNS_AT_ONCE)
        ]

    def outcomes(self, call: RuleCall | HeardCall) -> list[RuleOutcome]:
        """What each rule comes to, in their order. A call that several books judge is heard once."""
        judge = Judge(call, self._book)
        looked_at = set(self._always)
        self._add_with_words(judge.heard, looked_at)
        self._add_almost_said(judge.heard, looked_at)
        self._add_with_patterns(judge.heard, looked_at)
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

    def _add_with_words(self, heard: HeardCall, places: set[int]) -> None:
        """The rules of which all words of a phrase are said, by whom they are looked for, and in their order."""
        for role, text in heard.texts.items():
            for anchor in self._anchors & text.vocabulary:
                for _, place, speaker, words, pairs in self._by_anchor[anchor]:
                    if place in places or speaker not in (role, "anyone"):
                        continue
                    if words <= text.vocabulary and pairs <= text.pairs:
                        places.add(place)

    def _add_almost_said(self, heard: HeardCall, places: set[int]) -> None:
        """The rules of which half of the words of a phrase are said in its window."""
        if not heard.has_times:
            return
        for (speaker, window), phrases in self._almost.items():
            span = heard.reach(window) or (0, 0)
            for role in heard.roles(speaker):
                if (text := heard.texts.get(role)) is None:
                    continue
                for said in text.stretches_in(span):
                    places |= {place for place, words in phrases if 2 * len(words & said.vocabulary) >= len(words)}

    def _add_with_patterns(self, heard: HeardCall, places: set[int]) -> None:
        """The rules of which a pattern fits somewhere."""
        for number, patterns in enumerate(self._patterns):
            first = number * PATTERNS_AT_ONCE
            matched = patterns.Match(heard.plain_body) or ()
            places |= {self._pattern_rules[first + place] for place in matched}


def _set_of(patterns: Sequence[str]) -> re2.Set:
    chosen = options()
    chosen.max_mem = PATTERNS_BYTES
    together = re2.Set.SearchSet(chosen)
    for pattern in patterns:
        together.Add(pattern)
    together.Compile()
    return together
