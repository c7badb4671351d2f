"""The rules that are in use together: ready for matching, with their versions, those that others name first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from qa_pipeline.rules.compiled import Compiled, Lists, compile_condition
from qa_pipeline.rules.conditions import PhraseList, Rule

VERSION_DIGITS = 16


@dataclass(frozen=True, slots=True)
class BookedRule:
    """A rule that is ready. Its version is another one whenever anything changes that it says: its own text, a list
    that it names, or a rule that it names."""

    rule: Rule
    version: str
    when: Compiled | None
    condition: Compiled

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.rule.id


class RuleBook:
    """Rules that were checked together, by `reading.read_book`: every list and rule that one names is there, and none
    names itself by way of others."""

    def __init__(self, rules: Sequence[Rule], lists: Lists) -> None:
        self._given = (rules, lists)
        versions = _versions(rules, lists)
        self.rules = tuple(
            BookedRule(
                rule,
                versions[rule.id],
                None if rule.when is None else compile_condition(rule.when, lists),
                compile_condition(rule.condition, lists),
            )
            for rule in rules
        )
        self._by_id = {rule.id: rule for rule in self.rules}

    def rule(self, rule_id: str) -> BookedRule:
        """The rule of this id."""
        return self._by_id[rule_id]

    def of(self, ids: Collection[str]) -> RuleBook:
        """A book of some of its rules, and of those that they name."""
        wanted, waiting = set[str](), [rule_id for rule_id in ids if rule_id in self]
        while waiting:
            rule_id = waiting.pop()
            if rule_id not in wanted:
                wanted.add(rule_id)
                waiting += named_rules(self.rule(rule_id).rule)
        rules, lists = self._given
        return RuleBook([rule for rule in rules if rule.id in wanted], lists)

    def __reduce__(self) -> tuple[type[RuleBook], tuple[Sequence[Rule], Lists]]:
        """Other processes compile it again: expressions can't be sent."""
        return RuleBook, self._given

    def __contains__(self, rule_id: object) -> bool:
        return rule_id in self._by_id


def named_rules(rule: Rule) -> list[str]:
    """The rules that a rule names."""
    return [each.rule for _, each in rule.conditions() if each.rule is not None]


def _versions(rules: Sequence[Rule], lists: Lists) -> Mapping[str, str]:
    by_id = {rule.id: rule for rule in rules}
    known: dict[str, str] = {}

    def version(rule_id: str) -> str:
        if rule_id not in known:
            known[rule_id] = _digest(
                by_id[rule_id], lists, {name: version(name) for name in named_rules(by_id[rule_id])}
            )
        return known[rule_id]

    return {rule.id: version(rule.id) for rule in rules}


def _digest(rule: Rule, lists: Lists, others: Mapping[str, str]) -> str:
    names = {
        item.list for _, each in rule.conditions() for _, item in each.phrase_items() if isinstance(item, PhraseList)
    }
    content = {
        "rule": rule.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "lists": {name: list(lists[name]) for name in sorted(names)},
        "rules": dict(sorted(others.items())),
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:VERSION_DIGITS]
