"""How much of labelled dialogues is masked, and how many sentences a second are looked through."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.redaction_items import FILES, LANGUAGES, Score, garbled_cards, read_items, score, share_masked
from benchmarks.rule_speed import SEED, VOCABULARY, WEIGHTS
from qa_pipeline.privacy.detection import personal_spans
from qa_pipeline.privacy.known_values import KnownValue
from qa_pipeline.privacy.sentences import SaidSentence

SENTENCES_A_CALL = 60
NUMBERED_SHARE = 0.1
"""Sentences of a call with a number."""

CARDS = 1000
BARE = re.compile(r"\d(?:[ -]?\d){5,}|[\w.+-]+@[\w-]+\.[\w.]+")
"""What a filter of one line looks for."""

KNOWN = (KnownValue("name", "Jordan Ellery"), KnownValue("account", "C-20038841"))


def redaction(calls: int, say: Callable[[str], None]) -> bool:
    """Prints both."""
    print_quality(say)
    say("")
    print_speed(calls, say)
    return True


def print_quality(say: Callable[[str], None]) -> None:
    """Prints what is masked of each file of items, and of garbled cards."""
    say(f"{'items':28}{'items':>7}{'masked, %':>11}{'untouched, %':>14}{'too much':>10}")
    for name in FILES:
        scores = [score(item) for item in read_items(name)]
        _row(name, scores, say)
        for language in LANGUAGES:
            if own := [each for each in scores if each.item.language == language]:
                _row(f"  {language}", own, say)
    _row("cards with a misheard digit", [score(item) for item in garbled_cards(CARDS)], say)


def _row(name: str, scores: Sequence[Score], say: Callable[[str], None]) -> None:
    negatives = [each for each in scores if not each.item.marked]
    untouched = f"{100 * sum(not each.over for each in negatives) / len(negatives):.1f}" if negatives else "-"
    over = sum(each.over for each in scores)
    say(f"{name:28}{len(scores):>7}{100 * share_masked(scores):>11.1f}{untouched:>14}{over:>10}")


def print_speed(calls: int, say: Callable[[str], None]) -> None:
    """Prints sentences a second of one core, beside a bare regular expression over the same."""
    count = calls * SENTENCES_A_CALL
    say(f"{count:,} sentences of {calls:,} calls, {NUMBERED_SHARE:.0%} with a number")
    bare, redacted = _Took(), _Took()
    for number in range(calls):
        call = _call(random.Random(SEED + number))
        bare.add(lambda: sum(len(BARE.findall(sentence.text)) for sentence in call))  # noqa: B023 - called at once
        redacted.add(lambda: len(personal_spans(call, KNOWN)))  # noqa: B023
    for name, took in (("bare regular expression", bare), ("redaction", redacted)):
        say(f"{name:28}{count / took.cpu_s:>14,.0f} sentences/s{took.places:>9,} places")


@dataclass
class _Took:
    """Seconds of the processor, and what was found in them."""

    cpu_s: float = 0.0
    places: int = 0

    def add(self, find: Callable[[], int]) -> None:
        begun = time.process_time()
        self.places += find()
        self.cpu_s += time.process_time() - begun


def _call(chance: random.Random) -> list[SaidSentence]:
    return [_sentence(number, chance) for number in range(SENTENCES_A_CALL)]


def _sentence(number: int, chance: random.Random) -> SaidSentence:
    words = chance.choices(VOCABULARY, WEIGHTS, k=chance.randint(4, 14))
    if chance.random() < NUMBERED_SHARE:
        digits = "".join(chance.choices("0123456789", k=chance.choice((1, 2, 4, 10, 16))))
        words.insert(chance.randrange(len(words)), digits)
    role = ("agent", "customer")[number % 2]
    return SaidSentence(role, " ".join(words), "en", number * 5000, number * 5000 + 4000)
