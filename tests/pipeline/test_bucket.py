"""A bucket as landing zone and audio by presigned addresses, run as a user runs it: the same tables as from a folder.

Storage is moto's S3 server on loopback, which checks neither signatures nor expiry; both are looked at in
tests/object_storage and tests/dispatch.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.object_storage.storage import KEYS, S3Server, s3_server
from tests.pipeline.harness import Pipeline
from tests.serving import SAMPLES

DAY = "2025-09-01"
CALLS = ("c0101", "c0103")


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture
def in_bucket(own_pipeline: Pipeline, server: S3Server) -> Pipeline:
    """The pipeline with two sample calls in a bucket, which the service is to read by presigned addresses."""
    bucket = server.make_bucket(f"calls-{os.urandom(8).hex()}")
    for path in sorted((SAMPLES / DAY).iterdir()):
        if path.name.startswith(CALLS) and not path.name.endswith(".transcript.json"):
            server.put(bucket, f"raw/{DAY}/{path.name}", path.read_bytes())
    own_pipeline.settings |= KEYS | {
        "QA_RECORDINGS": f"s3://{bucket}/raw",
        "QA_BUCKET_ENDPOINT": server.url,
        "QA_AUDIO_URLS": "presigned",
        "QA_SETTLE_S": "0",
    }
    return own_pipeline


def tasks_of(base_url: str) -> int:
    """How many tasks the service was given."""
    return len(httpx.get(base_url.replace("/api/v1", "/_local/tasks"), trust_env=False).json()["tasks"])


@pytest.mark.chaos
def test_a_run_killed_while_sending_ends_with_the_tables_of_a_folder_and_bills_nothing_twice(
    in_bucket: Pipeline,
) -> None:
    in_bucket.settings["QA_REQUESTS_PER_MINUTE"] = "30"  # 2 s between channels, so that the kill falls between them
    process = in_bucket.start("run", "--from", DAY)
    deadline = time.monotonic() + 300
    while tasks_of(in_bucket.base_url) < 2:
        assert time.monotonic() < deadline, "nothing was sent in five minutes"
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()

    in_bucket.settings["QA_REQUESTS_PER_MINUTE"] = "6000"
    done = in_bucket.run(DAY)
    assert "2 ok" in done.stdout
    assert in_bucket.usage().times == {1}
    assert len(in_bucket.usage().charges) == 2 * len(CALLS)
    [(uri,)] = in_bucket.query("select source_uri from calls where call_id = ?", CALLS[0])
    assert uri.startswith("s3://")

    folder = Pipeline(in_bucket.home.with_name("of-a-folder"), in_bucket.landing, in_bucket.base_url)
    for path in sorted((SAMPLES / DAY).iterdir()):
        if path.name.startswith(CALLS) and not path.name.endswith(".transcript.json"):
            folder.land(path, f"{DAY}/{path.name}")
    folder.run(DAY)
    assert in_bucket.tables() == folder.tables()


@pytest.mark.whole_run
def test_a_bucket_that_cannot_be_read_ends_the_run_in_a_sentence(in_bucket: Pipeline) -> None:
    in_bucket.settings["QA_RECORDINGS"] = "s3://nobody-made-this-bucket/raw"
    for command in (("cost", "--from", DAY), ("doctor",)):
        done: subprocess.CompletedProcess[str] = in_bucket.command(*command)
        said = " ".join((done.stdout + done.stderr).split())
        assert done.returncode == 1
        assert "s3://nobody-made-this-bucket/raw can't be listed: there is no such bucket" in said
        assert "Traceback" not in said
