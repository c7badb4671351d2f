"""A Chromium that is watched: when a page has settled, what it cost the browser's processes, how large it became."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
QUIET_S = 1.0
PATIENCE_S = 120.0
POLL_S = 0.1

_WATCH = """
const changed = () => { window.changedAt = Date.now(); };
const watch = (root) => new MutationObserver(changed)
  .observe(root, {subtree: true, childList: true, attributes: true, characterData: true});
changed();
watch(document);
// what a document's observer sees ends at a shadow root, and components of our own draw below one each
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (options) {
  const root = attach.call(this, options);
  changed();
  watch(root);
  return root;
};
"""
_STATE = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  const isIdle = !!app && app.getAttribute('data-test-script-state') === 'notRunning'
    && !!document.querySelector('[data-testid="stMainBlockContainer"] [data-testid="stElementContainer"]')
    && !document.querySelector('[data-testid="stSkeleton"]');
  // components of our own draw below a shadow root each
  const below = (each) => 1 + (each.shadowRoot ? count(each.shadowRoot) : 0);
  const count = (root) => [...root.querySelectorAll('*')].reduce((sum, each) => sum + below(each), 0);
  return [isIdle, window.changedAt, Date.now(), count(document)];
}"""
_CONTROLS = (
    '[data-testid="stMain"] [data-testid="stButtonGroup"] button[aria-checked="false"]',
    '[data-testid="stMain"] [data-testid="stButtonGroup"] button:not([kind$="Active"])',
)
_DATE_FIELD = '[data-testid="stMain"] [data-testid="stDateInput"] input'


_LOOK = """
(selector) => {
  const roots = [document];
  const look = () => {
    if (!window.seenAt && roots.some((root) => root.querySelector(selector))) {
      window.seenAt = -1;
      // a frame's callback comes before its painting, the next one's after it
      requestAnimationFrame(() => requestAnimationFrame(() => { window.seenAt = Date.now(); }));
    }
  };
  const watch = (root) => {
    roots.push(root);
    new MutationObserver(look).observe(root, {subtree: true, childList: true, attributes: true});
  };
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    watch(root);
    return root;
  };
  watch(document);
}
"""


class Unsettled(RuntimeError):
    """A page did not come to rest."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A page at rest: seconds from the click to its last change, processor seconds of all of the browser's processes
    until then and a second after, and its elements."""

    seconds: float
    browser_cpu_s: float
    nodes: int


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield browser
        browser.close()


def new_page(browser: Browser) -> Page:
    """A new visitor's empty page, 1440 × 900."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(_WATCH)
    return page


def watch_for(page: Page, selector: str) -> None:
    """Has each document that this page opens from now on note when an element is first on the screen."""
    page.add_init_script(f"({_LOOK})({json.dumps(selector)})")


def seen_at(page: Page) -> float:
    """When the element that the page watches for was first on the screen, in seconds since 1970, as the browser has
    noted: whoever asks for it by a locator learns it up to half a second later."""
    page.wait_for_function("window.seenAt > 0")
    return float(page.evaluate("window.seenAt")) / 1000


def opened(browser: Browser, page: Page, url: str) -> Settled:
    """Opens an address and waits until the page is at rest.

    Raises:
        Unsettled: it is not after two minutes.
    """
    before, began = _cpu_s(browser), time.time()
    page.goto(url, wait_until="commit")
    return _rest(browser, page, began, before)


def changed(browser: Browser, page: Page) -> Settled | None:
    """Changes the first filter that the page has, and waits; None where it has none."""
    for selector in _CONTROLS:
        control = page.locator(selector).first
        if control.count():
            before, began = _cpu_s(browser), time.time()
            control.click()
            return _rest(browser, page, began, before)
    field = page.locator(_DATE_FIELD).first
    if not field.count():
        return None
    field.click()
    field.press("Control+a")
    value = field.input_value()
    day = "15" if not value.endswith("15") else "16"
    before, began = _cpu_s(browser), time.time()
    field.type(f"{value[:-2]}{day}")
    field.press("Enter")
    return _rest(browser, page, began, before)


def pages_of(page: Page) -> dict[str, str]:
    """The title and address of each page in the app's navigation."""
    links = page.locator('[data-testid="stTopNavLink"], [data-testid="stSidebarNavLink"]')
    return {link.inner_text().strip().splitlines()[-1]: str(link.get_attribute("href")) for link in links.all()}


def full_runs(page: Page) -> list[str]:
    """What asks the server for a run of the whole page from here on; fragments that look for newer data do not."""
    from streamlit.proto.BackMsg_pb2 import BackMsg

    found: list[str] = []

    def sent(payload: Any) -> None:
        if isinstance(payload, bytes):
            message = BackMsg.FromString(payload)
            if message.WhichOneof("type") == "rerun_script" and not message.rerun_script.fragment_id:
                found.append(message.rerun_script.query_string)

    page.on("websocket", lambda socket: socket.on("framesent", sent))
    return found


def _rest(browser: Browser, page: Page, began: float, cpu_before_s: float) -> Settled:
    while time.time() - began < PATIENCE_S:
        time.sleep(POLL_S)
        is_idle, changed_ms, now_ms, nodes = page.evaluate(_STATE)
        if is_idle and now_ms - changed_ms > QUIET_S * 1000 and now_ms / 1000 - began > QUIET_S:
            return Settled(max(0.0, changed_ms / 1000 - began), _cpu_s(browser) - cpu_before_s, nodes)
    raise Unsettled(f"{page.url} is not at rest after {PATIENCE_S:.0f} s")


def _cpu_s(browser: Browser) -> float:
    """Processor seconds of all processes of the browser, since each began."""
    session = browser.new_browser_cdp_session()
    try:
        return float(sum(process["cpuTime"] for process in session.send("SystemInfo.getProcessInfo")["processInfo"]))
    finally:
        session.detach()
