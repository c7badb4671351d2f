"""What a browser fetches of a call beside the page, behind the gate: for whom, and of which calls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from dashboards.instrument.routes import call_data_link, call_data_routes
from dashboards.serving.gate import Gate
from tests import scenario
from tests.scenario import CALLS

Get = Callable[..., httpx.Response]


@pytest.fixture
def get(published_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Get:
    (tmp_path / "qa.toml").touch()
    monkeypatch.setenv("QA_CONFIG", str(tmp_path / "qa.toml"))
    monkeypatch.setenv("QA_HOME", str(published_home))
    app = Starlette(routes=call_data_routes(), middleware=[Middleware(Gate)])

    def ask(path: str, **headers: str) -> httpx.Response:
        async def one() -> httpx.Response:
            transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 40000))
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8501") as client:
                return await client.get(path, headers=headers)

        return asyncio.run(one())

    return ask


def test_the_call_comes_first_and_its_words_and_outline_when_asked_for(get: Get) -> None:
    link = call_data_link("c0102")
    call = get(f"{link}/call")
    assert call.headers["cache-control"] == "private, no-store"
    assert [item[3] for item in call.json()["sentences"]] == [item.text for item in CALLS[1].said]
    assert get(f"{link}/words/0").json() == call.json()["words"]
    outline = get(f"{link}/outline/0/0/0")
    assert (outline.headers["content-type"], len(outline.content)) == ("application/octet-stream", 3200)


def test_hits_of_a_search_of_the_list_are_where_its_words_are_said(get: Get) -> None:
    link = call_data_link("c0102")
    assert get(f"{link}/hits?q=REFUND").json() == [[[3, 13, 19]], [[5, 14, 20]]]
    assert get(f"{link}/hits?q=").json() == get(f"{link}/hits").json() == []
    assert get(f"{call_data_link('c0101')}/hits?q=%E9%80%80%E6%AC%BE").json() == [[[2, 10, 12]]]


def test_what_is_not_there_is_404(get: Get) -> None:
    link = call_data_link("c0102")
    for path in (call_data_link("c9999"), "/call-data/%FF%FF", "/call-data/!!"):
        assert get(f"{path}/call").status_code == 404
    assert get(f"{link}/outline/0/99/0").status_code == 404
    assert get(f"{link}/outline/9/0/0").content == b""
    assert get(f"{link}/words/77").json() == []


@pytest.mark.parametrize("call_id", ["a/b?c#d", "通话 1", "../../etc", "x" * 300])
def test_any_id_of_a_call_is_one_part_of_an_address(
    call_id: str, get: Get, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = scenario.ScenarioCall(call_id, scenario.DAY_1, 9, "a-chen", "billing", said=CALLS[0].said)
    scenario.publish_snapshot(tmp_path / "home", (call,))
    monkeypatch.setenv("QA_HOME", str(tmp_path / "home"))
    found = get(f"{call_data_link(call_id)}/call")
    assert found.status_code == 200
    assert len(found.json()["sentences"]) == len(CALLS[0].said)


def test_nobody_reads_a_call_who_may_not_see_its_page(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    users = [{"login": "vic@example.com", "role": "viewer"}, {"login": "agent@example.com", "role": "agent"}]
    monkeypatch.setenv("QA_DASHBOARD_ACCESS", "proxy")
    monkeypatch.setenv("QA_DASHBOARD_USERS", json.dumps(users))
    path = f"{call_data_link('c0102')}/call"
    statuses = [
        get(path, **{"X-Forwarded-User": user}).status_code for user in ("vic@example.com", "agent@example.com")
    ]
    assert statuses[0] == 200
    assert statuses[1] == 404, "it is not the agent's own"
    assert get(path).status_code == 403
