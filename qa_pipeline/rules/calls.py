"""A call as rules see it: what is known of it, what was said in turns, and where that is not to be relied on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class WordTime(NamedTuple):
    """A word of a sentence as the recognizer wrote it, and when it was said, ms."""

    text: str
    begin_ms: int
    end_ms: int


class RuleSentence(NamedTuple):
    """One sentence; its times are None where the model gives none. `words` gives those of its words, where known."""

    sentence_id: int
    channel_id: int
    role: str
    begin_ms: int | None
    end_ms: int | None
    text: str
    language: str | None = None
    emotion: str | None = None
    words: Callable[[], Sequence[WordTime]] | None = None


class Unreliable(NamedTuple):
    """A stretch of the call, ms, in which what is written of a role must not be relied on, and why; `end_ms` None: to
    the end."""

    begin_ms: int
    end_ms: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class RuleCall:
    """One call. `turns` are the sentences of each turn, in the order of the call; what one turn holds is matched as one
    text. `unreliable` is by role, `metrics` by name (a figure that isn't known is None or left out).

    `languages` are those that agent and customer mainly speak, as recognized or, where that isn't known, as the
    metadata says. `has_times` is false where the model gives no times. `reason` says why nothing of the call can be
    judged."""

    call_id: str
    turns: Sequence[Sequence[RuleSentence]]
    duration_ms: int | None
    call_date: dt.date | None = None
    queue: str | None = None
    direction: str | None = None
    languages: frozenset[str] = frozenset()
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    unreliable: Mapping[str, Sequence[Unreliable]] = field(default_factory=dict)
    reason: str | None = None

    @property
    def has_times(self) -> bool:
        """Whether every sentence has its times."""
        return all(said.begin_ms is not None and said.end_ms is not None for turn in self.turns for said in turn)


def turns_of(sentences: Sequence[RuleSentence]) -> list[list[RuleSentence]]:
    """Sentences in the order of time as turns, for calls of which no turns are known: what one speaker says until
    another one does."""
    turns: list[list[RuleSentence]] = []
    for said in sentences:
        if turns and (turns[-1][-1].role, turns[-1][-1].channel_id) == (said.role, said.channel_id):
            turns[-1].append(said)
        else:
            turns.append([said])
    return turns
