"""What the browser gets of masked places: where they are in texts and in time, and never what they were."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from dashboards.instrument.call_data import call_data
from dashboards.instrument.marks import masked
from dashboards.instrument.masking_labels import masking_labels
from dashboards.queries import ask
from dashboards.serving.masked_spans import MaskedSpan
from dashboards.serving.muted_sound import muting_of
from dashboards.serving.recorded_calls import recorded_call
from qa_pipeline.audio.muting import MARGIN_MS, TO_THE_END
from qa_pipeline.privacy.policy import Kind
from qa_pipeline.published.snapshot import Snapshot, open_newest
from tests.dashboards.masking import CALL, CARD_MS, IN_NO_SENTENCE, PHONE_MS, RAW, masked_home


@pytest.fixture(scope="module")
def snapshot(published_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    home = masked_home(published_home, tmp_path_factory.mktemp("masked"))
    with open_newest(home / "qa.duckdb", "UTC") as opened:
        yield opened


def data_of(snapshot: Snapshot, call_id: str) -> dict[str, Any]:
    (call,) = ask(snapshot, "read_call", call_id=call_id)
    return call_data(snapshot, call, 0.5)


def test_placeholders_have_their_place_in_the_text_and_a_mark_in_time(snapshot: Snapshot) -> None:
    data = data_of(snapshot, CALL)
    assert data["masked"] == {1: [[3, 9, "card"]], 4: [[12, 19, "phone"]]}
    found = [mark for mark in data["marks"] if mark["kind"] == "masked"]
    assert [(mark["begin_ms"], mark["end_ms"], mark["role"], mark["label"]) for mark in found] == [
        (CARD_MS[0] - MARGIN_MS, CARD_MS[1] + MARGIN_MS, "customer", "card"),
        (PHONE_MS[0] - MARGIN_MS, PHONE_MS[1] + MARGIN_MS, "customer", "phone"),
    ]
    assert data["unplaced"] == []
    assert not any(raw in json.dumps(data) for raw in RAW)


def test_a_call_without_any_has_none(snapshot: Snapshot) -> None:
    data = data_of(snapshot, "c0101")
    assert (data["masked"], data["unplaced"]) == ({}, [])


def test_a_place_without_times_is_marked_over_the_whole_call() -> None:
    span = MaskedSpan(1, "customer", "card", 0, 0, 6, None, None)
    [mark] = masked([span], 9000)
    assert (mark.begin_ms, mark.end_ms, mark.role) == (0, 9000, "customer")


def test_a_place_in_no_sentence_has_no_place_in_the_text_and_silences_its_party(
    published_home: Path, tmp_path: Path
) -> None:
    home = masked_home(published_home, tmp_path, IN_NO_SENTENCE)
    with open_newest(home / "qa.duckdb", "UTC") as opened:
        data = data_of(opened, CALL)
        found = recorded_call(opened, CALL)
    assert data["masked"] == {1: [[3, 9, "card"]], 4: [[12, 19, "phone"]]}
    assert data["unplaced"] == ["customer"]
    assert found is not None
    agent, customer = muting_of(found, channels=2, sample_rate=8000).channels
    assert (agent, customer) == ((), ((0, TO_THE_END),))


def test_every_kind_has_a_name_for_people() -> None:
    assert set(masking_labels()["masked_kinds"]) == set(get_args(Kind))
