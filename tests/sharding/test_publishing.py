"""What is published of days that machines share is their newest state, whatever others do meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from qa_pipeline.lake import publishing as lake
from qa_pipeline.lake.place import LakePlace
from qa_pipeline.lake.reading import let_go_of_all
from qa_pipeline.object_storage.locations import BucketUrl
from qa_pipeline.sharding import publishing
from qa_pipeline.sharding.day_warehouse import DayWarehouse
from qa_pipeline.sharding.publishing import publish_days
from qa_pipeline.sharding.states import DayMovedOn
from qa_pipeline.warehouse.day_rows import FACT_TABLES
from qa_pipeline.warehouse.held import WarehouseBusy
from tests.lake.test_publishing import NOTE, texts
from tests.sharding.machines import Shared
from tests.sharding.test_day_warehouse import calls_on, fill
from tests.warehouse.building import DAY_1

pytestmark = pytest.mark.process


@pytest.fixture
def place(shared: Shared) -> Iterator[LakePlace]:
    yield LakePlace(BucketUrl("s3", shared.bucket, "lake"), shared.storage.url, shared.url)
    let_go_of_all()


def put_call(machine: DayWarehouse, call_id: str, day: Any = DAY_1) -> None:
    fill(machine, call_id, day, tables=FACT_TABLES)


@pytest.mark.parametrize("moment", ["turn_to_write", pytest.param("known_days", marks=pytest.mark.chaos)])
def test_a_state_that_was_replaced_and_published_meanwhile_is_not_put_back(
    shared: Shared, place: LakePlace, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """While one waits for its turn, or is frozen with it and has lost it, another one changes and publishes the day."""
    one, two = shared.machine("one", DAY_1, None), shared.machine("two", DAY_1, None)
    put_call(one, "a")
    publish_days(one, place, [DAY_1], NOTE, minimum_n=5)
    put_call(one, "b")
    really, said = getattr(lake, moment), list[str]()

    def late(*arguments: object) -> object:
        monkeypatch.setattr(lake, moment, really)
        put_call(two, "c")
        with monkeypatch.context() as patched:
            patched.setattr(lake, "turn_to_write", lambda place, say: contextlib.nullcontext())
            publish_days(two, place, [DAY_1], NOTE, minimum_n=5)
        return really(*arguments)

    monkeypatch.setattr(lake, moment, late)
    publish_days(one, place, [DAY_1], NOTE, minimum_n=5, say=said.append)
    assert texts(place) == {call: f"words of {call}" for call in "abc"}
    assert shared.states.unpublished() == {}
    assert "its newer state is published" in said[-1]


def test_a_step_of_this_machine_takes_nothing_away_between_reading_and_publishing(
    shared: Shared, place: LakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step without undated recordings would delete their rows from the file that is about to be published."""
    one, step = shared.machine("one", DAY_1, None), shared.machine("one", DAY_1)
    step.lock_wait_s = 0.0
    assert step.path == one.path
    put_call(one, "a")
    put_call(one, "u", None)
    publish_days(one, place, [DAY_1], NOTE, minimum_n=5)
    publish_held = publishing.publish_held

    def late(*arguments: Any, **options: Any) -> lake.LakePublication:
        with pytest.raises(WarehouseBusy):
            calls_on(step)
        return publish_held(*arguments, **options)

    monkeypatch.setattr(publishing, "publish_held", late)
    publish_days(one, place, [DAY_1], NOTE, minimum_n=5)
    assert texts(place) == {"a": "words of a", "u": "words of u"}


def test_who_never_finds_the_days_as_they_were_read_publishes_nothing(
    shared: Shared, place: LakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = shared.machine("one", DAY_1, None)
    put_call(one, "a")
    held: list[bool] = []
    newest = DayWarehouse.newest

    def noted(machine: DayWarehouse, *, alone: bool) -> Any:
        held.append(alone)
        return newest(machine, alone=alone)

    monkeypatch.setattr(DayWarehouse, "newest", noted)
    monkeypatch.setattr(DayWarehouse, "require", moved_on)
    with pytest.raises(DayMovedOn):
        publish_days(one, place, [DAY_1], NOTE, minimum_n=5)
    assert held == [False, True, True, True]
    assert list(shared.states.unpublished()) == ["2025-09-01"]


def moved_on(*_: object) -> None:
    raise DayMovedOn("another machine has changed 2025-09-01 meanwhile; run the day again")
