"""The dashboards in a real Chromium on a real Streamlit server: what is seen, clicked and heard.

Every test also fails on a script error, an error in the console, or a request to any other machine.
"""

from __future__ import annotations

import csv
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests import scenario
from tests.scenario import CALLS, HOSTILE_TEXT, LOCAL

pytestmark = pytest.mark.browser

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
STARTUP_S = 300
PATIENCE_MS = 60_000


@contextmanager
def serve(home: Path, recordings: Path) -> Iterator[str]:
    """A Streamlit server for `home` on a free loopback port; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("QA_", "DASHSCOPE_"))}
    environment |= {
        "QA_HOME": str(home),
        "QA_RECORDINGS": str(recordings),
        "QA_TIMEZONE": "Asia/Shanghai",
        "PYTHONPATH": str(scenario.ROOT),
    }
    command = [sys.executable, "-m", "streamlit", "run", "dashboards/app.py", "--server.port", str(port)]
    with subprocess.Popen(
        command, cwd=scenario.ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_healthy(address, server)
            yield address
        finally:
            server.terminate()


def _wait_until_healthy(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTUP_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=60) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the Streamlit server did not start")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        reason = f"{CHROMIUM} is not installed"
        pytest.fail(reason) if os.environ.get("QA_REQUIRE_BROWSER") == "1" else pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def server(published_home: Path, recordings: Path) -> Iterator[str]:
    with serve(published_home, recordings) as address:
        yield address


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh tab; whatever goes wrong in it fails the test."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda message: faults.extend(_console_fault(message)))
    tab.on("request", lambda request: faults.extend(_foreign_request(request.url)))
    yield tab
    context.close()
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


def tile(page: Any, name: str) -> str:
    """The value of the tile of that name."""
    box = page.locator(".tile").filter(has=page.locator(".name").get_by_text(name, exact=True))
    return str(box.locator(".value").inner_text()).replace("\u00a0", " ")


def test_the_overview_shows_numbers_charts_and_reasons(page: Any, server: str, tmp_path: Path) -> None:
    open_page(page, server)
    assert [tile(page, name) for name in ("Calls", "OK", "Quarantined", "Cost")] == ["12", "7", "3", "US$ 0.0321"]
    page.get_by_text("c0104.wav has one channel; a stereo recording").wait_for()
    page.get_by_text(LOCAL, exact=True).wait_for()
    page.get_by_text("Several engines made the transcripts of these dates").wait_for()
    page.wait_for_function("document.querySelector('[data-testid=stBidiComponent] ,.stBidiComponent')")
    page.screenshot(path=tmp_path / "overview.png", full_page=True)


def test_dates_in_the_url_narrow_the_overview(page: Any, server: str) -> None:
    open_page(page, f"{server}/?from=2025-09-01&to=2025-09-01")
    assert (tile(page, "OK"), tile(page, "Partial"), tile(page, "Failed")) == ("2", "1", "0")


def test_a_chart_leads_to_its_calls_by_mouse_and_by_keyboard_and_back_again(page: Any, server: str) -> None:
    open_page(page, server)
    chart = page.get_by_role("slider", name="Calls", exact=True)
    chart.focus()
    chart.press("Home")
    assert chart.get_attribute("aria-valuetext") == "2025-09-01, 1 quarantined, 1 partial, 2 ok"
    chart.press("End")
    chart.press("ArrowLeft")
    chart.press("Enter")
    page.wait_for_url("**/calls?**")
    assert "from=2025-09-02&to=2025-09-02" in page.url
    settle(page)
    page.go_back()
    page.get_by_role("slider", name="Calls", exact=True).wait_for()
    settle(page)
    assert "from=2025-09-02" not in page.url
    place = page.get_by_role("slider", name="Agent's share of talk")
    box = place.bounding_box()
    place.hover(position={"x": box["width"] - 30, "y": box["height"] / 2})
    page.locator(".tip").get_by_text("2025-09-03").wait_for()
    place.click(position={"x": box["width"] - 30, "y": box["height"] / 2})
    page.wait_for_url("**/calls?**")
    assert "from=2025-09-03&to=2025-09-03&m.talk_ratio=0.." in page.url


def test_a_filtered_list_leads_to_the_call_and_back(page: Any, server: str, tmp_path: Path) -> None:
    open_page(page, f"{server}/calls?queue=delivery&from=2025-09-01")
    page.get_by_text("1 call").wait_for()
    page.screenshot(path=tmp_path / "calls.png", full_page=True)
    page.get_by_role("link", name="c0102").click()
    page.wait_for_url("**/call?call=c0102")
    for item in CALLS[1].said:
        page.get_by_text(item.text, exact=True).wait_for()
    assert page.get_by_text(f"transcribed by {LOCAL}").count() == 2
    page.screenshot(path=tmp_path / "call.png", full_page=True)
    page.get_by_role("link", name="All calls").click()
    page.wait_for_url("**/calls?queue=delivery&from=2025-09-01")
    page.get_by_role("link", name="c0102").wait_for()
    assert page.get_by_role("link", name="c0101").count() == 0


def test_a_search_is_marked_and_outlives_reload_and_back(page: Any, server: str) -> None:
    open_page(page, f"{server}/calls")
    search = page.get_by_role("textbox", name="Search")
    search.fill("customer:REFUND")
    search.press("Enter")
    page.wait_for_url("**/calls?q=customer%3AREFUND")
    page.get_by_text("1 call, 1 hit").wait_for()
    assert page.locator("mark").all_text_contents() == ["Refund"]
    page.reload()
    page.get_by_text("1 call, 1 hit").wait_for()
    page.get_by_role("button", name="Clear filters").click()
    page.wait_for_url("**/calls")
    page.get_by_text("12 calls").wait_for()
    page.go_back()
    page.get_by_text("1 call, 1 hit").wait_for()
    assert search.input_value() == "customer:REFUND"
    page.get_by_role("link", name="0:13").click()
    page.wait_for_url("**/call?call=c0102&t=13&q=customer%3AREFUND")
    sound = page.locator(".instrument[data-ready=true] audio")
    sound.wait_for(state="attached")
    assert sound.evaluate("sound => sound.currentTime") == 13


def test_a_figure_leads_to_its_definition(page: Any, server: str, tmp_path: Path) -> None:
    open_page(page, f"{server}/call?call=c0301")
    page.wait_for_function("document.querySelectorAll('[data-testid=stVegaLiteChart] svg').length === 1")
    page.get_by_role("link", name="Dead air").click()
    page.wait_for_url("**/glossary?metric=dead_air_s")
    page.get_by_role("heading", name="Dead air").first.wait_for()
    page.get_by_text("The customer waits and does not know what happens.").first.wait_for()
    page.screenshot(path=tmp_path / "definition.png", full_page=True)


def test_text_that_is_markup_is_seen_as_text_and_does_nothing(page: Any, server: str) -> None:
    for path in ("/", "/calls?q=script", "/call?call=c0302"):
        open_page(page, server + path)
        assert page.title() != "owned"
        assert page.locator("script:has-text('owned'), img[src='x'], a[href^='javascript']").count() == 0
    page.get_by_text(HOSTILE_TEXT, exact=True).wait_for()
    drawing = page.locator(".drawing")
    drawing.hover(position={"x": drawing.bounding_box()["width"] * 5 / 60, "y": 138})
    page.locator(".tip").get_by_text("<script>").wait_for()
    assert page.title() != "owned"


def test_arabic_begins_at_the_right_and_english_at_the_left(page: Any, server: str) -> None:
    where = """element => {
        const range = document.createRange();
        range.selectNodeContents(element);
        const text = range.getBoundingClientRect(), box = element.getBoundingClientRect();
        return [text.left - box.left, box.right - text.right];
    }"""
    open_page(page, f"{server}/call?call=c0202")
    left, right = page.locator(".text", has_text="شكراً جزيلاً.").evaluate(where)
    assert left > 50 > right
    open_page(page, f"{server}/call?call=c0102")
    left, right = page.locator(".text", has_text="My parcel is late.").evaluate(where)
    assert right > 50 > left


def test_a_narrow_screen_needs_no_sideways_scrolling(page: Any, server: str, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    for path in ("/", "/calls", "/call?call=c0102", "/call?call=c0102&view=Turns", "/glossary?metric=talk_ratio"):
        open_page(page, server + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.screenshot(path=tmp_path / "narrow.png", full_page=True)


def test_the_page_follows_from_nothing_to_the_newest_snapshot(page: Any, tmp_path: Path, recordings: Path) -> None:
    with serve(tmp_path, recordings) as address:
        open_page(page, address)
        page.get_by_text("make demo").wait_for()
        scenario.publish_snapshot(tmp_path, CALLS[:4], name="qa-1.duckdb")
        page.get_by_role("button", name="Look again").click()
        page.locator(".tile").first.wait_for()
        assert tile(page, "Calls") == "4"
        scenario.publish_snapshot(tmp_path, CALLS, name="qa-2.duckdb")
        page.reload()
        page.locator(".tile").first.wait_for()
        settle(page)
        assert tile(page, "Calls") == "12"


def listed(page: Any) -> list[str]:
    """The ids of the calls in the table, from top to bottom."""
    return [str(name) for name in page.locator("tbody th[scope=row] a").all_inner_texts()]


def test_the_list_is_sorted_ticked_taken_along_and_opened(page: Any, server: str, tmp_path: Path) -> None:
    open_page(page, f"{server}/calls?from=2025-09-01&to=2025-09-03&columns=agent,length,talk_ratio")
    table = page.get_by_role("table", name="Calls")
    assert table.get_by_role("columnheader").all_inner_texts() == ["Call", "Agent", "Length", "Agent's share of talk"]
    before = listed(page)
    table.get_by_role("button", name="Length").click()
    page.wait_for_url("**&sort=length&order=down")
    page.locator("th[aria-sort=descending]", has_text="Length").wait_for()
    after = listed(page)
    assert after != before
    assert sorted(after) == sorted(before)

    with page.expect_download() as whole:
        page.get_by_role("link", name="CSV").click()
    whole.value.save_as(tmp_path / "calls.csv")
    with (tmp_path / "calls.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["call_id"] for row in rows] == after
    assert list(rows[0]) == ["call_id", "agent_id", "agent_name", "duration_s", "talk_ratio"]

    page.get_by_role("checkbox", name=f"Select call {after[2]}").check()
    page.get_by_text("1 selected").wait_for()
    with page.expect_download() as ticked:
        page.get_by_role("link", name="Excel").click()
    ticked.value.save_as(tmp_path / "calls.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "calls.xlsx")["calls"]
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [after[2]]

    page.evaluate("window.sameDocument = true")
    table.get_by_role("link", name=after[0], exact=True).click()
    page.wait_for_url(f"**/call?call={after[0]}")
    page.get_by_role("heading", name=after[0]).wait_for()
    assert page.evaluate("window.sameDocument") is True


def test_a_narrow_screen_shows_the_list_as_cards_that_are_still_a_table(page: Any, server: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    open_page(page, f"{server}/calls?from=2025-09-01&to=2025-09-03")
    table = page.get_by_role("table", name="Calls")
    table.wait_for()
    assert table.get_by_role("row").count() > len(listed(page))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
