"""How many languages a role speaks, and how often it goes from one to another. Shares are the table `languages`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from qa_pipeline.conversation.sentences import SpokenSentence


def languages_of(sentences: Sequence[SpokenSentence]) -> list[str]:
    """The language of each labelled sentence of a role, in order."""
    return [sentence.language for sentence in sentences if sentence.language is not None]


def code_switches(languages: Sequence[str]) -> int:
    """How often a language differs from the one before; unlabelled sentences are passed over beforehand."""
    return sum(earlier != later for earlier, later in pairwise(languages))
