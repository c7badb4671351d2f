"""Which task was made by which request, told by signed addresses alone."""

from __future__ import annotations

import datetime as dt

import pytest

from qa_pipeline.dispatch.addresses import EARLIEST_S, LATEST_S, MadeOf, Sent, is_of, match

AT = dt.datetime(2025, 9, 1, 12, tzinfo=dt.UTC)
OBJECT = "https://s3.example/calls/day/c%201.wav"


def sent(name: str, channel_id: int = 0, *, signature: str = "1", url: str = OBJECT) -> Sent:
    return Sent(name, frozenset({channel_id}), f"{url}?X-Amz-Signature={signature}", AT.timestamp())


def made(
    task_id: str, channel_id: int = 0, *, query: str = "?X-Amz-Signature=1", url: str = OBJECT, later_s: float = 1.0
) -> MadeOf:
    return MadeOf(task_id, url + query, frozenset({channel_id}), AT + dt.timedelta(seconds=later_s))


def test_the_whole_address_and_the_channel_are_as_good_as_an_id() -> None:
    found = match([made("t1", 1), made("t0", 0)], [sent("a", 0), sent("b", 1)])
    assert (found.tasks, found.doubts) == ({"a": "t0", "b": "t1"}, {})


def test_among_requests_of_one_object_the_whole_address_decides() -> None:
    requests = [sent("first", signature="1"), sent("second", signature="2")]
    found = match([made("t", query="?X-Amz-Signature=2")], requests)
    assert (found.tasks, found.doubts) == ({"second": "t"}, {})


@pytest.mark.parametrize(
    "url", [OBJECT, "https://S3.example/calls/day/c%201.wav", "https://s3.example/calls/day/c 1.wav"]
)
def test_without_the_signature_the_object_is_recognized_however_it_is_spelt(url: str) -> None:
    assert match([made("t", query="", url=url)], [sent("a")]).tasks == {"a": "t"}


@pytest.mark.parametrize("later_s", [-EARLIEST_S - 1, LATEST_S + 1])
def test_a_task_of_another_time_is_somebody_elses(later_s: float) -> None:
    found = match([made("t", query="", later_s=later_s)], [sent("a")])
    assert (found.tasks, found.doubts) == ({}, {})


def test_a_task_of_another_channel_or_object_is_somebody_elses() -> None:
    other = made("t2", query="", url="https://s3.example/calls/day/c2.wav")
    found = match([made("t1", 1, query=""), other], [sent("a", 0)])
    assert (found.tasks, found.doubts) == ({}, {})


def test_two_tasks_for_one_request_are_a_doubt_unless_the_whole_address_agrees() -> None:
    found = match([made("t1", query=""), made("t2", query="")], [sent("a")])
    assert (found.tasks, list(found.doubts)) == ({}, ["a"])
    assert match([made("t1"), made("t2")], [sent("a")]).tasks == {"a": "t1"}, "the same address: the same request"


def test_two_requests_for_one_task_are_a_doubt_for_both() -> None:
    found = match([made("t", query="")], [sent("a", signature="1"), sent("b", signature="2"), sent("c", 1)])
    assert (found.tasks, set(found.doubts)) == ({}, {"a", "b"})


def test_an_object_of_that_name_elsewhere_is_a_doubt() -> None:
    copied = made("t", url="https://internal.example/tmp/c%201.wav")
    found = match([copied], [sent("a"), sent("b", 1)])
    assert (found.tasks, list(found.doubts)) == ({}, ["a"])
    assert is_of(copied.file_url, [sent("a")])
    assert not is_of("https://s3.example/calls/day/c2.wav", [sent("a")])


def test_a_doubt_about_one_request_leaves_the_others_settled() -> None:
    tasks = [made("t1", query=""), made("t2", query=""), made("t3", 1, query="")]
    found = match(tasks, [sent("a", 0), sent("b", 1)])
    assert (found.tasks, list(found.doubts)) == ({"b": "t3"}, ["a"])
