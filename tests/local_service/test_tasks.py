"""Submit, query, list, cancel on the wire."""

from __future__ import annotations

import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

MODEL = "qwen3-asr-flash-filetrans"
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")


def test_a_submit_is_answered_with_a_pending_task(api: Any, hotel: str) -> None:
    answer = api.post_submit({"model": MODEL, "input": {"file_url": hotel}})
    body = answer.json()
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert set(body) == {"request_id", "output"}
    assert body["output"]["task_status"] == "PENDING"
    uuid.UUID(body["output"]["task_id"])


def test_one_task_runs_while_the_next_is_pending(start: Any, hotel: str) -> None:
    api = start(concurrency=1)
    api.set_faults({"task_latency_s": 60})
    first, second = api.submit(hotel), api.submit(hotel)

    running, pending = api.query(first)["output"], api.query(second)["output"]
    assert running["task_status"] == "RUNNING"
    assert running["task_metrics"] == {"TOTAL": 1, "SUCCEEDED": 0, "FAILED": 0}
    assert TIME.fullmatch(running["scheduled_time"])
    assert pending["task_status"] == "PENDING"
    assert "scheduled_time" not in pending
    assert "end_time" not in running


def test_a_succeeded_task_has_its_times_in_order_and_its_usage(api: Any, hotel: str) -> None:
    done = api.transcribe(hotel)
    output = done["output"]
    assert output["task_status"] == "SUCCEEDED"
    assert output["submit_time"] <= output["scheduled_time"] <= output["end_time"]
    assert done["usage"] == {"seconds": 2}
    assert "code" not in done


def test_times_are_written_in_china_standard_time(start: Any, hotel: str, clock: Any) -> None:
    clock.now = 1_761_546_771.15  # 2025-10-27 06:32:51.150 UTC
    api = start(clock=clock)
    assert api.transcribe(hotel)["output"]["submit_time"] == "2025-10-27 14:32:51.150"


def test_a_failed_task_says_why_and_has_no_usage(api: Any, references: Any) -> None:
    body = api.transcribe((references / "gone.wav").as_uri())
    assert body["output"]["task_status"] == "FAILED"
    assert body["output"]["code"] == "FILE_404_NOT_FOUND"
    assert "gone.wav" in body["output"]["message"]
    assert "usage" not in body


@pytest.mark.parametrize("task_id", ["00000000-0000-0000-0000-000000000000", "x" * 3000, "%E4%BD%A0%00%FF", "..%2f"])
def test_an_id_that_never_was_is_unknown(api: Any, task_id: str) -> None:
    answer = api.request("GET", f"/tasks/{task_id}")
    if task_id != "..%2f":  # a decoded slash makes it another path
        assert answer.status_code == 200
        assert answer.json()["output"]["task_status"] == "UNKNOWN"
        assert answer.json()["output"]["task_id"]
    else:
        assert answer.status_code == 404


def test_another_accounts_task_is_unknown_and_not_listed(api: Any, hotel: str) -> None:
    task_id = api.submit(hotel)
    api.key = "sk-other"
    assert api.query(task_id)["output"]["task_status"] == "UNKNOWN"
    assert api.request("GET", "/tasks").json()["data"] == []
    assert api.request("POST", f"/tasks/{task_id}/cancel").status_code == 400


def test_queries_take_the_async_header_or_leave_it(api: Any, hotel: str) -> None:
    task_id = api.submit(hotel)
    answer = api.request("GET", f"/tasks/{task_id}", headers={"X-DashScope-Async": "enable"})
    assert answer.json()["output"]["task_id"] == task_id


def test_no_more_tasks_run_at_once_than_the_setting_says(start: Any, hotel: str) -> None:
    api = start(concurrency=3)
    api.set_faults({"task_latency_s": 600})
    task_ids = [api.submit(hotel) for _ in range(8)]
    while api.local("/healthz")["queue"]["RUNNING"] < 3:
        time.sleep(0.01)
    states = [api.query(task_id)["output"]["task_status"] for task_id in task_ids]
    assert states == ["RUNNING"] * 3 + ["PENDING"] * 5


def test_tasks_start_in_the_order_they_came(start: Any, hotel: str) -> None:
    api = start(concurrency=1)
    task_ids = [api.submit(hotel) for _ in range(5)]
    begun = [api.wait(task_id)["output"]["scheduled_time"] for task_id in task_ids]
    assert begun == sorted(begun)


class TestCancel:
    def test_a_waiting_task_is_cancelled_and_never_runs(self, start: Any, hotel: str) -> None:
        api = start(concurrency=1)
        api.set_faults({"task_latency_s": 1.0})
        running, waiting = api.submit(hotel), api.submit(hotel)

        answer = api.request("POST", f"/tasks/{waiting}/cancel")
        assert (answer.status_code, set(answer.json())) == (200, {"request_id"})
        api.wait(running)
        output = api.query(waiting)["output"]
        assert output["task_status"] == "CANCELED"
        assert "end_time" in output
        assert api.local("/_local/usage")["billed_channels"] == 1

    def test_it_cannot_be_cancelled_twice_or_after_its_end(self, api: Any, hotel: str) -> None:
        task_id = api.submit(hotel)
        api.wait(task_id)
        for _ in range(2):
            answer = api.request("POST", f"/tasks/{task_id}/cancel")
            assert answer.status_code == 400
            assert answer.json()["code"] == "UnsupportedOperation"
            assert "PENDING" in answer.json()["message"]


class TestList:
    @pytest.fixture
    def listed(self, start: Any, hotel: str, clock: Any) -> Any:
        """Five tasks an hour apart, the last of another model; the clock stands at the last."""
        api = start(clock=clock, result_ttl_s=10 * 24 * 3600)
        api.task_ids = []
        for hour in range(5):
            clock.now += 3600 if hour else 0
            api.task_ids.append(api.submit(hotel, model=MODEL if hour < 4 else "fun-asr"))
        for task_id in api.task_ids:
            api.wait(task_id)
        return api

    def test_the_latest_come_first_under_both_documented_keys(self, listed: Any) -> None:
        body = listed.request("GET", "/tasks").json()
        assert [row["task_id"] for row in body["data"]] == listed.task_ids[::-1]
        assert body["tasks"] == body["data"]
        assert (body["total"], body["total_page"], body["page_no"], body["page_size"]) == (5, 1, 1, 10)
        assert {"task_id", "status", "model_name", "gmt_create", "start_time", "end_time", "request_id",
                "api_key_id", "caller_uid", "region"} <= set(body["data"][0])  # fmt: skip

    def test_the_documented_slash_at_the_end_is_taken(self, listed: Any) -> None:
        assert listed.request("GET", "/tasks/").json()["total"] == 5

    def test_pages(self, listed: Any) -> None:
        body = listed.request("GET", "/tasks", params={"page_no": 2, "page_size": 2}).json()
        assert [row["task_id"] for row in body["data"]] == [listed.task_ids[2], listed.task_ids[1]]
        assert (body["total"], body["total_page"]) == (5, 3)
        assert listed.request("GET", "/tasks", params={"page_no": 9}).json()["data"] == []

    @pytest.mark.parametrize(
        ("params", "found"),
        [
            ({"model_name": "fun-asr"}, [4]),
            ({"status": "SUCCEEDED"}, [4, 3, 2, 1, 0]),
            ({"status": "FAILED"}, []),
            ({"model_name": ""}, [4, 3, 2, 1, 0]),
        ],
    )
    def test_filters(self, listed: Any, params: dict[str, str], found: list[int]) -> None:
        body = listed.request("GET", "/tasks", params=params).json()
        assert [row["task_id"] for row in body["data"]] == [listed.task_ids[index] for index in found]

    def test_one_task_by_its_id(self, listed: Any) -> None:
        body = listed.request("GET", "/tasks", params={"task_id": listed.task_ids[1]}).json()
        assert [row["task_id"] for row in body["data"]] == [listed.task_ids[1]]

    def test_a_span_includes_both_of_its_ends_in_utc_plus_8(self, listed: Any) -> None:
        # The clock starts at 2025-10-09 16:53:20 in UTC+8.
        params = {"start_time": "20251009175320", "end_time": "20251009195320"}
        body = listed.request("GET", "/tasks", params=params).json()
        assert [row["task_id"] for row in body["data"]] == listed.task_ids[3:0:-1]

    def test_the_last_24_hours_are_the_default(self, listed: Any, clock: Any) -> None:
        clock.now += 22 * 3600 + 1800
        assert listed.request("GET", "/tasks").json()["total"] == 2

    @pytest.mark.parametrize(
        "params",
        [
            {"start_time": "20251009000000", "end_time": "20251010000001"},
            {"start_time": "20251010000000", "end_time": "20251009000000"},
            {"start_time": "yesterday"},
            {"end_time": "20251399000000"},
            {"page_no": "0"},
            {"page_no": "-1"},
            {"page_size": "101"},
            {"page_size": "ten"},
            {"page_no": "9" * 5000},
            {"status": "DONE"},
        ],
        ids=str,
    )
    def test_what_cannot_be_listed_is_refused(self, api: Any, params: dict[str, str]) -> None:
        answer = api.request("GET", "/tasks", params=params)
        assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")
        assert next(iter(params)).split("_")[0] in answer.json()["message"]


class TestExpiry:
    def test_a_task_and_its_result_are_known_for_24_hours_after_its_end(
        self, start: Any, hotel: str, clock: Any
    ) -> None:
        api = start(clock=clock)
        body = api.transcribe(hotel)
        task_id, url = body["output"]["task_id"], body["output"]["result"]["transcription_url"]

        clock.now += 24 * 3600 - 1
        assert api.query(task_id)["output"]["task_status"] == "SUCCEEDED"
        assert api.http.get(url).status_code == 200

        clock.now += 2
        assert api.query(task_id)["output"]["task_status"] == "UNKNOWN"
        expired = api.http.get(url)
        assert expired.status_code == 403
        assert "<Code>AccessDenied</Code>" in expired.text
        assert "expired" in expired.text
        assert api.request("GET", "/tasks").json()["total"] == 0
        assert api.local("/_local/usage")["billed_seconds"] == 2.0

    def test_a_task_that_waited_a_day_ends_as_expired(self, start: Any, hotel: str, clock: Any) -> None:
        api = start(clock=clock, concurrency=1)
        api.set_faults({"task_latency_s": 1.0})
        api.submit(hotel)
        late = api.submit(hotel)
        clock.now += 24 * 3600 + 1
        output = api.wait(late)["output"]
        assert (output["task_status"], output["code"]) == ("FAILED", "FILE_TRANS_TASK_EXPIRED")


def test_many_clients_at_once_each_get_their_own_task(api: Any, hotel: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        task_ids = list(pool.map(lambda _: api.submit(hotel), range(100)))
        states = list(pool.map(lambda task_id: api.wait(task_id)["output"]["task_status"], task_ids))
    assert len(set(task_ids)) == 100
    assert set(states) == {"SUCCEEDED"}
    assert api.local("/_local/usage")["by_channel"][0]["count"] == 100
