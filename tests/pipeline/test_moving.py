"""A home moves to PostgreSQL and a bucket and back, by the commands that people type: nothing is paid again."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator

import pytest

from tests.object_storage.storage import KEYS, S3Server, s3_server
from tests.pipeline.harness import Pipeline
from tests.pipeline.steps import run_steps
from tests.postgres import let_go, postgres_server
from tests.serving import SAMPLES

DAY = "2025-09-01"
NEXT_DAY = "2025-09-02"
KILLS = 12


@pytest.fixture(scope="module")
def storage() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
def scale(storage: S3Server) -> Iterator[dict[str, str]]:
    """The settings of scale mode: an empty database and an empty bucket."""
    bucket = storage.make_bucket(f"raw-{os.urandom(8).hex()}")
    with postgres_server() as server:
        yield KEYS | {
            "QA_OPERATIONS_URL": server.url,
            "QA_RAW_BUCKET": f"s3://{bucket}/raw",
            "QA_BUCKET_ENDPOINT": storage.url,
        }
        let_go()


@pytest.mark.whole_run
def test_a_home_moves_there_and_back_and_pays_for_nothing_again(small: Pipeline, scale: dict[str, str]) -> None:
    run_steps(small, DAY)
    paid = small.usage()
    small.settings |= scale
    plan = small.command("move", "--to", "scale", "--dry-run")
    assert (plan.returncode, "Would move from" in plan.stdout, "6 parsed" in plan.stdout) == (0, True, True), plan
    moved = small.command("move", "--to", "scale")
    assert moved.returncode == 0, moved.stderr
    assert "6 documents" in moved.stdout
    assert "(here and there)" in moved.stdout
    assert "already" in small.command("move", "--to", "scale").stdout

    (small.home / "warehouse.duckdb").unlink()
    for document in (small.home / "raw").rglob("*.json"):
        document.unlink()
    for source in (SAMPLES / NEXT_DAY / "calls.csv", min((SAMPLES / NEXT_DAY).glob("*.mp3"))):
        small.land(source, f"{NEXT_DAY}/{source.name}")
    small.run(DAY, NEXT_DAY)
    there, tables = small.usage(), small.tables()
    assert len(there.charges) > len(paid.charges)
    assert there.times == {1}

    for name in scale:
        del small.settings[name]
    for command in (("run", "--from", DAY), ("cost", "--from", DAY), ("status",), ("doctor",)):
        refused = small.command(*command)
        said = " ".join((refused.stdout + refused.stderr).split())
        assert refused.returncode == 1, said
        assert "was moved to postgresql://" in said, command

    small.settings |= scale
    back = small.command("move", "--to", "embedded")
    assert (back.returncode, "Now unset QA_OPERATIONS_URL" in back.stdout) == (0, True), back
    refused = small.command("run", "--from", DAY)
    assert (refused.returncode, "was moved to" in refused.stderr) == (1, True)
    for name in scale:
        del small.settings[name]
    (small.home / "warehouse.duckdb").unlink()
    assert "nothing was sent to be transcribed again" in small.run(DAY, NEXT_DAY).stdout
    assert (small.usage(), small.tables()) == (there, tables)


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(3))
def test_a_move_that_is_killed_over_and_over_arrives_whole(
    seed: int, own_pipeline: Pipeline, scale: dict[str, str]
) -> None:
    pipeline, chance = own_pipeline, random.Random(seed)
    pipeline.in_process = False
    pipeline.land_sample_day(DAY)
    pipeline.run(DAY)
    paid, tables = pipeline.usage(), pipeline.tables()
    pipeline.settings |= scale
    for direction in ("scale", "embedded"):
        for _ in range(KILLS):
            process = pipeline.start("move", "--to", direction)
            until = time.monotonic() + chance.uniform(0.6, 3.5)
            while time.monotonic() < until and process.poll() is None:
                time.sleep(0.01)
            os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
            said = process.communicate()[1]
            assert process.returncode in (0, -signal.SIGKILL), said
        done = pipeline.command("move", "--to", direction)
        assert done.returncode == 0, done.stderr
        (pipeline.home / "warehouse.duckdb").unlink()
        if direction == "embedded":
            for name in scale:
                del pipeline.settings[name]
        assert "nothing was sent to be transcribed again" in pipeline.run(DAY).stdout
        assert (pipeline.usage(), pipeline.tables()) == (paid, tables)
