"""What a browser gets of Streamlit's front end: the same files, sooner, and a document that knows its server."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_handler

from dashboards.serving.front_end import FOLDER, FrontEnd
from tests.dashboards.serving.conftest import ELSEWHERE, HERE

SCRIPT = next((FOLDER / "static" / "js").glob("index.*.js"))
PATH = f"/static/js/{SCRIPT.name}"


def ask(path: str, *, peer: str = HERE, method: str = "GET", **headers: str) -> httpx.Response:
    """Asks Streamlit's own handler of its files, with the front end before it."""
    app: Any = FrontEnd(create_streamlit_static_handler(str(FOLDER), None))

    async def one() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=(peer, 40000))
        async with httpx.AsyncClient(transport=transport, base_url="http://qa.example.com") as client:
            sent = {"accept-encoding": "identity"} | {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, path, headers=sent)

    return asyncio.run(one())


@pytest.mark.parametrize("path", ["/", "/inbox", "/call?call=a%20b"])
def test_the_document_of_every_page_names_the_product_and_its_server(path: str) -> None:
    found = ask(path, accept="text/html,*/*", accept_encoding="gzip")
    assert found.status_code == 200
    assert "<title>Call QA</title>" in found.text
    assert "BACKEND_BASE_URL: new URL('./', document.baseURI).href" in found.text
    assert int(found.headers["content-length"]) == len(found.content)
    assert found.headers["cache-control"] == "no-cache"


def test_a_browser_with_the_document_of_before_gets_the_new_one() -> None:
    tag = ask("/inbox").headers["etag"]  # Streamlit's, as whoever takes no page is answered
    assert ask("/inbox", accept="text/html", if_none_match=tag).status_code == 200


def test_all_that_the_document_has_fetched_ahead_is_there() -> None:
    named = re.findall(r'rel="(?:modulepreload|preload)"\s[^>]*href="\.([^"]+)"', ask("/", accept="text/html").text)
    assert any("BidiComponent" in name for name in named)
    assert any("MaterialSymbols" in name for name in named)
    assert len(named) == len(set(named))
    assert {ask(name).status_code for name in named} == {200}


def test_a_file_comes_as_it_is_and_stays() -> None:
    found = ask(PATH, accept_encoding="gzip")
    assert (found.status_code, found.content) == (200, SCRIPT.read_bytes())
    assert "content-encoding" not in found.headers
    assert found.headers["content-type"].split(";")[0] in ("text/javascript", "application/javascript")
    assert "immutable" in found.headers["cache-control"]
    assert ask(PATH, if_none_match=found.headers["etag"]).status_code == 304
    head = ask(PATH, method="HEAD")
    assert (head.content, head.headers["content-length"]) == (b"", str(SCRIPT.stat().st_size))


@pytest.mark.parametrize("way", [{"peer": ELSEWHERE}, {"x_forwarded_for": ELSEWHERE}])
def test_another_machine_gets_it_compressed_if_it_can_take_that(way: dict[str, Any]) -> None:
    found = ask(PATH, accept_encoding="gzip, br", **way)
    assert found.headers["content-encoding"] == "gzip"
    assert found.content == SCRIPT.read_bytes()
    assert int(found.headers["content-length"]) < len(found.content) / 2
    assert "content-encoding" not in ask(PATH, **way).headers


def test_a_part_of_a_file_is_streamlits() -> None:
    found = ask(PATH, range="bytes=0-9")
    assert (found.status_code, found.content) == (206, SCRIPT.read_bytes()[:10])


@pytest.mark.parametrize(
    "path", ["/static/js/none.js", "/static/../index.html", "/static/%2e%2e/index.html", "/static/js"]
)
def test_what_is_no_file_of_the_front_end_is_not_answered_as_one(path: str) -> None:
    assert "immutable" not in ask(path).headers.get("cache-control", "")
