"""The gate around a small server, and settings that nobody's own get into."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboards.serving.gate import Gate
from tests.own_settings import forget_settings

USERS = [
    {"login": "vic@example.com", "role": "viewer"},
    {"login": "eve@example.com", "role": "evaluator"},
    {"login": "lea@example.com", "role": "lead"},
    {"login": "al@example.com", "role": "admin"},
    {"login": "agent@example.com", "role": "agent"},
]
HERE, PROXY, ELSEWHERE = "127.0.0.1", "10.0.0.2", "192.0.2.7"

Ask = Callable[..., httpx.Response]
Set = Callable[..., None]


@pytest.fixture
def set_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Set:
    """Sets the given settings, and no others."""
    forget_settings(monkeypatch, tmp_path, home=tmp_path / "home")

    def set_them(**values: object) -> None:
        for key, value in values.items():
            monkeypatch.setenv(f"QA_{key.upper()}", value if isinstance(value, str) else json.dumps(value))

    return set_them


@pytest.fixture
def ask() -> Ask:
    """Asks the gate for a path, from an address; behind it everything answers with what it knows of the viewer."""

    async def behind(request: Request) -> JSONResponse:
        who = request.scope["qa_viewer"]
        return JSONResponse({"user": who and who.user, "role": who and who.role, "browser": who and who.browser})

    app = Starlette(routes=[Route("/{path:path}", behind)], middleware=[Middleware(Gate)])

    def get(path: str, *, peer: str = HERE, port: int = 40000, host: str = "127.0.0.1", **kept: Any) -> httpx.Response:
        async def one() -> httpx.Response:
            transport = httpx.ASGITransport(app=app, client=(peer, port))
            cookies = kept.pop("cookies", None)
            async with httpx.AsyncClient(
                transport=transport, base_url=f"http://{host}:8501", cookies=cookies
            ) as client:
                return await client.get(path, **kept)

        return asyncio.run(one())

    return get
