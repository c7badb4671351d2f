from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from qa_pipeline.dashscope import retry
from tests.dashscope.scripted_service import ScriptedService


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def service() -> AsyncIterator[ScriptedService]:
    async with ScriptedService() as running:
        yield running


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries wait milliseconds; how long they really wait is shown in test_retry."""
    monkeypatch.setattr(retry, "FIRST_DELAY_S", 0.002)
    monkeypatch.setattr(retry, "FIRST_THROTTLE_DELAY_S", 0.002)
    monkeypatch.setattr(retry, "RETRY_AFTER_SPREAD_S", 0.0)
