"""An erasure where the landing zone is a bucket."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.erasing.leftovers import leftovers
from tests.object_storage.storage import KEYS, s3_server
from tests.pipeline.harness import GOLDEN_DAY, Pipeline
from tests.serving import SAMPLES

CALLS = ("c0101", "c0104")


@pytest.mark.whole_run
def test_an_erased_call_stays_out_though_it_lies_in_the_bucket(own_service: str, tmp_path: Path) -> None:
    with s3_server() as server:
        bucket = server.make_bucket(f"calls-{os.urandom(8).hex()}")
        for path in sorted((SAMPLES / GOLDEN_DAY).iterdir()):
            if path.name.startswith(CALLS) and not path.name.endswith(".transcript.json"):
                server.put(bucket, f"raw/{GOLDEN_DAY}/{path.name}", path.read_bytes())
        settings = KEYS | {
            "QA_RECORDINGS": f"s3://{bucket}/raw",
            "QA_BUCKET_ENDPOINT": server.url,
            "QA_SETTLE_S": "0",
        }
        pipeline = Pipeline(tmp_path / "home", tmp_path / "landing", own_service, settings)
        pipeline.run(GOLDEN_DAY)
        canaries: dict[str, bytes | str] = {"call": "c0101"}
        assert any(line.startswith("landing/") for line in leftovers(pipeline.home, canaries, tmp_path))

        done = pipeline.command("erase", "--call", "c0101", "--yes")

        assert done.returncode == 0, done.stdout + done.stderr
        assert f"s3://{bucket}/raw/{GOLDEN_DAY}/c0101.mp3" in done.stdout
        pipeline.run(GOLDEN_DAY)
        assert pipeline.query("select call_id from calls") == [("c0104",)]
        assert leftovers(pipeline.home, canaries, tmp_path) == []


@pytest.mark.whole_run
def test_objects_of_the_landing_zone_go_where_that_is_asked_for(own_service: str, tmp_path: Path) -> None:
    with s3_server() as server:
        bucket = server.make_bucket(f"calls-{os.urandom(8).hex()}")
        for name in ("c0101.mp3", "c0101.json"):
            server.put(bucket, f"raw/{GOLDEN_DAY}/{name}", (SAMPLES / GOLDEN_DAY / name).read_bytes())
        settings = KEYS | {"QA_RECORDINGS": f"s3://{bucket}/raw", "QA_BUCKET_ENDPOINT": server.url, "QA_SETTLE_S": "0"}
        pipeline = Pipeline(tmp_path / "home", tmp_path / "landing", own_service, settings)
        pipeline.run(GOLDEN_DAY)

        done = pipeline.command("erase", "--call", "c0101", "--yes", "--recordings")

        assert done.returncode == 0, done.stdout + done.stderr
        assert server.keys(bucket) == []
