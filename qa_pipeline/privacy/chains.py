"""Numbers that one person says over several sentences, with the other one's "uh-huh" and read-backs between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from qa_pipeline.privacy.contexts import PERSONAL
from qa_pipeline.privacy.normalized import normalize
from qa_pipeline.privacy.numbers import Run
from qa_pipeline.privacy.sentences import SaidSentence

MOST_BETWEEN = 3
"""Sentences of others between two parts of a number."""

SHORT_WORDS, LONGER_WORDS = 4, 12
"""Words (or characters, of scripts without blanks twice as many) that a listener says between two parts of a number:
whoever goes on with digits and nothing else was asked for them."""

_GO_ON = re.compile(
    normalize(
        r"\b(?:next|digits?|go on|go ahead|ready|continue|carry on|rest|remaining|keep going"
        r"|siguientes?|digitos?|continue|adelante|siga|sigue|listo|lista|resto|demas"
        r"|prochains?|suivants?|suite|chiffres?|continuez|allez-y|pret|prete|reste)\b"
        r"|\b(?:weiter|nachsten?|ziffern?|bereit|moment)\b"
        r"|下一|接着|继续|接下来|后面|数字|几位|请讲|请说|次|続|どうぞ|桁"
    )
)
"""Words that ask for more of a number, in however long a sentence."""

_ASKS_OTHERWISE = re.compile(
    normalize(
        r"\b(?:how many|how much|how long|when|which year|what year|what time"
        r"|cuant[oa]s?|cuando|que ano|combien|quand|quelle annee|quelle heure)\b"
        r"|\b(?:wie ?viele?|wann|wie lange|welches jahr)\b"
        r"|多少钱|几个|几件|多少个|什么时候|哪年|何年|いくつ|いくら|いつ|何個|何時"
    )
)
_QUESTION = frozenset("?吗呢")

MOST_PAUSE_MS = 30_000


class Chain(NamedTuple):
    """The runs of one number, in their order."""

    runs: tuple[Run, ...]

    @property
    def digits(self) -> str:
        """All its digits."""
        return "".join(run.digits for run in self.runs)

    @property
    def is_spoken(self) -> bool:
        """Whether words were needed to read it, or several sentences."""
        return len(self.runs) > 1 or any(unit.is_spoken for run in self.runs for unit in run.units)


def chains(said: Sequence[SaidSentence], runs: Sequence[Sequence[Run]]) -> list[Chain]:
    """The numbers of a call; `runs` are those of each of its sentences."""
    open_chains: dict[str, list[Run]] = {}
    found: list[Chain] = []
    for place, sentence in enumerate(said):
        of_sentence = list(runs[place])
        begun = open_chains.get(sentence.role)
        if begun is not None and of_sentence and _continues(said, begun[-1], of_sentence[0]):
            begun.append(of_sentence.pop(0))
            if begun[-1].to_end:
                continue
        elif begun is not None and not of_sentence and _is_listening(sentence, SHORT_WORDS):
            continue
        if begun is not None:
            found.append(Chain(tuple(open_chains.pop(sentence.role))))
        if of_sentence and of_sentence[-1].to_end:
            open_chains[sentence.role] = [of_sentence.pop()]
        found += [Chain((run,)) for run in of_sentence]
    found += [Chain(tuple(each)) for each in open_chains.values()]
    return sorted(found, key=lambda chain: (chain.runs[0].sentence, chain.runs[0].units[0].begin))


def _continues(said: Sequence[SaidSentence], before: Run, run: Run) -> bool:
    """Whether a run goes on with the number that another sentence of the role has begun."""
    if not run.from_start or any(unit.shape == "date" for unit in (before.units[-1], run.units[0])):
        return False
    first, last = said[before.sentence], said[run.sentence]
    if first.end_ms is not None and last.begin_ms is not None and last.begin_ms - first.end_ms > MOST_PAUSE_MS:
        return False
    between = [each for each in said[before.sentence + 1 : run.sentence] if each.role != last.role]
    if not run.to_end:
        return all(_lets_go_on(each, SHORT_WORDS) for each in between) and len(run.digits) > 1
    return len(between) <= MOST_BETWEEN and all(_lets_go_on(each, LONGER_WORDS) for each in between)


def _lets_go_on(sentence: SaidSentence, words: int) -> bool:
    """Whether a sentence of somebody else is no more than listening, or asks for more of the number."""
    is_for_more = _is_listening(sentence, words) or _GO_ON.search(sentence.normalized.text) is not None
    return is_for_more and not asks_otherwise(sentence)


def asks_otherwise(sentence: SaidSentence) -> bool:
    """Whether it asks for a number of another kind: how many, when, for an amount or an order."""
    text = sentence.normalized.text
    cues = sentence.cues
    is_on_other = bool(cues) and cues[-1].topic not in PERSONAL and not _QUESTION.isdisjoint(text)
    return is_on_other or _ASKS_OTHERWISE.search(text) is not None


def _is_listening(sentence: SaidSentence, words: int) -> bool:
    """Whether a sentence is short: a murmur, "go on", a read-back."""
    tokens = [token.text for token in sentence.normalized.tokens if token.text.isalnum()]
    latin = sum(token.isascii() for token in tokens)
    return latin <= words + sum(map(str.isdecimal, tokens)) and len(tokens) - latin <= 2 * words
