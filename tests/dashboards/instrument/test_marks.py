"""Which findings of a call become marks, and where they lie."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dashboards.instrument.call_data import call_data
from dashboards.instrument.marks import Mark, in_order, interruptions, silent_and_overlapping
from dashboards.queries import ask
from qa_pipeline.published.snapshot import Snapshot, open_newest
from tests import scenario

MEASURED = {"dead_air_count": 1, "overlap_s": 1.0, "thresholds": {"dead_air_ms": 2000, "turn_taking_ms": 300}}


def said(role: str, begin_ms: int | None, end_ms: int | None) -> dict[str, Any]:
    return {"role": role, "begin_ms": begin_ms, "end_ms": end_ms}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    home = tmp_path_factory.mktemp("home")
    scenario.publish_snapshot(home, (*scenario.CALLS, *scenario.CALLS_WITH_DEFECTS, scenario.TRANSFERRED))
    with open_newest(home / "qa.duckdb", "UTC") as opened:
        yield opened


def marks_of(snapshot: Snapshot, call_id: str) -> list[dict[str, Any]]:
    (call,) = ask(snapshot, "read_call", call_id=call_id)
    found: list[dict[str, Any]] = call_data(snapshot, call, 0.5)["marks"]
    return found


def test_silence_longer_than_the_threshold_of_its_metrics_is_dead_air_and_a_wait_between_recordings_is_none() -> None:
    sentences = [said("agent", 0, 1000), said("customer", 3500, 4000), said("agent", 9000, 9500)]
    found = silent_and_overlapping(sentences, [(5000, 8500)], MEASURED)
    assert found == [Mark("dead_air", 1000, 3500)]


def test_an_overlap_as_short_as_people_take_turns_is_none() -> None:
    sentences = [said("agent", 0, 3000), said("customer", 2000, 2500), said("customer", 2800, 4000)]
    assert silent_and_overlapping(sentences, [], MEASURED) == [Mark("overlap", 2000, 2500)]


@pytest.mark.parametrize("unknown", ["dead_air_count", "overlap_s"])
def test_what_is_no_metric_of_the_call_is_no_mark(unknown: str) -> None:
    sentences = [said("agent", 0, 3000), said("customer", 2000, 3000), said("agent", 9000, 9100)]
    kinds = {mark.kind for mark in silent_and_overlapping(sentences, [], MEASURED | {unknown: None})}
    assert kinds == {"dead_air": {"overlap"}, "overlap_s": {"dead_air"}}.get(unknown, {"overlap"})


def test_sentences_without_times_are_passed_over() -> None:
    assert silent_and_overlapping([said("agent", None, None), said("customer", 0, 10)], [], MEASURED) == []


def test_an_overlap_that_an_interruption_marks_is_marked_once() -> None:
    cut = {"interrupts": True, "begin_ms": 2000, "interruption_ms": 900, "role": "customer"}
    found = in_order([Mark("overlap", 2000, 2900), Mark("overlap", 5000, 5500), *interruptions([cut])])
    assert [(mark.kind, mark.begin_ms) for mark in found] == [("interruption", 2000), ("overlap", 5000)]


def test_there_are_as_many_periods_of_dead_air_and_interruptions_as_the_metrics_count(snapshot: Snapshot) -> None:
    for call in scenario.CALLS:
        metrics = ask(snapshot, "read_call_metrics", call_id=call.call_id)
        if not metrics:
            continue
        kinds = [mark["kind"] for mark in marks_of(snapshot, call.call_id)]
        assert kinds.count("dead_air") == (metrics[0]["dead_air_count"] or 0)
        cuts = sum(metrics[0][f"{role}_interruptions"] or 0 for role in ("agent", "customer"))
        assert kinds.count("interruption") == cuts


def test_recordings_and_what_lies_between_them_are_marks_of_the_call(snapshot: Snapshot) -> None:
    found = [mark for mark in marks_of(snapshot, "c0307") if mark["kind"] in ("recording", "unrecorded")]
    assert [(mark["kind"], mark["begin_ms"], mark["end_ms"]) for mark in found] == [
        ("recording", 0, 60_000),
        ("unrecorded", 60_000, 120_000),
        ("recording", 120_000, 160_000),
    ]
    assert "Jonas Weber (a-weber)" in found[2]["label"]


def test_a_defect_is_of_the_whole_call_and_names_its_party(snapshot: Snapshot) -> None:
    (clipped,) = [mark for mark in marks_of(snapshot, "c0102") if mark["kind"] == "defect"]
    assert clipped == {"kind": "defect", "begin_ms": 0, "end_ms": 80_200, "role": "customer", "label": "clipped",
                       "severity": ""}  # fmt: skip


def test_ringing_has_its_place_and_its_party(snapshot: Snapshot) -> None:
    (call,) = [call for call in scenario.CALLS_WITH_DEFECTS if call.sound.ringing]
    found = [
        (m["role"], m["begin_ms"], m["end_ms"]) for m in marks_of(snapshot, call.call_id) if m["kind"] == "ringing"
    ]
    assert found == list(call.sound.ringing)
