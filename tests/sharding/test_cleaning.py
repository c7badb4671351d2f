"""What nobody needs goes, and nothing that somebody is about to need."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.sharding import cleaning
from qa_pipeline.sharding.cleaning import Cleaned, clean_days
from qa_pipeline.sharding.forgetting import forget_days_before
from qa_pipeline.sharding.local_files import forget_old_files
from qa_pipeline.sharding.opening import shards_of
from qa_pipeline.sharding.shards import DoneCall
from qa_pipeline.sharding.states import NO_STATE
from tests.sharding.machines import Shared, versions_of
from tests.sharding.test_day_warehouse import calls_on, fill
from tests.warehouse.building import DAY_1, DAY_2, DAY_3


@pytest.fixture
def settings(shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("QA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("QA_OPERATIONS_URL", shared.url)
    monkeypatch.setenv("QA_LAKE", f"s3://{shared.bucket}/lake")
    monkeypatch.setenv("QA_BUCKET_ENDPOINT", shared.storage.url)
    return load_settings()


def test_files_that_no_state_names_and_old_shards_go(
    shared: Shared, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = shared.machine("one")
    fill(one, "a")
    fill(one, "b")
    (rows := tmp_path / "rows").write_bytes(b"x")
    shards = shards_of(settings, "acoustics")
    name = shards.plan("2025-09-01", ["k"], {"calls": []})
    shards.put(name, {"measured": rows}, [DoneCall("a", "k", name, {"problem": None})])
    keys = shared.storage.keys(shared.bucket)
    assert clean_days(settings, shared.engine) == Cleaned(0, 0, 0)
    assert shared.storage.keys(shared.bucket) == keys

    for age in ("LEFT_BEHIND_AFTER", "SHARDS_KEPT"):
        monkeypatch.setattr(cleaning, age, dt.timedelta(seconds=-5))
    named = shared.states.files()
    cleaned = clean_days(settings, shared.engine)
    assert (cleaned.days, cleaned.shards) == (0, 1)
    assert {key.removeprefix("lake/work/") for key in shared.storage.keys(shared.bucket)} == named
    assert shards.done(["2025-09-01"]).missing({"a": "k"}) == ["a"]
    assert calls_on(shared.machine("two")) == ["a", "b"]


def test_a_machine_forgets_its_files_of_days_that_it_has_left(shared: Shared, settings: Settings) -> None:
    one = shared.machine("one")
    fill(one, "a")
    forget_old_files(one.path.parent)
    assert one.path.exists()
    os.utime(one.path, (0, 0))
    with shared.machine("one").reading():
        forget_old_files(one.path.parent)  # somebody is at it
    assert one.path.exists()
    os.utime(one.path, (0, 0))
    forget_old_files(one.path.parent)
    assert list(one.path.parent.iterdir()) == []
    assert calls_on(one) == ["a"]


def test_what_is_shared_of_old_days_goes_but_for_a_day_that_a_run_is_at(shared: Shared, settings: Settings) -> None:
    done, busy = shared.machine("one", DAY_1), shared.machine("one", DAY_2)
    fill(done, "a", DAY_1)
    fill(busy, "b", DAY_2)
    done.note_published(versions_of(done))
    shards = shards_of(settings, "acoustics")
    names = [shards.plan(str(day), ["k"], {"calls": []}) for day in (DAY_1, DAY_2)]

    assert forget_days_before(settings, shared.engine, DAY_1) == 0
    assert forget_days_before(settings, shared.engine, DAY_3) > 0

    assert shared.states.read([str(DAY_1)]) == {str(DAY_1): NO_STATE}
    assert not any(f"/{DAY_1}/" in key for key in shared.storage.keys(shared.bucket))
    assert calls_on(busy) == ["b"]
    assert shards.input(names[1]) == {"calls": []}
