"""Lists and transcripts by their addresses, through the gate: what is left behind, and in which language it is said."""

from __future__ import annotations

import asyncio
import csv
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from dashboards.exporting import routes
from dashboards.exporting.routes import export_routes
from dashboards.filters import CallFilter, DateRange
from dashboards.finding import find_calls
from dashboards.language import language_of_reader
from dashboards.serving.gate import Gate
from dashboards.serving.sound_route import sound_route
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.looks.taken import Register, TakenFilter
from qa_pipeline.published.snapshot import open_newest
from qa_pipeline.wording.languages import ask_for_language
from tests import scenario
from tests.dashboards.conftest import rewrite

Get = Callable[..., httpx.Response]


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def get(point_settings: pytest.MonkeyPatch, published_home: Path, left: Path) -> Get:
    """Asks for an address, of a server of `home`; `hangs_up` goes as soon as bytes come."""
    ask_for_language(language_of_reader)
    app = Starlette(routes=[sound_route(), *export_routes()], middleware=[Middleware(Gate)])

    def ask(path: str, home: Path = published_home, *, hangs_up: bool = False, **kept: Any) -> httpx.Response:
        point_settings.setenv("QA_HOME", str(home))

        async def asked(scope: Any, receive: Any, send: Any) -> None:
            async def sending(message: Any) -> None:
                if hangs_up and message["type"] == "http.response.body":
                    raise OSError("nobody is there any more")
                await send(message)

            await app(scope, receive, sending)

        async def one() -> httpx.Response:
            transport = httpx.ASGITransport(app=asked, client=("127.0.0.1", 40000))
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8501") as client:
                return await client.get(path, **kept)

        return asyncio.run(one())

    return ask


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_leaves_no_file_behind_when_it_was_sent(get: Get, left: Path, kind: str) -> None:
    found = get(f"/export/calls.{kind}?dates=all")
    assert (found.status_code, len(found.content) > 500) == (200, True)
    assert list(left.iterdir()) == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_nor_when_it_could_not_be_written(
    get: Get, left: Path, published_home: Path, tmp_path: Path, kind: str
) -> None:
    broken = rewrite(published_home, tmp_path, "alter table transcripts rename column engine to engine_of_old")
    found = get(f"/export/calls.{kind}?dates=all", broken)
    assert found.status_code == 404
    assert "snapshot" in found.text
    assert list(left.iterdir()) == []


def test_nor_when_the_reader_hangs_up(get: Get, left: Path) -> None:
    with pytest.raises(OSError, match="nobody is there"):
        get("/export/calls.csv?dates=all", hangs_up=True)
    assert list(left.iterdir()) == []


@pytest.mark.parametrize(
    ("address", "english", "chinese"),
    [
        ("/export/calls.pdf", "The list is written as csv or xlsx.", "列表的格式为 csv或xlsx。"),
        ("/export/call.srt?call=nobody", "The snapshot has no call nobody.", "快照中没有通话 nobody。"),
        ("/sound/no.such", "This link was not made by this server.", "此链接不是由本服务器生成的。"),
    ],
)
def test_a_refusal_is_said_in_the_language_of_whoever_asks(get: Get, address: str, english: str, chinese: str) -> None:
    assert get(address).text.startswith(english)
    assert get(address, headers={"accept-language": "zh-CN,zh;q=0.9"}).text.startswith(chinese)
    assert get(address, headers={"cookie": "qa_language=zh"}).text.startswith(chinese)
    by_address = f"{address}{'&' if '?' in address else '?'}lang=zh"
    assert get(by_address).text.startswith(chinese)


@pytest.mark.parametrize("query", ["&q=refund|退款|geht", "&sort=length&order=up", "&sort=agent&m.talk_ratio=0.."])
def test_a_list_of_many_batches_is_the_list_of_the_page_in_its_order(
    get: Get, monkeypatch: pytest.MonkeyPatch, published_home: Path, query: str
) -> None:
    whole = [line["call_id"] for line in rows_of(get(f"/export/calls.csv?dates=all{query}"))]
    monkeypatch.setattr(routes, "BATCH_CALLS", 2)
    batched = [line["call_id"] for line in rows_of(get(f"/export/calls.csv?dates=all{query}"))]
    with open_newest(published_home / "qa.duckdb", "Asia/Shanghai") as snapshot:
        asked = parse_qs(query)
        days = DateRange(scenario.DAY_1, scenario.DAY_3)
        chosen = CallFilter.from_query(asked).on(scenario.DAY_3, days, days)
        sort, order = asked.get("sort", ["date"])[0], asked.get("order", ["down"])[0]
        rows = find_calls(snapshot, chosen, sort=sort, descending=order == "down", page=1, size=100)
    assert len(whole) > 2
    assert whole == batched == [row["call_id"] for row in rows]


def test_what_is_taken_along_is_noted_before_it_is_sent(get: Get, published_home: Path, tmp_path: Path) -> None:
    home = rewrite(published_home, tmp_path, "select 1")
    assert get("/export/calls.csv?dates=all&agents=a-chen", home).status_code == 200
    assert get("/export/call.srt?call=c0102", home).status_code == 200
    register = Register(open_operations(f"sqlite:///{home / 'operations.sqlite'}"))
    transcript, calls, *_ = register.find(TakenFilter())
    register.close()
    assert (transcript.what, transcript.name, transcript.calls, transcript.who) == (
        "transcripts",
        "c0102.srt",
        1,
        "local",
    )
    assert calls.rows == calls.calls
    assert (calls.rows or 0) > 1
    assert "a-chen" in calls.chosen
    for file in home.glob("operations.sqlite*"):  # what a log beside it has would be read all the same
        file.unlink()
    (home / "operations.sqlite").write_bytes(b"no database at all" * 100)
    refused = get("/export/call.srt?call=c0102", home)
    assert (refused.status_code, "could not be noted" in refused.text) == (503, True)


def rows_of(found: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(found.content.decode("utf-8-sig"), newline="")))
