"""Places beside each other are found without a look at all of them, and are the same."""

from __future__ import annotations

import random
import time

from qa_pipeline.rules.calls import RuleSentence
from qa_pipeline.rules.phrases import phrase_words
from qa_pipeline.rules.places import fuzzy_places, near_places, phrase_places
from qa_pipeline.rules.texts import BREAK, RoleText, WordSpan

LONG = 12_000
"""Words; with a look at every pair of places they take many seconds."""

NEARLY = ("thank", "you", "for", "palling")


def text_of(*turns: str) -> RoleText:
    return RoleText([[RuleSentence(number, 0, "agent", 0, 1, said)] for number, said in enumerate(turns)])


def test_without_is_as_if_each_place_were_held_against_each() -> None:
    random.seed(1)
    for _ in range(200):
        text = text_of(*(" ".join(random.choices("abcd", k=random.randint(1, 9))) for _ in range(4)))
        words, side = random.randint(1, 4), random.choice(["before", "after", "either"])
        places = list(text.occurrences(phrase_words("a")))
        taken = [*text.occurrences(phrase_words("b")), *text.occurrences(phrase_words("c d"))]
        wanted = [place for place in places if not any(is_beside(text, place, each, words, side) for each in taken)]
        without = ((phrase_words("b"), phrase_words("c d")), words, side)
        assert phrase_places(text, phrase_words("a"), without) == wanted


def is_beside(text: RoleText, place: WordSpan, other: WordSpan, words: int, side: str) -> bool:
    if BREAK in text.words[min(place.first, other.first) : max(place.last, other.last) + 1]:
        return False
    is_before = side in ("before", "either") and other.last < place.first and place.first - other.last <= words
    is_after = side in ("after", "either") and other.first > place.last and other.first - place.last <= words
    return is_before or is_after


def test_pairs_are_the_nearest_ones() -> None:
    random.seed(2)
    for _ in range(200):
        text = text_of(*(" ".join(random.choices("abcd", k=random.randint(1, 9))) for _ in range(4)))
        within, is_ordered = random.randint(0, 3), random.random() < 0.5
        others = [*text.occurrences(phrase_words("b")), *text.occurrences(phrase_words("c d"))]
        wanted = []
        for one in text.occurrences(phrase_words("a")):
            pairs = [
                WordSpan(min(one.first, other.first), max(one.last, other.last))
                for other in others
                if (one.last < other.first and other.first - one.last - 1 <= within)
                or (not is_ordered and other.last < one.first and one.first - other.last - 1 <= within)
            ]
            whole = sorted(pair for pair in pairs if BREAK not in text.words[pair.first : pair.last + 1])
            wanted += [min(whole, key=lambda pair: pair.last - pair.first)] if whole else []
        second = [phrase_words("b"), phrase_words("c d")]
        found = near_places(text, [phrase_words("a")], second, within=within, is_ordered=is_ordered, without=None)
        assert found == wanted


def test_a_long_turn_takes_no_longer_than_its_words() -> None:
    text = text_of("a b " * (LONG // 2))
    a, b = phrase_words("a"), phrase_words("b")
    begun = time.process_time()
    assert len(near_places(text, [a], [b], within=3, is_ordered=True, without=((a,), 3, "after"))) == 0
    assert phrase_places(text, a, ((b,), 3, "before")) == [WordSpan(0, 0)]
    assert time.process_time() - begun < 2


def test_every_place_that_is_alike_is_found_also_where_parts_of_a_long_turn_meet() -> None:
    phrase = phrase_words("thank you for calling")
    for before in (0, 190, 195, 196, 197, 198, 199, 200, 201, 215, 390):
        said = ["x"] * before + list(NEARLY) + ["y"] * 300 + list(phrase)
        found = list(fuzzy_places(text_of(" ".join(said)), phrase, 85, None))
        assert found == [WordSpan(before, before + 3), WordSpan(before + 304, before + 307)]


def test_a_turn_of_one_phrase_said_again_and_again_is_quick() -> None:
    begun = time.process_time()
    text = text_of("thank you for calling " * 1000)
    assert len(list(fuzzy_places(text, phrase_words("thank you for calling"), 85, None))) == 1000
    assert time.process_time() - begun < 3
