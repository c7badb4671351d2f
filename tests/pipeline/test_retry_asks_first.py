"""`qa-pipeline retry` pays for nothing that the service still has, and publishes it."""

from __future__ import annotations

import json

import pytest

from tests.pipeline.harness import GOLDEN_DAY, Pipeline
from tests.serving import set_faults

DENIED = {
    "endpoint": "query",
    "action": "status",
    "status": 200,
    "body": json.dumps({"request_id": "r", "output": {"task_status": "UNKNOWN"}}),
    "content_type": "application/json",
}


@pytest.mark.whole_run
def test_what_was_given_up_is_fetched_before_anybody_is_asked_to_pay(small: Pipeline) -> None:
    set_faults(small.base_url, DENIED)
    assert small.command("run", "--from", GOLDEN_DAY).returncode == 1
    tasks = small.query("select state, code from transcription_tasks group by all")
    assert tasks == [("unknown", "TASK_UNKNOWN")]
    billed = small.usage()
    set_faults(small.base_url)
    done = small.command("retry", "--from", GOLDEN_DAY)
    assert done.returncode == 0, done.stderr
    assert "Asking the service about 6 channels whose task it may still know" in done.stdout
    assert "6 channels are answered now; nothing is paid for that." in done.stdout
    assert "Send them again?" not in done.stdout
    assert small.usage() == billed
    assert {status for (status,) in small.query("select status from calls")} == {"ok"}
