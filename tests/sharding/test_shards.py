"""Shards: done once however often they are taken, found by what they are made of, and never half."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.sharding.cutting import cut
from qa_pipeline.sharding.day_warehouse import DayWarehouse
from qa_pipeline.sharding.opening import open_days, shards_of
from qa_pipeline.sharding.shards import DoneCall, Shards
from qa_pipeline.sharding.sound import KIND, cut_sound, measure_shard, register_sound
from qa_pipeline.sharding.states import DayMovedOn
from tests.object_storage.storage import KEYS
from tests.pipeline.harness import GOLDEN_DAY, LONG_AGO, Pipeline
from tests.serving import SAMPLES
from tests.sharding.machines import Shared
from tests.warehouse.building import DAY_1


def test_work_is_cut_evenly_and_in_the_same_way_each_time() -> None:
    sizes = [float(size) for size in range(1, 41)]
    shards = cut(sizes, lambda size: size, least=100.0, most=32)
    assert len(shards) == 9
    assert sorted(size for shard in shards for size in shard) == sizes
    assert max(map(sum, shards)) <= 1.1 * min(map(sum, shards))
    assert cut(sizes, lambda size: size, least=100.0, most=32) == shards
    assert len(cut(sizes, lambda size: size, least=1.0, most=4)) == 4
    assert cut(sizes, lambda size: size, least=1e9, most=32) == [sizes]
    assert cut([], lambda size: size, least=1.0, most=32) == []
    assert [len(shard) for shard in cut([0.0, 0.0], lambda size: size, least=1.0, most=32)] == [2]


@pytest.fixture
def shards(shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shards:
    use(monkeypatch, shared, tmp_path / "home")
    return shards_of(load_settings(), "acoustics")


def use(monkeypatch: pytest.MonkeyPatch, shared: Shared, home: Path, **settings: str) -> Settings:
    """The settings of a machine with that home."""
    own = {
        "QA_HOME": str(home), "QA_OPERATIONS_URL": shared.url, "QA_LAKE": f"s3://{shared.bucket}/lake",
        "QA_BUCKET_ENDPOINT": shared.storage.url, **KEYS, **settings,
    }  # fmt: skip
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_calls_are_found_by_their_keys_in_whatever_shard_they_were_done(shards: Shards, tmp_path: Path) -> None:
    (rows := tmp_path / "rows").write_bytes(b"rows")
    wanted = {"a": "key of a", "b": "key of b", "c": "key of c"}
    one, two = shards.plan("2025-09-01", ["key of a", "key of b"], {}), shards.plan("2025-09-01", ["key of c"], {})
    assert one == shards.plan("2025-09-01", ["key of b", "key of a"], {})
    assert shards.done(["2025-09-01"]).missing(wanted) == ["a", "b", "c"]
    shards.put(one, {"measured": rows}, [done("a", one), done("b", one, final=False)])
    assert not shards.is_done(one)
    found = shards.done(["2025-09-01"])
    assert (found.missing(wanted), found.missing(wanted, count_all=True)) == (["b", "c"], ["c"])
    shards.put(two, {"measured": rows}, [done("b", two), done("c", two)])
    found = shards.done(["2025-09-01"])
    assert found.missing(wanted) == []
    assert {shard: [call.call_id for call in calls] for shard, calls in found.chosen(wanted).items()} == {
        one: ["a"],
        two: ["b", "c"],
    }
    assert found.missing({"a": "another key"}) == ["a"]
    assert shards.done(["2025-09-02"]).missing(wanted) == ["a", "b", "c"]


def done(call_id: str, shard: str, *, final: bool = True) -> DoneCall:
    return DoneCall(call_id, f"key of {call_id}", shard, {}, final)


def test_a_shard_counts_only_when_all_of_it_is_there(
    shards: Shards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (rows := tmp_path / "rows").write_bytes(b"rows")
    name = shards.plan("2025-09-01", ["key of a"], {})
    with monkeypatch.context() as patched:
        patched.setattr(type(shards._files), "put_json", failing)
        with pytest.raises(KeyboardInterrupt):
            shards.put(name, {"measured": rows}, [done("a", name)])
    assert shards.done(["2025-09-01"]).missing({"a": "key of a"}) == ["a"]
    with pytest.raises(LookupError, match="run the day again"):
        shards.get(name, "another_table", tmp_path / "none")


def failing(*_: Any) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def zone(tmp_path: Path) -> Callable[[str], Path]:
    """Lands a sample call."""

    def land(name: str) -> Path:
        target = tmp_path / "landing" / GOLDEN_DAY / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((SAMPLES / GOLDEN_DAY / name).read_bytes())
        os.utime(target, (LONG_AGO, LONG_AGO))
        return target

    return land


@pytest.mark.whole_run
def test_recordings_that_are_gone_are_noted_and_tried_again_and_late_ones_cost_what_is_new(
    shared: Shared, zone: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa_pipeline.defs.assets.calls import calls
    from tests.sharding.test_steps import materialize

    settings = use(monkeypatch, shared, tmp_path / "one", QA_RECORDINGS=str(tmp_path / "landing"))
    there, gone = zone("c0104.m4a"), zone("c0108.opus")
    take_in = lambda: materialize(  # noqa: E731
        Pipeline(tmp_path / "one", tmp_path / "landing", "", dict(os.environ)), calls
    )
    take_in()
    gone.rename(gone.with_suffix(".away"))
    day, shards = open_days(settings, shared.engine, [DAY_1]), shards_of(settings, KIND)
    [name] = cut_sound(settings, day, shards, [DAY_1])
    at_once = [threading.Thread(target=measure_shard, args=(settings, shards, name)) for _ in range(2)]
    for machine in at_once:
        machine.start()
    for machine in at_once:
        machine.join()
    reviewed = register(settings, day, shards)
    assert reviewed.notes == [
        f"call c0108 was not listened to: the recording {gone} is gone; put it back into the landing zone and run again"
    ]
    assert measured(day) == [("c0104", 0), ("c0104", 1)]

    gone.with_suffix(".away").rename(gone)
    late = zone("c0101.mp3")
    take_in()
    two = open_days(use(monkeypatch, shared, tmp_path / "two"), shared.engine, [DAY_1])
    [name] = cut_sound(settings, two, shards, [DAY_1])
    assert sorted(call["call_id"] for call in shards.input(name)["calls"]) == ["c0101", "c0108"]
    with pytest.raises(DayMovedOn, match="came while the others were measured"):
        register(settings, two, shards)
    measure_shard(settings, shards, name)
    there.unlink()
    late.unlink()
    measure_shard(settings, shards, name)  # done: nothing is read
    assert register(settings, two, shards).notes == []
    assert len(measured(day)) == 6
    assert cut_sound(settings, two, shards, [DAY_1]) == []


def register(settings: Settings, day: DayWarehouse, shards: Shards) -> Any:
    with day.transaction() as connection:
        return register_sound(settings, connection, shards, [DAY_1])


def measured(day: DayWarehouse) -> list[tuple[str, int]]:
    with day.reading() as connection:
        return connection.execute("select call_id, channel_id from acoustics order by all").fetchall()
