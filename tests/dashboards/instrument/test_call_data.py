"""What the browser gets of a call: sentences, words with their places, turns, the outline by level."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboards.instrument.call_data import _roles, call_data, outline_tile, words_block
from dashboards.instrument.outline import OVERVIEW_PAIRS, TILE_PAIRS, at_level, overview_level, pairs_of, tile
from dashboards.instrument.spoken import turn_rows, words_of
from dashboards.queries import ask
from qa_pipeline.published.snapshot import Snapshot, open_newest
from tests.scenario import CALLS

WORD = {"begin_ms": 100, "end_ms": 200, "punctuation": "", "confidence": 0.9}


@pytest.fixture
def snapshot(published_home: Path) -> Iterator[Snapshot]:
    with open_newest(published_home / "qa.duckdb", "UTC") as opened:
        yield opened


def data_of(snapshot: Snapshot, call_id: str) -> dict[str, Any]:
    (call,) = ask(snapshot, "read_call", call_id=call_id)
    return call_data(snapshot, call, 0.5)


def row(text: str, *words: dict[str, Any], confidence: float | None = None) -> dict[str, Any]:
    return {"text": text, "words": words or None, "confidence": confidence, "begin_ms": 0, "end_ms": 900}


def test_a_call_has_its_sentences_in_the_order_of_time_with_both_roles_as_lanes(snapshot: Snapshot) -> None:
    data = data_of(snapshot, "c0102")
    assert data["roles"] == ["agent", "customer"]
    assert [item[3] for item in data["sentences"]] == [item.text for item in CALLS[1].said]
    assert data["sentences"][3][:3] == [1, 13000, 19000]
    assert data["duration_ms"] == 80_200
    assert [channel["role"] for channel in data["channels"]] == ["agent", "customer"]


@pytest.mark.parametrize(
    ("said", "on_channels", "lanes"),
    [
        (set(), set(), ["agent", "customer"]),
        ({"agent"}, {"agent", "customer", "other"}, ["agent", "customer", "other"]),
        ({"agent", "customer"}, {"mixed"}, ["agent", "customer"]),
        ({"agent", "customer", "mixed"}, {"mixed"}, ["agent", "customer", "mixed"]),
        ({"mixed"}, {"mixed"}, ["mixed"]),
        (set(), {"mixed"}, ["mixed"]),
    ],
)
def test_those_have_a_lane_who_were_told_apart(said: set[str], on_channels: set[str], lanes: list[str]) -> None:
    assert _roles(said, on_channels) == lanes


def test_each_turn_holds_the_sentences_that_it_is_made_of(snapshot: Snapshot) -> None:
    data = data_of(snapshot, "c0102")
    assert data["turn_of"] == [0, 1, 2, 3, 3, 4]
    assert [turn[0] for turn in data["turns"]] == [0, 1, 2, 3, 4]
    assert data["turns"][3][4:] == [2, 2000]


def test_sentences_of_both_parties_on_one_channel_keep_to_their_own_turns() -> None:
    turn = {
        "channel_id": 0, "gap_ms": 0, "overlap_ms": 0, "is_backchannel": False, "interrupts": False,
        "interrupted_turn_id": None, "interruption_ms": 0,
    }  # fmt: skip
    turns = [
        turn | {"turn_id": 0, "role": "agent", "first_sentence_id": 0, "last_sentence_id": 2},
        turn | {"turn_id": 1, "role": "customer", "first_sentence_id": 1, "last_sentence_id": 1},
    ]
    said = [("agent", 0), ("customer", 1), ("agent", 2), ("mixed", 1), ("agent", 3)]
    sentences = [{"role": role, "channel_id": 0, "sentence_id": number} for role, number in said]
    assert turn_rows(turns, sentences)[1] == [0, 1, 0, -1, -1]


def test_a_word_has_its_place_in_the_text_its_time_and_whether_it_is_unsure() -> None:
    unsure = WORD | {"text": "late", "begin_ms": 300, "end_ms": 400, "confidence": 0.3}
    assert words_of([row("So late, so", WORD | {"text": " So "}, unsure, WORD | {"text": "so"})], 0.5) == [
        [0, 2, 100, 200, 0, 3, 7, 300, 400, 1, 9, 11, 100, 200, 0]
    ]


def test_places_count_as_the_browser_counts_characters_outside_the_first_plane() -> None:
    assert words_of([row("😀 ok", WORD | {"text": "ok"})], 0.5) == [[3, 5, 100, 200, 0]]


def test_a_word_that_the_text_spells_otherwise_is_passed_over() -> None:
    words = (WORD | {"text": "eight"}, WORD | {"text": "pm"}, WORD | {"text": ""})
    assert words_of([row("8 pm", *words)], 0.5) == [[2, 4, 100, 200, 0]]


@pytest.mark.parametrize(("confidence", "words"), [(0.3, [0, 5, 0, 900, 1]), (0.8, []), (None, [])])
def test_a_sentence_of_which_nobody_says_words_is_unsure_as_a_whole(confidence: float | None, words: list[int]) -> None:
    assert words_of([row("hello", confidence=confidence)], 0.5) == [words]


def test_words_come_in_blocks_and_with_a_short_call_at_once(snapshot: Snapshot) -> None:
    data = data_of(snapshot, "c0102")
    assert data["words"] == words_block(snapshot, "c0102", 0, 0.5)
    assert data["words"][1][5:10] == [3, 9, 4625, 5750, 1]
    assert words_block(snapshot, "c0102", 1, 0.5) == []


def test_a_call_that_was_set_aside_has_an_outline_at_most(snapshot: Snapshot) -> None:
    data = data_of(snapshot, "c0104")
    assert (data["sentences"], data["turns"], data["words"]) == ([], [], [])


def outline(pairs: int) -> bytes:
    """An outline with one loud pair in the middle."""
    samples = np.zeros((pairs, 2), np.int8)
    samples[pairs // 2] = (-128, 127)
    return samples.tobytes()


@pytest.mark.parametrize("hours", [0.01, 1, 12])
def test_the_overview_is_small_however_long_the_call_is_and_keeps_every_peak(hours: float) -> None:
    pairs = pairs_of(outline(int(hours * 3600 * 20)))
    seen = at_level(pairs, overview_level(len(pairs)))
    assert len(seen) <= OVERVIEW_PAIRS
    assert (seen.min(), seen.max()) == (-128, 127)


def test_tiles_of_a_level_make_up_the_level() -> None:
    pairs = pairs_of(outline(20_001))
    tiles = [tile(pairs, 1, number) for number in range(6)]
    assert b"".join(tiles) == at_level(pairs, 1).tobytes()
    assert len(tiles[0]) == TILE_PAIRS * 2
    assert tile(pairs, 1, 99) == b""


def test_an_outline_of_nothing_is_nothing() -> None:
    assert tile(pairs_of(b""), 0, 0) == b""
    assert overview_level(0) == 0


def test_the_outline_of_a_short_call_comes_whole(snapshot: Snapshot) -> None:
    sent = data_of(snapshot, "c0102")["outline"]
    assert sent["level"] == 0
    assert base64.b64decode(sent["channels"][0]) == outline_tile(snapshot, "c0102", 0, 0, 0)
    assert outline_tile(snapshot, "c0102", 7, 0, 0) == b""
