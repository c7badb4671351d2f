"""What a search says: a small language that nobody can get wrong.

    refund                  the calls in which it is said, also inside a longer word (refunded)
    refund late             both, wherever in the call; AND between them says the same
    refund OR cancel        any of them
    -refund                 not said in the call
    "money back"            exactly these words, one after the other
    agent:refund            said by the agent; customer: and other: likewise
    id:c0102                a call, customer or agent whose id or name begins with it, whatever is said
    rule:greeting           the calls in which the rule is a hit; rule:greeting:miss, :not_applicable, :not_evaluated
    (refund OR cancel) late parentheses

A word without a scope also finds calls by the ids and names that begin with it. | is OR, scopes may be Chinese, and a
telephone number with blanks is one phrase. What is no sentence of this language is read literally, and `notices` say
so.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

SCOPES = ("agent", "customer", "other", "id", "rule")
RULE_OUTCOMES = ("hit", "miss", "not_applicable", "not_evaluated")
"""What a rule may come to in a call, as a search writes it behind the rule's id."""


class NoticeKind(StrEnum):
    """Why a part of a search was read literally."""

    LONE_QUOTE = "lone_quote"
    LONE_PARENTHESIS = "lone_parenthesis"
    EMPTY_PARENTHESES = "empty_parentheses"
    DANGLING_OPERATOR = "dangling_operator"
    DANGLING_SCOPE = "dangling_scope"
    UNKNOWN_SCOPE = "unknown_scope"
    NOTHING_TO_FIND = "nothing_to_find"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Notice:
    """A part of the search that is not what it may look like."""

    kind: NoticeKind
    part: str


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """A word or phrase to find, or a rule. `words` are folded; `is_exact` stands for whole words; `scope` is one of
    `SCOPES`, or None: said by anybody, or the beginning of an id or a name. `source` is what was written."""

    words: tuple[str, ...]
    is_exact: bool
    scope: str | None
    source: str

    @property
    def needle(self) -> str:
        """What a folded text (`documents`) contains where the term is said; empty where it is not about what is
        said."""
        if self.scope in ("id", "rule"):
            return ""
        joined = " ".join(self.words)
        return f" {joined} " if self.is_exact else joined

    @property
    def role(self) -> str | None:
        """Who must say it; None for anybody."""
        return None if self.scope in (None, "id", "rule") else self.scope

    @property
    def id_prefix(self) -> str | None:
        """With what an id begins, in lower case; None where ids don't matter."""
        return None if self.role or self.rule else id_prefix(self.source)

    @property
    def rule(self) -> tuple[str, str] | None:
        """Id of the rule in lower case, and what it must come to; None where the term is none."""
        if self.scope != "rule":
            return None
        written = id_prefix(self.source)
        rule_id, _, outcome = written.rpartition(":")
        return (rule_id, outcome) if rule_id and outcome in RULE_OUTCOMES else (written, RULE_OUTCOMES[0])


Node = tuple["str", tuple["Node", ...]] | SearchTerm
"""("and" | "or" | "not", parts) or a term."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A search as it was understood. `terms` has each term once, `notices` what was read literally.

    Where `terms` is empty although something was written, there was nothing to find in it.
    """

    text: str
    terms: tuple[SearchTerm, ...]
    notices: tuple[Notice, ...]
    _root: Node | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written at all."""
        return not self.text

    @property
    def wanted(self) -> tuple[SearchTerm, ...]:
        """The terms that are looked for rather than ruled out: what is marked."""
        return tuple(dict.fromkeys(_wanted(self._root, True)))

    @property
    def name(self) -> str | None:
        """What may be an id or a name: the only term, or words one after the other; None for anything else."""
        if isinstance(self._root, SearchTerm):
            return None if self._root.rule else self._root.source
        kind, parts = self._root or ("", ())
        are_words = all(isinstance(part, SearchTerm) and not (part.scope or part.is_exact) for part in parts)
        return self.text if kind == "and" and are_words else None

    def accepts(self, found: Sequence[bool]) -> bool:
        """Whether a call is found in which exactly the terms with True in `found` are found."""
        return self._root is not None and _holds(self._root, dict(zip(self.terms, found, strict=True)))

    def accepted(self) -> list[bool]:
        """`accepts` for each set of terms, numbered by bits: the first term is bit 0."""
        number = len(self.terms)
        return [self.accepts([bool(bits >> bit & 1) for bit in range(number)]) for bits in range(1 << number)]


def id_prefix(text: str) -> str:
    """`text` as the beginning of an id: one blank between words, no full-width letters, lower case."""
    return unicodedata.normalize("NFKC", " ".join(text.split())).lower()


def _wanted(node: Node | None, is_wanted: bool) -> Iterator[SearchTerm]:
    if isinstance(node, SearchTerm):
        if is_wanted:
            yield node
    elif node:
        for part in node[1]:
            yield from _wanted(part, is_wanted != (node[0] == "not"))


def _holds(node: Node, found: dict[SearchTerm, bool]) -> bool:
    if isinstance(node, SearchTerm):
        return found[node]
    kind, parts = node
    if kind == "not":
        return not _holds(parts[0], found)
    return (any if kind == "or" else all)(_holds(part, found) for part in parts)
