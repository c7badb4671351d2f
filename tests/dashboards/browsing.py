"""The dashboards in a real Chromium on a real Streamlit server.

What a page shows comes when the browser gets to it, so it is read by what waits: `expect`, `wait_for` and
`wait_for_function`, which have a minute on a busy machine. A value that is read right after waiting for something else
is the value of before now and then.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect, sync_playwright

from samples.dashboards_server import dashboards_server

PATIENCE_MS = 60_000
SHORT_PATIENCE_MS = 6_000
expect.set_options(timeout=PATIENCE_MS)

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def serve(home: Path, recordings: Path, *options: str, port: int | None = None, **settings: str) -> Iterator[str]:
    """A Streamlit server for `home` on a loopback port; its address. `options` are Streamlit's, `settings` more
    environment variables."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("QA_", "DASHSCOPE_"))}
    environment |= {"QA_HOME": str(home), "QA_RECORDINGS": str(recordings), "QA_TIMEZONE": "Asia/Shanghai", **settings}
    with dashboards_server(environment, *options, port=port) as (address, _):
        yield address


@contextmanager
def put_back(home: Path) -> Iterator[Path]:
    """The link to what is published, which shows again in the end what it shows now."""
    link = home / "qa.duckdb"
    shown = link.resolve()
    try:
        yield link
    finally:
        point(link, shown)


def point(link: Path, snapshot: Path) -> None:
    new = link.with_name(".new")
    new.symlink_to(snapshot)
    os.replace(new, link)  # noqa: PTH105 - a rename over the old link is what is meant


@contextmanager
def started_browser() -> Iterator[Any]:
    """A Chromium; where there is none, the test is skipped or, with QA_REQUIRE_BROWSER=1, fails."""
    if not CHROMIUM.exists():
        reason = f"{CHROMIUM} is not installed"
        pytest.fail(reason) if os.environ.get("QA_REQUIRE_BROWSER") == "1" else pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield chromium
        chromium.close()


@contextmanager
def opened_tab(browser: Any, *, width: int = 1400, **context: Any) -> Iterator[Any]:
    """A tab of a reader of its own. A script error, an error in the console or a request to any other machine fails
    the test."""
    reader = browser.new_context(viewport={"width": width, "height": 1000}, **context)
    tab = reader.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda message: faults.extend(_console_fault(message)))
    tab.on("request", lambda request: faults.extend(_foreign_request(request.url)))
    yield tab
    reader.close()
    assert faults == []


def _console_fault(message: Any) -> list[str]:
    """Streamlit looks for its server below the page's own path first, and is answered 404 there. On a busy machine it
    gives up the wait for an answer, says so in the console, and asks again."""
    url = str(message.location.get("url", ""))
    is_probe = any(
        probe in text for probe in ("/_stcore/health", "/_stcore/host-config") for text in (url, message.text)
    )
    return [f"{message.text} ({url})"] if message.type == "error" and not is_probe else []


def _foreign_request(url: str) -> list[str]:
    return [] if url.startswith(("http://127.0.0.1:", "data:", "blob:")) else [f"request to {url}"]


def open_page(page: Any, address: str) -> None:
    """Opens an address and waits until Streamlit has finished with it."""
    page.goto(address)
    settle(page)


def settle(page: Any) -> None:
    """Waits until the script behind the page has run to its end."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def choose(page: Any, name: str, option: str) -> None:
    """Chooses of a list by keyboard. A list that is open closes when the page scrolls or a run of the page ends, which
    a busy machine does late: it is opened again until the choice is taken."""
    box = page.get_by_role("combobox", name=name)
    choice = page.get_by_role("option", name=option, exact=True)
    box.scroll_into_view_if_needed()
    settle(page)
    for _ in range(9):
        box.press("ArrowDown")
        with suppress(PlaywrightTimeout):
            choice.click(timeout=SHORT_PATIENCE_MS)
            return
    box.press("ArrowDown")
    choice.click()


def expect_tiles(page: Any, values: Mapping[str, str]) -> None:
    """Waits until the tiles of these names have these values."""
    for name, value in values.items():
        box = page.locator(".tile").filter(has=page.locator(".name").get_by_text(name, exact=True))
        expect(box.locator(".value")).to_have_text(value)


def expect_no_sideways_scrolling(page: Any) -> None:
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
