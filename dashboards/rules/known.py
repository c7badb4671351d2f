"""The rules of the project as their files have them now: what each says, whose it is, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.remembered import Remembered
from qa_pipeline.judging.rule_files import fingerprint, project_book
from qa_pipeline.published.snapshot import Row
from qa_pipeline.rules.book import BookedRule, RuleBook
from qa_pipeline.rules.reading import BadRules
from qa_pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class KnownRules:
    """The book of the project's rules; where anything is wrong, an empty one, with the faults."""

    book: RuleBook
    faults: tuple[str, ...] = ()

    def rule(self, rule_id: str) -> BookedRule | None:
        """The rule of this id; None where no file has it."""
        return self.book.rule(rule_id) if rule_id in self.book else None


_KNOWN: Remembered[KnownRules] = Remembered(4)


def known_rules(settings: Settings) -> KnownRules:
    """What the files say; they are read again when one of them has changed."""
    return _KNOWN.get(fingerprint(settings), lambda: _read(settings))


def _read(settings: Settings) -> KnownRules:
    try:
        return KnownRules(project_book(settings))
    except BadRules as error:
        return KnownRules(RuleBook([], {}), tuple(error.faults))


def tags_and_owners(known: KnownRules) -> tuple[list[str], list[str]]:
    """The tags and the owners that rules have."""
    rules = [rule.rule for rule in known.book.rules]
    return sorted({tag for rule in rules for tag in rule.tags}), sorted({rule.owner for rule in rules if rule.owner})


def chosen_rules(rows: Iterable[Row], known: KnownRules, chosen: Mapping[str, Sequence[str]]) -> list[Row]:
    """Of rules that were applied (rows with rule_id and severity) those of any chosen `severity`, any `tag` and any
    `owner`; a rule that no file has any more has neither tag nor owner."""
    return [row for row in rows if _is_chosen(row, known.rule(row["rule_id"]), chosen)]


def _is_chosen(row: Mapping[str, Any], rule: BookedRule | None, chosen: Mapping[str, Sequence[str]]) -> bool:
    tags = set(rule.rule.tags) if rule else set()
    owner = rule.rule.owner if rule else None
    severities, wanted_tags, owners = (chosen.get(name, ()) for name in ("severity", "tag", "owner"))
    return (
        (not severities or row["severity"] in severities)
        and (not wanted_tags or bool(tags & set(wanted_tags)))
        and (not owners or owner in owners)
    )
