"""Rate limits: who is counted, for how long, and how a refusal looks."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.local_service.rate_limits import MAX_IDLE_KEYS, SlidingWindow

MODEL = "qwen3-asr-flash-filetrans"


class Hand:
    """A clock moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_window_slides() -> None:
    clock = Hand()
    window = SlidingWindow(2, 10.0, clock)
    assert [window.admit("a") for _ in range(3)] == [True, True, False]
    clock.now = 9.9
    assert not window.admit("a")
    clock.now = 10.0
    assert window.admit("a")


def test_refused_requests_do_not_count() -> None:
    clock = Hand()
    window = SlidingWindow(1, 10.0, clock)
    assert window.admit("a")
    for second in range(1, 10):
        clock.now = second
        assert not window.admit("a")
    clock.now = 10.0
    assert window.admit("a")


@given(st.lists(st.floats(0, 3), max_size=60), st.integers(1, 5))
def test_no_window_ever_holds_more_than_the_limit(pauses: list[float], limit: int) -> None:
    clock = Hand()
    window = SlidingWindow(limit, 5.0, clock)
    admitted = []
    for pause in pauses:
        clock.now += pause
        if window.admit("a"):
            admitted.append(clock.now)
    for moment in admitted:
        assert sum(moment <= other < moment + 5.0 for other in admitted) <= limit


def test_made_up_keys_do_not_fill_the_memory() -> None:
    clock = Hand()
    window = SlidingWindow(1, 1.0, clock)
    for number in range(5 * MAX_IDLE_KEYS):
        clock.now += 0.01
        assert window.admit(f"key {number}")
    assert len(window._admitted) <= MAX_IDLE_KEYS + 1


def submit_status(api: Any, hotel: str, model: str = MODEL) -> int:
    inputs = {"file_url": hotel} if model.startswith("qwen3") else {"file_urls": [hotel]}
    return int(api.post_submit({"model": model, "input": inputs}).status_code)


def test_submits_are_limited_for_each_key_and_model(start: Any, hotel: str) -> None:
    api = start(submits_per_minute=3)
    assert [submit_status(api, hotel) for _ in range(4)] == [200, 200, 200, 429]
    assert submit_status(api, hotel, "qwen3-asr-flash-filetrans-2025-11-17") == 429  # another name of the same
    assert submit_status(api, hotel, "fun-asr") == 200
    api.key = "sk-other"
    assert submit_status(api, hotel) == 200


def test_the_documented_hundred_a_minute_is_the_default(start: Any, hotel: str) -> None:
    api = start(submits_per_minute=None)
    assert [submit_status(api, hotel) for _ in range(101)] == [200] * 100 + [429]


def test_a_refused_submit_has_the_documented_body_and_makes_no_task(start: Any, hotel: str) -> None:
    api = start(submits_per_minute=1)
    submit_status(api, hotel)
    answer = api.post_submit({"model": MODEL, "input": {"file_url": hotel}})
    assert set(answer.json()) == {"code", "message", "request_id"}
    assert answer.json()["code"] == "Throttling.RateQuota"
    assert "1 submits per minute" in answer.json()["message"]
    assert len(api.local("/_local/tasks")["tasks"]) == 1


def test_a_submit_that_is_wrong_anyway_is_not_counted(start: Any, hotel: str) -> None:
    api = start(submits_per_minute=1)
    for _ in range(3):
        assert api.post_submit({"model": MODEL, "input": {}}).status_code == 400
    assert submit_status(api, hotel) == 200


def test_queries_lists_and_cancels_share_one_limit_a_key(start: Any) -> None:
    api = start(queries_per_second=3)
    answers = [
        api.request("GET", "/tasks/x"),
        api.request("GET", "/tasks"),
        api.request("POST", "/tasks/x/cancel"),
        api.request("GET", "/tasks/x"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 400, 429]
    assert answers[3].json()["code"] == "Throttling.RateQuota"
    api.key = "sk-other"
    assert api.request("GET", "/tasks/x").status_code == 200
