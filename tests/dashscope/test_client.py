"""The client over real HTTP: what it sends, what it repeats, what it makes of every kind of answer."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from qa_pipeline.dashscope import errors
from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.rate_limit import RateLimits
from qa_pipeline.dashscope.regions import FiletransNotOffered, endpoint_for
from qa_pipeline.dashscope.retry import RetryPolicy
from qa_pipeline.dashscope.tasks import SubmitRequest, TaskState
from qa_pipeline.dashscope.wire import Timeouts
from tests.dashscope.scripted_service import FAST, KEY, SUBMIT, Answer, Received, ScriptedService, error, task

pytestmark = pytest.mark.anyio

REQUEST = SubmitRequest("qwen3-asr-flash-filetrans", "https://x/a.wav", {"channel_id": [0], "language": "zh"})
TAKEN = task("PENDING")
START = datetime(2026, 3, 5, 0, 0, tzinfo=UTC)


async def test_a_submit_sends_exactly_what_the_contract_says(service: ScriptedService) -> None:
    service.on("POST", SUBMIT, TAKEN)
    async with service.client() as client:
        submitted = await client.submit(REQUEST)
    assert (submitted.task_id, submitted.request_id, submitted.status) == ("task-1", "req-1", "PENDING")
    (sent,) = service.received
    assert sent.json == {
        "model": "qwen3-asr-flash-filetrans",
        "input": {"file_url": "https://x/a.wav"},
        "parameters": {"channel_id": [0], "language": "zh"},
    }
    known = {"host", "accept-encoding", "connection", "content-length"}
    assert {name.lower(): value for name, value in sent.headers if name.lower() not in known} == {
        "authorization": f"Bearer {KEY}",
        "content-type": "application/json",
        "x-dashscope-async": "enable",
        "accept": "application/json",
        "user-agent": "qa-pipeline",
    }


async def test_an_uploaded_file_a_workspace_and_an_array_model_change_the_request(service: ScriptedService) -> None:
    service.on("POST", SUBMIT, TAKEN)
    async with service.client(workspace_id="ws-7") as client:
        await client.submit(SubmitRequest("fun-asr", "oss://dir/a.wav", {}, "file_urls"))
    (sent,) = service.received
    assert sent.json == {"model": "fun-asr", "input": {"file_urls": ["oss://dir/a.wav"]}, "parameters": {}}
    assert sent.header("X-DashScope-OssResourceResolve") == "enable"
    assert sent.header("X-DashScope-WorkSpace") == "ws-7"


async def test_context_in_any_script_arrives_as_it_was_written(service: ScriptedService) -> None:
    service.on("POST", SUBMIT, TAKEN)
    async with service.client() as client:
        await client.submit(SubmitRequest("m", "https://x/a", {"corpus": {"text": "热词 \u2028 ü"}}))
    assert service.received[0].json["parameters"]["corpus"]["text"] == "热词 \u2028 ü"


@pytest.mark.parametrize(
    "refusal",
    [
        error(429, "Throttling.RateQuota", **{"retry-after": "0"}),
        error(503, "ServiceUnavailable"),
        error(503, "ModelServingError"),
        error(400, "InvalidFile.DownloadFailed"),
    ],
)
async def test_a_submit_that_certainly_made_no_task_is_sent_again(service: ScriptedService, refusal: Answer) -> None:
    service.on("POST", SUBMIT, refusal, TAKEN)
    async with service.client() as client:
        assert (await client.submit(REQUEST)).task_id == "task-1"
    assert len(service.received) == 2


@pytest.mark.parametrize(
    "answer",
    [
        error(500, "InternalError"),
        error(500, "RequestTimeOut"),
        error(504, "GatewayTimeout"),
        Answer(status=502, body=b"Bad Gateway", headers={"content-type": "text/plain"}),
        Answer(status=503, body=b"upstream connect error", headers={"content-type": "text/plain"}),
        Answer(status=503, body=b"<html>busy</html>", headers={"content-type": "text/html"}),
        Answer({"code": "503", "message": "Service Temporarily Unavailable"}, 503),
        Answer({"error": {"code": "upstream_error", "message": "reset"}}, 503),
        error(503, "InternalError.Timeout"),
        Answer(status=403, body=b"<html>", headers={"content-type": "text/html"}),
        Answer(status=429, body=b"slow down", headers={"content-type": "text/plain"}),
        Answer(status=400, body=b""),
        error(408, "RequestTimeout"),
        Answer(hang_up=True),
        Answer(body=b"<html>hello</html>", headers={"content-type": "text/html"}),
        Answer({"request_id": "r", "output": {}}),
        Answer({"request_id": "r", "code": "Odd", "message": "a code under 200"}),
        Answer(body=b'{"request_id":', announced_length=500),
    ],
    ids=[
        "500",
        "500-timeout",
        "504",
        "502",
        "503 text",
        "503 html",
        "503 of a gateway",
        "503 of an OpenAI gateway",
        "503 after a time-out",
        "403 html",
        "429 text",
        "400 empty",
        "408",
        "hang-up",
        "html",
        "no-id",
        "code-in-200",
        "cut-off",
    ],
)
async def test_a_submit_that_may_have_made_a_task_is_never_sent_again(service: ScriptedService, answer: Answer) -> None:
    service.on("POST", SUBMIT, answer, TAKEN)
    async with service.client() as client:
        with pytest.raises(errors.AmbiguousSubmit) as caught:
            await client.submit(REQUEST)
    assert len(service.received) == 1
    assert isinstance(caught.value.__cause__, errors.DashScopeError)
    assert not isinstance(caught.value, errors.Transient)


async def test_a_submit_without_an_answer_in_time_is_ambiguous(service: ScriptedService) -> None:
    service.on("POST", SUBMIT, Answer(TAKEN.document, delay_s=30))
    for timeouts in (Timeouts(read_s=2), Timeouts(reply_s=2)):  # long enough to be connected on a busy machine
        async with service.client(timeouts=timeouts) as client:
            with pytest.raises(errors.AmbiguousSubmit):
                await client.submit(REQUEST)
    assert len(service.received) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error(400, "InvalidParameter"), errors.InvalidRequest),
        (error(401, "InvalidApiKey"), errors.AuthenticationFailed),
        (error(403, "AccessDenied"), errors.NotEntitled),
        (error(404, "ModelNotFound"), errors.NotFound),
        (error(400, "Arrearage"), errors.PaymentDue),
        (error(429, "Throttling.AllocationQuota", "Free allocated quota exceeded"), errors.QuotaExhausted),
        (Answer(status=302, headers={"location": "https://login.example.com"}), errors.Redirected),
        (Answer(status=404, body=b"<html>", headers={"content-type": "text/html"}), errors.NotTheService),
        (Answer(status=407, body=b"<html>", headers={"content-type": "text/html"}), errors.NotTheService),
    ],
)
async def test_a_refused_submit_is_not_sent_again(
    service: ScriptedService, answer: Answer, kind: type[errors.DashScopeError]
) -> None:
    service.on("POST", SUBMIT, answer)
    async with service.client() as client:
        with pytest.raises(kind):
            await client.submit(REQUEST)
    assert len(service.received) == 1


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_service_that_is_not_there_is_tried_again_and_then_named() -> None:
    announced = 0

    async def announce() -> None:
        nonlocal announced
        announced += 1

    endpoint = endpoint_for(f"http://127.0.0.1:{unused_port()}/api/v1")
    async with DashScopeClient(endpoint, KEY, limits=FAST, retry=RetryPolicy(max_attempts=3)) as client:
        with pytest.raises(errors.NotSent, match="DASHSCOPE_HTTP_BASE_URL"):
            await client.submit(REQUEST, before_send=announce)
    assert announced == 3


async def test_a_submit_still_refused_after_all_retries_says_so(service: ScriptedService) -> None:
    service.on("POST", SUBMIT, error(429, "Throttling", **{"retry-after": "0"}))
    async with service.client(retry=RetryPolicy(max_attempts=4)) as client:
        with pytest.raises(errors.Throttled):
            await client.submit(REQUEST)
    assert len(service.received) == 4


async def test_a_submit_is_announced_right_before_it_leaves(service: ScriptedService) -> None:
    service.on("POST", SUBMIT, TAKEN)
    sent_before: list[int] = []

    async def announce() -> None:
        sent_before.append(len(service.received))

    limits = RateLimits(requests_per_minute=1, queries_per_second=20)
    async with service.client(limits=limits) as client:
        await client.submit(REQUEST, before_send=announce)
        queued = asyncio.create_task(client.submit(REQUEST, before_send=announce))
        await asyncio.sleep(0.05)
        queued.cancel()
        with pytest.raises(asyncio.CancelledError):
            await queued
    assert sent_before == [0]
    assert len(service.received) == 1


async def test_nothing_is_sent_when_the_announcement_fails(service: ScriptedService) -> None:
    service.on("POST", SUBMIT, TAKEN)

    async def announce() -> None:
        raise OSError("disk full")

    async with service.client() as client:
        with pytest.raises(OSError, match="disk full"):
            await client.submit(REQUEST, before_send=announce)
    assert service.received == []


async def test_no_submit_goes_to_a_region_without_file_transcription() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing may be sent")

    async with DashScopeClient(endpoint_for("us"), KEY, transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(FiletransNotOffered):
            await client.submit(REQUEST)


async def test_a_query_sends_the_key_and_no_async_header(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/tasks/task-1", task("RUNNING"))
    async with service.client() as client:
        status = await client.query("task-1")
    assert status.state is TaskState.RUNNING
    (sent,) = service.received
    assert sent.header("Authorization") == f"Bearer {KEY}"
    assert sent.header("X-DashScope-Async") is None
    assert sent.header("Content-Type") is None


async def test_a_task_nobody_knows_is_a_state_and_not_an_error(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/tasks/task-1", task("UNKNOWN"))
    async with service.client() as client:
        assert (await client.query("task-1")).state is TaskState.UNKNOWN


@pytest.mark.parametrize(
    "trouble",
    [
        error(500, "InternalError"),
        error(504, "GatewayTimeout"),
        error(429, "Throttling", **{"retry-after": "0"}),
        Answer(hang_up=True),
        Answer(body=b"<html>"),
        Answer(body=b"{", announced_length=99),
    ],
    ids=["500", "504", "429", "hang-up", "html", "cut-off"],
)
async def test_queries_lists_and_policies_outlast_passing_trouble(service: ScriptedService, trouble: Answer) -> None:
    policy = {"data": {"policy": "p", "signature": "s", "upload_dir": "d", "oss_access_key_id": "k"}}
    policy["data"]["upload_host"] = service.root
    service.on("GET", "/api/v1/tasks/task-1", trouble, task("RUNNING"))
    service.on("GET", "/api/v1/tasks", trouble, Answer({"total": 0, "data": []}))
    service.on("GET", "/api/v1/uploads", trouble, Answer(policy))
    service.on("POST", "/", Answer())
    async with service.client() as client:
        assert (await client.query("task-1")).state is TaskState.RUNNING
        assert await client.list_tasks(START, START) == []
        assert await client.upload(b"RIFF", model="m", object_name="a.wav") == "oss://d/a.wav"
    assert Counter(sent.path for sent in service.received)["/api/v1/tasks"] == 2


async def test_a_query_without_retries_asks_once(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/tasks/task-1", error(500, "InternalError"))
    async with service.client() as client:
        with pytest.raises(errors.ServiceUnavailable):
            await client.query("task-1", retry=False)
    assert len(service.received) == 1


async def test_a_task_id_cannot_reach_another_address(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/tasks/..%2Fuploads%3Fx", task("RUNNING", "../uploads?x"))
    async with service.client() as client:
        await client.query("../uploads?x")
        with pytest.raises(ValueError, match="task id"):
            await client.query("")
    assert len(service.received) == 1


async def test_a_pending_task_is_cancelled_with_an_empty_body(service: ScriptedService) -> None:
    service.on("POST", "/api/v1/tasks/task-1/cancel", Answer({"request_id": "r"}))
    async with service.client() as client:
        await client.cancel("task-1")
    (sent,) = service.received
    assert (sent.body, sent.header("Content-Length")) == (b"", "0")


async def test_a_task_that_has_begun_is_not_cancelled_and_that_is_said(service: ScriptedService) -> None:
    service.on("POST", "/api/v1/tasks/task-1/cancel", error(400, "UnsupportedOperation", "Failed to cancel the task"))
    async with service.client() as client:
        with pytest.raises(errors.UnsupportedOperation, match="Failed to cancel"):
            await client.cancel("task-1")


class Listing:
    """The list as the service keeps it: newest first, ten a page."""

    def __init__(self, count: int, key: str = "data", counts: bool = True) -> None:
        self.rows = [{"task_id": f"t-{number}", "status": "SUCCEEDED"} for number in range(count)]
        self.key = key
        self.counts = counts

    def __call__(self, received: Received) -> Answer:
        page_no, size = int(received.query["page_no"]), int(received.query["page_size"])
        page: dict[str, Any] = {self.key: self.rows[(page_no - 1) * size : page_no * size]}
        if self.counts:
            page |= {"total": len(self.rows), "total_page": -(-len(self.rows) // size)}
        return Answer(page)


@pytest.mark.parametrize("key", ["data", "tasks"])
@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("count", [0, 9, 10, 25])
async def test_the_list_is_read_over_all_pages(service: ScriptedService, key: str, counts: bool, count: int) -> None:
    service.on("GET", "/api/v1/tasks", Listing(count, key, counts))
    async with service.client() as client:
        tasks = await client.list_tasks(START, START + timedelta(hours=1))
    assert [one.task_id for one in tasks] == [f"t-{number}" for number in range(count)]


async def test_the_list_is_asked_for_in_windows_of_a_day_in_the_services_zone(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/tasks", Listing(3))
    end = START + timedelta(hours=49, microseconds=1)
    async with service.client() as client:
        tasks = await client.list_tasks(START, end, model="m", status=TaskState.RUNNING)
    assert len(tasks) == 3
    assert [(sent.query["start_time"], sent.query["end_time"]) for sent in service.received] == [
        ("20260305080000", "20260306080000"),
        ("20260306080000", "20260307080000"),
        ("20260307080000", "20260307090001"),
    ]
    assert {(sent.query["model_name"], sent.query["status"]) for sent in service.received} == {("m", "RUNNING")}


async def test_an_incomplete_list_is_an_error_and_not_a_shorter_list(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/tasks", Answer({"total": 5, "total_page": 1, "data": [{"task_id": "t"}]}))
    async with service.client() as client:
        with pytest.raises(errors.BadReply, match="counts 5 tasks and lists 1"):
            await client.list_tasks(START, START)


async def test_times_that_say_no_moment_are_refused(service: ScriptedService) -> None:
    async with service.client() as client:
        with pytest.raises(ValueError, match="zone"):
            await client.list_tasks(datetime(2026, 3, 5), START)  # noqa: DTZ001
        with pytest.raises(ValueError, match="before its start"):
            await client.list_tasks(START, START - timedelta(seconds=1))
    assert service.received == []


@pytest.mark.parametrize("key", ["", "  ", "sk-a b", "sk-a\nX-Evil: 1", "sk-schlüssel"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ValueError, match="DASHSCOPE_API_KEY") as caught:
        DashScopeClient(endpoint_for("beijing"), key)
    assert not key.strip() or key.strip() not in str(caught.value)


async def test_a_429_to_one_query_holds_back_the_next(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/tasks/task-1", error(429, "Throttling", **{"retry-after": "0.3"}))
    service.on("GET", "/api/v1/tasks/task-2", task("RUNNING", "task-2"))
    loop = asyncio.get_running_loop()
    async with service.client() as client:
        began = loop.time()
        with pytest.raises(errors.Throttled):
            await client.query("task-1", retry=False)
        await client.query("task-2")
        assert loop.time() >= began + 0.3
