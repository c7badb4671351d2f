"""Groups of a number that come after it was taken for complete: the other side said something long in between."""

from __future__ import annotations

from collections.abc import Sequence

from qa_pipeline.privacy.amounts import is_counted
from qa_pipeline.privacy.chains import Chain, asks_otherwise
from qa_pipeline.privacy.contexts import PERSONAL
from qa_pipeline.privacy.dates import is_date
from qa_pipeline.privacy.numbers import Run, is_resumed
from qa_pipeline.privacy.policy import Kind
from qa_pipeline.privacy.sentences import SaidSentence
from qa_pipeline.privacy.topics import about

IN_GROUPS: frozenset[Kind] = frozenset(("card", "phone", "account"))
"""Kinds whose numbers people say in groups."""

FEWEST, MOST = 3, 6
"""Digits of such a group."""

WITHIN = 4
"""Sentences after the last group."""


def follows(said: Sequence[SaidSentence], chain: Chain, before: Run) -> bool:
    """Whether a number that is nothing by itself is another group of the one that ends with `before`, of the same
    role: it is all that is said, or goes on after a disturbance, and nobody asked for anything else."""
    run = chain.runs[0]
    if not FEWEST <= len(chain.digits) <= MOST:
        return False
    if run.sentence == before.sentence:
        return is_resumed(said[run.sentence], before, run) and not _is_other(said, chain)
    if not (run.from_start and chain.runs[-1].to_end and 0 < run.sentence - before.sentence <= WITHIN):
        return False
    between = said[before.sentence + 1 : run.sentence]
    if any(asks_otherwise(each) for each in between):
        return False
    return not _is_other(said, chain)


def _is_other(said: Sequence[SaidSentence], chain: Chain) -> bool:
    """Whether it is said to be something else."""
    spoken_of = about(said, chain)
    is_other = spoken_of.topic is not None and spoken_of.topic not in PERSONAL
    return is_other or is_date(said, chain, spoken_of) or is_counted(said, chain, spoken_of)
