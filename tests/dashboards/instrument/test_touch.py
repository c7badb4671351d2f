"""The instrument under fingers: a tap seeks, a drag pans, two fingers zoom, and the page scrolls as elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.dashboards.browsing import expect, open_page, opened_tab

pytestmark = pytest.mark.browser

STEPS = 8
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"


@pytest.fixture
def phone(browser: Any) -> Iterator[Any]:
    with opened_tab(browser, width=390, has_touch=True, is_mobile=True, device_scale_factor=2) as tab:
        yield tab


class Fingers:
    """Touches a page as its screen would."""

    def __init__(self, page: Any) -> None:
        self._session = page.context.new_cdp_session(page)

    def move(self, *paths: tuple[tuple[float, float], tuple[float, float]]) -> None:
        """A finger per path, from its beginning to its end, all at once."""
        self._send("touchStart", [begin for begin, _ in paths])
        for step in range(1, STEPS + 1):
            share = step / STEPS
            self._send(
                "touchMove",
                [(x + (to_x - x) * share, y + (to_y - y) * share) for (x, y), (to_x, to_y) in paths],
            )
        self._send("touchEnd", [])

    def _send(self, kind: str, places: list[tuple[float, float]]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def left_of(page: Any) -> float:
    """Where the stretch that is shown begins, in % of the call."""
    return float(page.locator(".rail .window").evaluate("each => parseFloat(each.style.left)"))


def test_fingers_seek_pan_and_zoom_and_scroll_the_page(phone: Any, server: str) -> None:
    open_page(phone, f"{server}/call?call=c0102")
    section = phone.locator(".instrument[data-ready=true]")
    section.wait_for()
    drawing = section.locator(".drawing")
    drawing.scroll_into_view_if_needed()
    fingers, box = Fingers(phone), drawing.bounding_box()
    middle, y = box["x"] + box["width"] / 2, box["y"] + 40
    phone.touchscreen.tap(middle, y)
    expect(section.locator(".at")).to_have_text(re.compile("0:40"))

    expect(section.locator(".rail")).to_be_hidden()
    fingers.move(((middle - 20, y), (middle - 90, y)), ((middle + 20, y), (middle + 90, y)))
    expect(section.locator(".rail")).to_be_visible()
    expect(section.locator(".at")).to_have_text(re.compile("0:40"))

    before = left_of(phone)
    fingers.move(((middle + 60, y), (middle - 60, y)))
    window = section.locator(".rail .window").element_handle()
    phone.wait_for_function("([window, before]) => parseFloat(window.style.left) > before + 1", arg=[window, before])
    expect(section.locator(".at")).to_have_text(re.compile("0:40"))

    top = phone.evaluate(SCROLLED)
    fingers.move(((middle, y + 20), (middle, y - 180)))
    phone.wait_for_function(f"top => {SCROLLED} > top + 50", arg=top)
    expect(section.locator(".at")).to_have_text(re.compile("0:40"))
