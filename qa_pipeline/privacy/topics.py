"""Which word says what a number is: the nearest one before it, in its sentence or in the question that it answers."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from qa_pipeline.privacy.chains import Chain
from qa_pipeline.privacy.contexts import Cue, Topic, is_between
from qa_pipeline.privacy.normalized import normalize
from qa_pipeline.privacy.numbers import Run
from qa_pipeline.privacy.sentences import SaidSentence
from qa_pipeline.privacy.sums import sum_before

LOOKS_BACK = 3
"""Sentences before a number in which a question for it is looked for."""

REACH = 40
"""Characters between a word such as "order number" and the number that it speaks of."""

NEAR = 80
"""Characters between a word and a number that it may stand right before."""

MOST_CUES = 8
"""Words on either side of a number that are looked at."""

_NOT_AFTER = ("order", "amount", "email", "birth")
_OPEN = frozenset(normalize("is it's number no nr es son numero est c'est ist lautet nummer 是 为 は : 号 码").split())
"""Last words of a sentence whose number is still to come."""
_SIGNS_OF_QUESTIONS = frozenset("?吗呢か")
_OF_QUESTIONS = _SIGNS_OF_QUESTIONS | frozenset(
    normalize("多 少 钱 い く ら で す what which quel quelle cual was wie welche").split()
)


class About(NamedTuple):
    """The word that speaks of a number, if any; whether the number answers it; and what is said between the two where
    the word stands shortly before the number in its sentence."""

    cue: Cue | None = None
    is_asked: bool = False
    gap: tuple[str, ...] | None = None

    @property
    def topic(self) -> Topic | None:
        """What the number is called."""
        return self.cue.topic if self.cue else None

    @property
    def is_near(self) -> bool:
        """Whether nothing is said between the two but what belongs to the name of the number."""
        return self.gap is not None and all(map(is_between, self.gap))


def about(said: Sequence[SaidSentence], chain: Chain) -> About:
    """The nearest word before the number that says what it is; else the nearest one behind it in its sentence."""
    run = chain.runs[0]
    begin, end = run.units[0].begin, chain.runs[-1].units[-1].end
    own = said[run.sentence].cues
    last = bisect_right(own, begin, key=lambda cue: cue.end)
    before = next((cue for cue in reversed(own[max(0, last - MOST_CUES) : last]) if _reaches(cue, begin)), None)
    amount = sum_before(said[run.sentence], before, begin)
    if amount is not None:
        return About(amount, gap=_gap(said[run.sentence], amount, run))
    if before is not None:
        return About(before, gap=_gap(said[run.sentence], before, run))
    asked = _asked(said, run)
    if asked is not None:
        return asked
    first = bisect_left(own, end, key=lambda cue: cue.begin)
    after = next((cue for cue in own[first : first + MOST_CUES] if cue.topic not in _NOT_AFTER), None)
    return About(after if len(chain.runs) == 1 else None)


def _reaches(cue: Cue, begin: int) -> bool:
    return begin - cue.end <= REACH if cue.topic in ("order", "amount") else cue.topic != "email"


def _gap(sentence: SaidSentence, cue: Cue, run: Run) -> tuple[str, ...] | None:
    if run.units[0].begin - cue.end > NEAR:
        return None
    tokens = sentence.normalized.tokens
    at = bisect_left(tokens, cue.end, key=lambda token: token.begin)
    return tuple(token.text for token in tokens[at : run.units[0].first])


def _asked(said: Sequence[SaidSentence], run: Run) -> About | None:
    """The word in a sentence before: a question of somebody else, a begin of one's own ("my order number is"), or what
    was spoken of."""
    role = said[run.sentence].role
    is_nearest = True
    for place in range(run.sentence - 1, max(-1, run.sentence - 1 - LOOKS_BACK), -1):
        sentence = said[place]
        found = [cue for cue in sentence.cues[-MOST_CUES:] if cue.topic != "email"]
        is_own = sentence.role == role
        if found and found[-1].topic == "amount":
            is_for_it = _is_open(sentence, found[-1]) if is_own else is_nearest and _is_question(sentence, found[-1])
            if is_for_it and run.from_start:
                return About(found[-1], is_asked=True)
            found = [cue for cue in found if cue.topic != "amount"]
        if found:
            is_for_it = run.from_start and (_is_open(sentence, found[-1]) if is_own else is_nearest)
            if found[-1].topic != "order" or is_for_it:
                return About(found[-1], is_asked=is_for_it)
            continue
        is_nearest = is_nearest and is_own
    return None


def _words_behind(sentence: SaidSentence, cue: Cue) -> list[str]:
    tokens = sentence.normalized.tokens
    return [token.text for token in tokens[bisect_left(tokens, cue.end, key=lambda token: token.begin) :]]


def _is_open(sentence: SaidSentence, cue: Cue) -> bool:
    """Whether a sentence ends where the number would come."""
    behind = _words_behind(sentence, cue)
    words = [word for word in behind if word.isalnum() or word == ":"]
    last = words[-1] if words else sentence.normalized.text[cue.begin : cue.end].split()[-1]
    return all(map(is_between, behind)) and (last in _OPEN or last[-1] in _OPEN)


def _is_question(sentence: SaidSentence, cue: Cue) -> bool:
    """Whether a sentence asks for what its last word of these names: "The total?", "¿Cuál es el importe?"."""
    behind = _words_behind(sentence, cue)
    return not _SIGNS_OF_QUESTIONS.isdisjoint(behind) and all(
        is_between(word) or word in _OF_QUESTIONS for word in behind
    )
