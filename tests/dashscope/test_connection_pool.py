from __future__ import annotations

import asyncio

import httpx
import pytest

from qa_pipeline.dashscope import connection_pool
from qa_pipeline.dashscope.connection_pool import ClientStack
from tests.dashscope.scripted_service import KEY, ScriptedService, task

pytestmark = pytest.mark.anyio


def new_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=False)


async def test_nobody_shares_a_client_and_the_one_used_last_is_used_next() -> None:
    stack = ClientStack(new_client, idle_s=60)
    async with stack.client() as first, stack.client() as second:
        assert first is not second
    async with stack.client() as again:
        assert again is first  # the outer block ended last
    await stack.aclose()


async def test_a_client_comes_back_when_its_request_fails() -> None:
    stack = ClientStack(new_client, idle_s=60)
    with pytest.raises(httpx.ConnectError):
        async with stack.client() as failed:
            raise httpx.ConnectError("no")
    async with stack.client() as next_one:
        assert next_one is failed
    await stack.aclose()


async def test_clients_that_are_no_longer_needed_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(connection_pool, "_now", lambda: clock[0])
    stack = ClientStack(new_client, idle_s=2)
    async with stack.client() as busy, stack.client() as spare:
        pass
    for clock[0] in (1.0, 2.0, 3.0):
        async with stack.client() as used:
            assert used is busy
    assert spare.is_closed
    assert not busy.is_closed
    await stack.aclose()


async def test_closing_the_stack_closes_clients_on_loan_too() -> None:
    stack = ClientStack(new_client, idle_s=60)
    async with stack.client() as on_loan:
        await stack.aclose()
        assert on_loan.is_closed


async def test_requests_one_after_another_come_over_one_connection(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/tasks/task-1", task("RUNNING"))
    async with service.client() as client:
        for _ in range(5):
            await client.query("task-1")
        assert len(service._connections) == 1


async def test_the_key_goes_with_every_api_request_whichever_client_is_on_top(service: ScriptedService) -> None:
    service.on("GET", "/api/v1/tasks/task-1", task("RUNNING"))
    async with service.client() as client:
        await asyncio.gather(*(client.query("task-1") for _ in range(8)))
        await client.query("task-1")
    assert {request.header("authorization") for request in service.received} == {f"Bearer {KEY}"}
