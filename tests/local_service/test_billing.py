"""What is billed, and that neither a crash nor a restart bills anything twice or loses anything."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

RESOLVE = {"X-DashScope-OssResourceResolve": "enable"}


def billed(api: Any) -> list[tuple[int, int, int]]:
    """Channel, seconds and number of charges of each billed channel, by channel."""
    rows = api.local("/_local/usage")["by_channel"]
    return sorted((row["channel_id"], row["billed_s"], row["count"]) for row in rows)


def test_each_channel_costs_the_duration_rounded_up(api: Any, hotel: str) -> None:
    body = api.transcribe(hotel, channel_id=[0, 1])
    assert body["usage"] == {"seconds": 4}  # 1.2 s, two channels
    usage = api.local("/_local/usage")
    assert (usage["billed_seconds"], usage["billed_channels"]) == (4.0, 2)
    assert billed(api) == [(0, 2, 1), (1, 2, 1)]


def test_fun_asr_costs_the_speech_only(api: Any, hotel: str) -> None:
    assert api.transcribe(hotel, model="fun-asr", channel_id=[0, 1])["usage"] == {"duration": 2}
    assert billed(api) == [(0, 1, 1), (1, 1, 1)]


def test_failed_and_cancelled_tasks_cost_nothing(start: Any, hotel: str, references: Path) -> None:
    api = start(concurrency=1)
    api.transcribe((references / "gone.wav").as_uri())
    api.transcribe(hotel, channel_id=[7])
    api.transcribe((references / "hold.wav").as_uri(), channel_id=[1])
    api.set_faults({"task_latency_s": 1.0})
    failing = api.submit((references / "gone.wav").as_uri())
    api.request("POST", f"/tasks/{api.submit(hotel)}/cancel")
    api.wait(failing)
    usage = api.local("/_local/usage")
    assert (usage["billed_seconds"], usage["billed_channels"], usage["by_channel"]) == (0.0, 0, [])
    assert (usage["tasks"]["FAILED"], usage["tasks"]["CANCELED"]) == (4, 1)


def test_the_same_sound_sent_twice_shows_as_two(api: Any, hotel: str, references: Path) -> None:
    api.transcribe(hotel)
    api.transcribe(api.upload(references / "hotel.wav"), headers=RESOLVE)
    assert billed(api) == [(0, 4, 2)]


@pytest.mark.process
class TestRestart:
    @pytest.fixture
    def state(self, tmp_path: Path) -> Path:
        return tmp_path / "state"

    def test_everything_is_there_again(self, start: Any, hotel: str, references: Path, state: Path) -> None:
        first = start(state_dir=state, run_in="process")
        uploaded = first.upload(references / "hotel.wav")
        done = first.transcribe(hotel, channel_id=[0, 1])
        failed = first.transcribe((references / "gone.wav").as_uri())
        os.kill(first.service.pid, signal.SIGTERM)
        wait_for_end(first)

        again = start(state_dir=state, run_in="process")
        for body in (done, failed):
            known = again.query(body["output"]["task_id"])["output"]
            assert known["task_status"] == body["output"]["task_status"]
            assert known["end_time"] == body["output"]["end_time"]
            assert known.get("code") == body["output"].get("code")
        url = done["output"]["result"]["transcription_url"]
        moved = url.replace(first.root_url, again.root_url)
        assert httpx.get(moved, trust_env=False).status_code == 200
        assert again.transcribe(uploaded, headers=RESOLVE)["output"]["task_status"] == "SUCCEEDED"
        assert billed(again) == [(0, 4, 2), (1, 2, 1)]

    def test_a_kill_in_the_middle_loses_no_task_and_bills_each_once(
        self, start: Any, hotel: str, references: Path, state: Path
    ) -> None:
        settings = {"state_dir": state, "run_in": "process", "concurrency": 3}
        api = start(**settings)
        uploaded = api.upload(references / "hotel.wav")
        api.set_faults({"task_latency_s": [0.0, 0.15], "seed": 1})
        tasks = []
        for round_number in range(4):
            tasks += [api.submit(uploaded, headers=RESOLVE, channel_id=[index % 2]) for index in range(6)]
            time.sleep(0.03 * round_number)
            os.kill(api.service.pid, signal.SIGKILL)
            wait_for_end(api)
            api = start(**settings)
            api.set_faults({"task_latency_s": [0.0, 0.15], "seed": round_number})
        states = {api.wait(task_id)["output"]["task_status"] for task_id in tasks}
        assert states == {"SUCCEEDED"}
        assert billed(api) == [(0, 24, 12), (1, 24, 12)]

    def test_interrupted_tasks_run_again(self, start: Any, hotel: str, state: Path) -> None:
        api = start(state_dir=state, concurrency=1, run_in="process")
        api.set_faults({"task_latency_s": 60})
        tasks = [api.submit(hotel) for _ in range(3)]
        assert api.query(tasks[0])["output"]["task_status"] == "RUNNING"
        os.kill(api.service.pid, signal.SIGKILL)
        wait_for_end(api)
        again = start(state_dir=state, concurrency=1, run_in="process")
        assert [again.wait(task_id)["output"]["task_status"] for task_id in tasks] == ["SUCCEEDED"] * 3

    def test_half_written_uploads_are_swept_at_the_next_start(self, start: Any, state: Path) -> None:
        (state / "uploads").mkdir(parents=True)
        (state / "uploads" / "half").write_bytes(b"x")
        (state / "incoming").mkdir()
        (state / "incoming" / "half").write_bytes(b"x")
        start(state_dir=state)
        assert list(state.rglob("half")) == []

    def test_a_second_service_on_the_same_folder_is_refused(self, start: Any, state: Path) -> None:
        from qa_pipeline.local_service import StartFailed

        start(state_dir=state)
        with pytest.raises(StartFailed, match="another local service uses the state folder"):
            start(state_dir=state)

    def test_a_state_folder_that_is_something_else_is_named(self, start: Any, state: Path) -> None:
        from qa_pipeline.local_service import StartFailed

        state.mkdir()
        (state / "local-service.sqlite").write_bytes(b"something else" * 1000)
        with pytest.raises(StartFailed, match="not a database"):
            start(state_dir=state)


def wait_for_end(api: Any) -> None:
    """Until the service's port is closed."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{api.root_url}/healthz", trust_env=False)
        except httpx.TransportError:
            return
        time.sleep(0.01)
    raise AssertionError("the service did not end")
