"""Every page in both themes, on three widths, in both languages and over every state of the data: what axe-core finds,
what the console says, whether anything is cut off sideways, and what a keyboard reaches.

A page is loaded once for each language; theme and width change under it, as they do under a reader, without a run of
the page. What the languages change is the length of words, what the themes change is colours: each is looked at where
it can differ.
"""

from __future__ import annotations

import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.dashboards.browsing import expect, open_page, opened_tab, point, put_back, settle
from tests.dashboards.test_palette import BACKGROUNDS

pytestmark = pytest.mark.browser

EARLIER_HOME = Path(__file__).resolve().parents[1] / "fixtures" / "home-of-0.1.0.tar.xz"
WIDTHS = (1440, 1280, 390)
LOOKS, BETWEEN_LOOKS_MS = 4, 3000
"""What is still fading, or is being laid out anew for another width, is looked at again."""
LANGUAGES = {"en": "en", "zh": "zh-CN"}

Look = tuple[str, int, tuple[str, ...] | None]
"""Theme, width, and what axe-core looks for: all of it where there are no rules, nothing where it is None."""
ALL_LOOKS: tuple[Look, ...] = (
    ("light", 1440, ()),
    ("light", 1280, None),
    ("light", 390, ()),
    ("dark", 390, ("color-contrast",)),
    ("dark", 1440, ("color-contrast",)),
)
OTHER_LANGUAGE: tuple[Look, ...] = (("light", 1440, ()), ("light", 390, None))

STREAMLITS_OWN: dict[str, dict[str, str]] = {
    "scrollable-region-focusable": {".stTable": "st.table scrolls inside itself on a narrow screen, without focus"},
    "list": {".stSidebar": "pages under headings are lists whose items lie in boxes of their own"},
    "listitem": {".stSidebar": "the same boxes"},
    "presentation-role-conflict": {".stFileUploader": "st.file_uploader names the place to drop files on"},
}
"""Rule of axe-core → widget of Streamlit inside which it is broken, and how."""

PAGES = (
    "/",
    "/calls",
    "/calls?q=nothing+says+this",
    "/agents",
    "/emotions",
    "/pipeline",
    "/rules",
    "/inbox",
    "/evaluations",
    "/scores",
    "/agreement",
    "/form_health",
    "/call?call=c0102&view=Turns",
    "/call?call=nobody",
    "/glossary?metric=dead_air_s",
    "/glossary?find=interruption",
)


def violations(page: Any, *rules: str) -> list[str]:
    """What axe-core finds that is not Streamlit's own: rule, place and message of each."""
    from axe_playwright_python.sync_playwright import Axe

    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    return [
        f"{broken['id']}: {node['html'][:160]} ({'; '.join(item['message'] for item in node['any'])})"
        for broken in Axe().run(page, options=options).response["violations"]
        for node in broken["nodes"]
        if not _is_streamlits(page, broken["id"], node["target"][0])
    ]


def lasting(page: Any, *rules: str) -> list[str]:
    """`violations` that are still there when the page has had time to draw itself."""
    for _ in range(LOOKS - 1):
        if not violations(page, *rules):
            return []
        page.wait_for_timeout(BETWEEN_LOOKS_MS)
    return violations(page, *rules)


def sideways(page: Any, width: int) -> list[str]:
    wide = "Math.max(document.documentElement.scrollWidth, document.querySelector('.stMain').scrollWidth)"
    try:
        page.wait_for_function(f"{wide} <= {width}", timeout=LOOKS * BETWEEN_LOOKS_MS)
    except PlaywrightTimeout:
        return [f"scrolls sideways to {page.evaluate(wide)}"]
    return []


def _is_streamlits(page: Any, rule: str, target: str) -> bool:
    widgets = STREAMLITS_OWN.get(rule, {})
    return any(page.locator(target).first.evaluate(f"node => node.closest('{widget}') !== null") for widget in widgets)


def show_theme(page: Any, theme: str) -> None:
    """Lets the page follow the system to a theme, and waits until it has."""
    page.emulate_media(color_scheme=theme)
    red, green, blue = (int(BACKGROUNDS[theme][at : at + 2], 16) for at in (1, 3, 5))
    page.wait_for_function(
        f"getComputedStyle(document.querySelector('.stApp')).backgroundColor === 'rgb({red}, {green}, {blue})'"
    )


def faults_of(page: Any, looks: tuple[Look, ...] = ALL_LOOKS) -> list[str]:
    """What is wrong with the page that is open."""
    found: list[str] = []
    for theme, width, rules in looks:
        show_theme(page, theme)
        page.set_viewport_size({"width": width, "height": 1000})
        broken = [] if rules is None else lasting(page, *rules)
        found += [f"{theme}, {width}: {fault}" for fault in (*broken, *sideways(page, width))]
    page.set_viewport_size({"width": WIDTHS[0], "height": 1000})
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_shuts_anybody_out(browser: Any, server: str, language: str) -> None:
    with opened_tab(browser, width=WIDTHS[0], locale=LANGUAGES[language]) as page:
        faults = {}
        for path in PAGES:
            open_page(page, server + path)
            page.wait_for_function(f"document.documentElement.lang === '{LANGUAGES[language]}'")
            expect(page, path).to_have_title(re.compile(" · Call QA$"))
            faults[path] = faults_of(page, ALL_LOOKS if language == "en" else OTHER_LANGUAGE)
    assert {path: found for path, found in faults.items() if found} == {}


def test_nor_does_a_page_without_data_or_with_those_of_another_version(
    browser: Any, browsed_home: Path, server: str, tmp_path: Path
) -> None:
    with put_back(browsed_home) as link, opened_tab(browser, width=WIDTHS[0], locale="en-US") as page:
        link.unlink()
        open_page(page, server)
        page.get_by_role("heading", name="Nothing published yet").wait_for()
        faults = {"none": faults_of(page)}
        (tmp_path / "broken.duckdb").write_bytes(b"no database " * 1000)
        point(link, tmp_path / "broken.duckdb")
        page.get_by_role("button", name="Look again").click()
        page.get_by_role("heading", name="The snapshot can't be read").wait_for()
        faults["broken"] = faults_of(page, OTHER_LANGUAGE)
        with tarfile.open(EARLIER_HOME) as archive:
            archive.extractall(tmp_path, filter="data")
        point(link, (tmp_path / "home" / "qa.duckdb").resolve())
        for path in ("/", "/calls", "/call?call=c0101", "/rules"):
            open_page(page, server + path)
            expect(page.get_by_role("alert").filter(has_text="rror")).to_have_count(0)
            faults[f"earlier {path}"] = lasting(page)
    assert {state: found for state, found in faults.items() if found} == {}


def test_the_language_is_switched_by_a_click_and_kept_by_the_browser(browser: Any, server: str) -> None:
    with opened_tab(browser, width=WIDTHS[0], locale="en-US") as page:
        open_page(page, f"{server}/calls")
        page.get_by_role("radio", name="中文").click()
        page.get_by_role("heading", name="通话", exact=True).wait_for()
        page.wait_for_url("**/calls?lang=zh")
        page.get_by_role("textbox", name="搜索").fill("x")
        page.get_by_text("按 Enter 键应用").wait_for()  # what a widget of Streamlit says itself
        page.get_by_role("textbox", name="搜索").fill("")
        page.get_by_role("link", name="总览").click()
        page.get_by_role("heading", name="总览", exact=True).wait_for()
        another = page.context.new_page()
        open_page(another, f"{server}/calls")
        another.get_by_role("heading", name="通话", exact=True).wait_for()
        open_page(another, f"{server}/calls?lang=en")
        another.get_by_role("heading", name="Calls", exact=True).wait_for()


def test_a_keyboard_passes_the_navigation_and_shows_where_it_is(browser: Any, server: str) -> None:
    with opened_tab(browser, width=WIDTHS[0], locale="en-US") as page:
        open_page(page, f"{server}/glossary")
        page.get_by_role("link", name="Skip to main content").wait_for(state="attached")
        page.keyboard.press("Tab")
        page.wait_for_function("document.activeElement.textContent === 'Skip to main content'")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.wait_for_function("document.querySelector('.stMain').contains(document.activeElement)")
        style = "getComputedStyle(document.activeElement)"
        page.wait_for_function(f"{style}.outlineStyle + {style}.boxShadow !== 'nonenone'")
        settle(page)
