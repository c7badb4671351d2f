"""Rules that somebody has pasted or uploaded: bounded, read with the project's, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboards.rules.known import KnownRules
from qa_pipeline.judging.rule_files import drafted_book
from qa_pipeline.rules.book import RuleBook
from qa_pipeline.rules.reading import BadRules, read_file
from qa_pipeline.settings import Settings
from qa_pipeline.wording.languages import t

LONGEST_RULE = 100_000
"""Characters of pasted rules. A file that is longer is for `qa-pipeline rules check`. Fields take one more: what is cut
there without a word is refused here with one."""

Drafts = Mapping[str, str]
"""Texts of YAML by what messages call them."""


class RefusedDraft(ValueError):
    """Rules that can't be used; `faults` are sentences for the page."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


def draft_of(text: str, name: str) -> Drafts:
    """A pasted text as a draft.

    Raises:
        RefusedDraft: it is empty or too long.
    """
    if not text.strip():
        raise RefusedDraft([t("Paste a rule; it begins with the lines id: and title:.")])
    if len(text) > LONGEST_RULE:
        raise RefusedDraft(
            [
                t(
                    "{name} has {n} characters; at most {most} are read here. The command `qa-pipeline rules` reads "
                    "longer files.",
                    name=name, n=f"{len(text):,}", most=f"{LONGEST_RULE:,}",
                )
            ]
        )  # fmt: skip
    return {name: text}


def read_draft(settings: Settings, known: KnownRules, drafts: Drafts) -> tuple[RuleBook, list[str], tuple[str, ...]]:
    """The project's rules with the drafts in their places, the ids of the drafts, and the faults of the project's own
    rules, which then are left out.

    Raises:
        RefusedDraft: anything is wrong with the drafts.
    """
    try:
        ids = [read.rule.id for name, text in drafts.items() for read in read_file(text, name)]
        return drafted_book(settings, drafts, alone=bool(known.faults)), ids, known.faults
    except BadRules as error:
        raise RefusedDraft(error.faults) from None
