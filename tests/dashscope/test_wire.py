from __future__ import annotations

import asyncio
import logging

import pytest

from qa_pipeline.dashscope import errors, wire
from qa_pipeline.dashscope.retry import RetryPolicy
from tests.dashscope.scripted_service import KEY, Answer, ScriptedService, task

pytestmark = pytest.mark.anyio


async def test_this_machine_is_reached_without_the_proxy_of_the_environment(
    service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    service.on("GET", "/api/v1/tasks/task-1", task("RUNNING"))
    service.on("GET", "/r.json", Answer({"transcripts": []}))
    async with service.client(retry=RetryPolicy(max_attempts=1)) as client:
        await client.query("task-1")
        await client.download_result(f"http://localhost:{service.port}/r.json")
    assert len(service.received) == 2


async def test_no_cookie_is_kept(service: ScriptedService) -> None:
    crumbs = {"set-cookie": "session=abc; Path=/"}
    service.on("GET", "/api/v1/tasks/task-1", Answer(task("RUNNING").document, headers=crumbs))
    service.on("GET", "/r.json", Answer({}, headers=crumbs))
    async with service.client() as client:
        for _ in range(2):
            await client.query("task-1")
            await client.download_result(f"{service.root}/r.json")
    assert [sent.header("cookie") for sent in service.received] == [None] * 4


async def test_neither_key_nor_signature_is_ever_logged(
    service: ScriptedService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service.on("GET", "/r.json", Answer(status=503), Answer({}))
    service.on("GET", "/api/v1/tasks/task-1", Answer(status=500), task("RUNNING"))
    async with service.client() as client:
        await client.download_result(f"{service.root}/r.json?Expires=1&Signature=s3cr3t")
        await client.query("task-1")
        assert KEY not in repr(client)
    assert "/r.json" in caplog.text  # httpx does log its requests
    assert "attempt 2 follows" in caplog.text
    assert "s3cr3t" not in caplog.text
    assert KEY not in caplog.text


async def test_a_reply_without_end_is_cut_short(service: ScriptedService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_REPLY_BYTES", 1_000)
    service.on("GET", "/api/v1/tasks/task-1", Answer(body=b" " * 5_000))
    async with service.client() as client:
        with pytest.raises(errors.BadReply, match="longer than 1,000 bytes"):
            await client.query("task-1")


async def test_many_calls_at_once_each_get_their_own_answer(service: ScriptedService) -> None:
    for number in range(200):
        service.on("GET", f"/api/v1/tasks/t-{number}", task("RUNNING", f"t-{number}"))
    async with service.client() as client:
        answers = await asyncio.gather(*[client.query(f"t-{number}") for number in range(200)])
    assert [answer.task_id for answer in answers] == [f"t-{number}" for number in range(200)]
