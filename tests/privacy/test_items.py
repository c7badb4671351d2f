"""The labelled dialogues: what is personal in them is masked, and everything else stays."""

from __future__ import annotations

import pytest

from benchmarks.redaction_items import FILES, Item, garbled_cards, read_items, score, share_masked

ITEMS = [item for name in FILES[:2] for item in read_items(name)]
LEAST = 0.99


def test_there_are_three_hundred_items_in_five_languages() -> None:
    assert len(ITEMS) == 300
    assert {item.language for item in ITEMS} == {"en", "zh", "ja", "es", "fr"}


@pytest.mark.parametrize("name", FILES)
def test_what_is_personal_is_masked(name: str) -> None:
    scores = [score(item) for item in read_items(name)]
    missed = [(each.item.name, each.left) for each in scores if each.masked < each.wanted]
    assert share_masked(scores) >= LEAST, missed


@pytest.mark.parametrize("name", FILES)
def test_amounts_dates_and_order_numbers_stay(name: str) -> None:
    scores = [score(item) for item in read_items(name) if not item.marked]
    touched = [(each.item.name, each.left) for each in scores if each.over]
    assert len(touched) <= (1 - LEAST) * len(scores), touched


def test_a_misheard_digit_does_not_save_a_card() -> None:
    scores = [score(item) for item in garbled_cards(1000)]
    missed = [(each.item.name, each.left) for each in scores if each.masked < each.wanted]
    assert share_masked(scores) >= LEAST, missed[:5]


def whole(item: Item) -> str:
    return " ".join(sentence.text for sentence in item.said)


def test_the_items_are_told_apart() -> None:
    assert len({whole(item) for item in ITEMS}) == len(ITEMS)
