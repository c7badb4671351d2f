"""Whether rules that can be read fit together: their names, lists, metrics and patterns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa_pipeline.rules.book import named_rules
from qa_pipeline.rules.conditions import Condition, PhraseList, Rule
from qa_pipeline.rules.phrase_lists import MOST_WORDS
from qa_pipeline.rules.phrases import WILDCARD, lost_sign, phrase_words
from qa_pipeline.rules.places import BadPattern, compiled
from qa_pipeline.yaml_files.places import Place, line_of


@dataclass(frozen=True, slots=True)
class ReadRule:
    """A rule with where it is written."""

    rule: Rule
    label: str
    content: Any

    def at(self, place: Place = ()) -> str:
        """File and line of a place in it."""
        return f"{self.label}, line {line_in(self.content, place)}"


def unfit(
    read: Sequence[ReadRule], lists: Mapping[str, Sequence[str]], metrics: Collection[str] | None, *, is_whole: bool
) -> Iterator[str]:
    """What of rules does not fit together: ids that are there twice, names of what is not there, circles, patterns."""
    by_id: dict[str, ReadRule] = {}
    for each in read:
        if each.rule.id in by_id:
            there = by_id[each.rule.id].at(("id",))
            yield f"{each.at(('id',))}: there is a rule {each.rule.id} already, in {there}; rename one."
        by_id.setdefault(each.rule.id, each)
    for each in read:
        for place, condition in each.rule.conditions():
            for below, fault in _unfit_condition(condition, lists, metrics):
                yield f"{each.at((*place, *below))}: {fault}."
            if is_whole and condition.rule is not None and condition.rule not in by_id:
                yield f"{each.at((*place, 'rule'))}: there is no rule {condition.rule}; the rules are {_some(by_id)}."
    yield from _circles(by_id)


def _unfit_condition(
    condition: Condition, lists: Mapping[str, Sequence[str]], metrics: Collection[str] | None
) -> Iterator[tuple[Place, str]]:
    for place, item in condition.phrase_items():
        if isinstance(item, PhraseList):
            if item.list not in lists:
                there = f"the lists are {_some(lists)}" if lists else f"write it as phrases/{item.list}.txt"
                yield place, f"there is no list {item.list}; {there}"
            continue
        words = phrase_words(item)
        if not words or not any(word.rstrip(WILDCARD) for word in words):
            yield place, f"{item} has no words; write what is said"
        elif sign := lost_sign(item):
            yield place, f"{item}: {sign} is no word; write what is said in its place, or a regex"
        elif len(words) > MOST_WORDS:
            yield place, f"{len(words)} words are no phrase; at most {MOST_WORDS} are looked for"
    choice = condition.phrases
    if choice and choice.at_least and choice.counting == "different" and choice.of:
        possible: int = sum(len(lists.get(item.list, ())) if isinstance(item, PhraseList) else 1 for item in choice.of)
        if choice.at_least > possible and all(
            not isinstance(item, PhraseList) or item.list in lists for item in choice.of
        ):
            yield ("phrases", "at_least"), f"at least {choice.at_least} of {possible} phrases can't be; write fewer"
    if condition.regex is not None:
        try:
            compiled(condition.regex)
        except BadPattern as error:
            yield ("regex",), f"regex: {error}"
    if condition.metric and metrics is not None and condition.metric.name not in metrics:
        yield ("metric", "name"), f"there is no metric {condition.metric.name}; docs/metrics.md has them"


def _circles(by_id: Mapping[str, ReadRule]) -> Iterator[str]:
    """Rules that name themselves, if by way of others; each circle once."""
    done: set[str] = set()
    for start in by_id:
        path: list[str] = []
        waiting = [(start, 0)]
        while waiting:
            rule_id, depth = waiting.pop()
            del path[depth:]
            if rule_id in path:
                circle = path[path.index(rule_id) :]
                if done.isdisjoint(circle):
                    said = " → ".join([*circle, rule_id])
                    at = by_id[circle[0]].at(("id",))
                    yield f"{at}: rules name each other in a circle: {said}; take one of these names out."
                done.update(circle)
                continue
            if rule_id in done:
                continue
            path.append(rule_id)
            waiting += [(other, len(path)) for other in named_rules(by_id[rule_id].rule) if other in by_id]
        done.update(path)


def _some(names: Collection[str]) -> str:
    return ", ".join(sorted(names)[:8]) + (" …" if len(names) > 8 else "") if names else "none"


def line_in(content: Any, place: Place) -> int:
    """The line of a place, or of what is nearest around it; a rule of several has a line of its own."""
    return line_of(content, place, getattr(getattr(content, "lc", None), "line", 0) or 0)
