"""The account's pace as a row of PostgreSQL: one limit over everybody who shares the database."""

from __future__ import annotations

import asyncio
import time

import pytest

from qa_pipeline.dashscope.pacing import Rate
from qa_pipeline.dashscope.rate_limit import RateLimiter
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.service.pace_table import PaceTable
from tests.postgres import postgres_server

RATE = Rate(limit=40, window_s=1.0, lateness_s=0.05)


@pytest.mark.process
def test_several_limiters_keep_one_pace_through_a_crash_of_the_server() -> None:
    """Each limiter stands for a machine: it has connections and a clock of its own."""

    async def ask(limiter: RateLimiter) -> list[float]:
        moments = []
        for _ in range(25):
            await limiter.acquire()
            moments.append(time.monotonic())
        return moments

    async def all_ask(limiters: list[RateLimiter], crash: asyncio.Future[None]) -> list[float]:
        asking = [asyncio.create_task(ask(limiter)) for limiter in limiters]
        await asyncio.sleep(0)
        await crash
        return sorted(moment for moments in await asyncio.gather(*asking) for moment in moments)

    with postgres_server() as server:

        def crash() -> None:
            server.stop()
            server.start()

        async def trial() -> list[float]:
            tables = [PaceTable(lambda engine=engine: engine) for engine in engines]  # type: ignore[misc]
            for table in tables:
                table.clock()
            limiters = [RateLimiter("a:submits", RATE, table, table.clock) for table in tables]
            loop = asyncio.get_running_loop()
            return await all_ask(limiters, loop.run_in_executor(None, crash))

        engines = [open_operations(server.url) for _ in range(4)]
        moments = asyncio.run(trial())
        state = PaceTable(lambda: engines[0]).read("a:submits")
        for engine in engines:
            engine.dispose()
    assert len(moments) == 100
    assert max(sum(begin <= moment < begin + 1.0 for moment in moments) for begin in moments) <= RATE.limit
    assert state is not None
