"""The page of rules in a real Chromium: filter, address, reload, Back; a hit that plays; tester; comparison."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.dashboards.browsing import choose, expect, open_page, serve, settle
from tests.dashboards.test_faces import LANGUAGES, OTHER_LANGUAGE, faults_of, lasting
from tests.scenario import CALLS

pytestmark = pytest.mark.browser

NEVER = "id: greeting\ntitle: Greets the customer\ncondition:\n  phrases: {any: [never said]}\n  role: agent\n"
DATES = "from=2025-09-01&to=2025-09-03"
VIEWS = (f"/rules?{DATES}", f"/rules?{DATES}&id=greeting", "/rules?view=try&id=greeting&call=c0101",
         f"/rules?view=compare&{DATES}")  # fmt: skip


@pytest.fixture(scope="module")
def address(ruled_home: Path, rules_project: Path, recordings: Path) -> Iterator[str]:
    with serve(ruled_home, recordings, QA_CONFIG=str(rules_project)) as found:
        yield found


def test_a_filter_outlives_reload_and_back_and_a_hit_plays(page: Any, address: str) -> None:
    open_page(page, f"{address}/rules?{DATES}")
    page.get_by_role("link", name="Greets the customer").first.wait_for()
    choose(page, "Tag", "compliance")
    page.wait_for_url("**/rules?*tag=compliance*")
    expect(page.get_by_role("link", name="Greets the customer")).to_have_count(0)
    page.reload()
    page.get_by_role("link", name="Promises what nobody may promise").first.wait_for()
    expect(page.get_by_role("link", name="Greets the customer")).to_have_count(0)
    page.get_by_role("link", name="Promises what nobody may promise").first.click()
    page.wait_for_url("**/rules?*id=promise*")
    page.go_back()
    page.wait_for_url("**/rules?*tag=compliance*")

    open_page(page, f"{address}/rules?{DATES}&id=greeting")
    region = page.get_by_role("region", name="Newest hits")
    region.get_by_role("link", name=re.compile("▶")).first.click()
    page.wait_for_url(re.compile(r"/call\?call=c\d+&t="))
    instrument = page.locator(".instrument[data-ready=true]")
    instrument.wait_for()
    expect(instrument.locator(".at")).not_to_have_text("0:00.0")
    finding = instrument.locator(".finding", has_text="Greets the customer").first
    expect(finding).to_contain_text("Rule · Agent · Greets the customer · low")


def test_rules_are_markers_that_keys_reach(page: Any, address: str) -> None:
    open_page(page, f"{address}/call?call=c0102")
    instrument = page.locator(".instrument[data-ready=true]")
    instrument.wait_for()
    for chip in instrument.locator(".kinds .chip").all():
        if not chip.inner_text().startswith("Rule"):
            chip.click()
    rules = instrument.locator(".finding")
    expect(rules.first).to_contain_text("Rule")
    instrument.locator(".drawing").focus()
    page.keyboard.press("j")
    expect(instrument.locator(".finding[aria-current=true]")).to_have_count(1)


def test_a_rule_is_tried_on_what_is_pasted(page: Any, address: str) -> None:
    open_page(page, f"{address}/rules?view=try&rule_from=yaml&on=text")
    page.get_by_role("textbox", name="The rule, as YAML").fill("id: a\ntitle: Says it\ncondition:\n  phrases: [it]\n")
    page.get_by_role("textbox", name="What is said").fill("0:02 agent: I said it.")
    page.get_by_role("button", name="Try it").click()
    page.get_by_text("the pasted rule, line 4", exact=False).wait_for()
    page.get_by_role("textbox", name="The rule, as YAML").fill(
        "id: a\ntitle: Says it\ncondition:\n  phrases: {any: [said it]}\n"
    )
    page.get_by_role("button", name="Try it").click()
    page.get_by_role("heading", name="Says it: hit").wait_for()
    expect(page.get_by_role("region", name="Says it: hit")).to_contain_text("said it")


def test_a_change_is_compared_while_the_page_shows_how_far_it_is(page: Any, address: str) -> None:
    open_page(page, f"{address}/rules?view=compare&{DATES}")
    page.get_by_role("textbox", name="The changed rule, as YAML").fill(NEVER)
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_text(re.compile(f"{sum(each.said != () for each in CALLS)}|calls judged by both")).first.wait_for()
    flips = page.get_by_role("region", name="Calls that flip")
    flips.get_by_role("link", name=re.compile("▶")).first.wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="All calls that flip, as CSV").click()
    assert Path(download.value.path()).read_text(encoding="utf-8-sig").startswith("rule_id,call_id,")
    assert lasting(page) == []
    flips.get_by_role("link", name=re.compile("▶")).first.click()
    page.wait_for_url(re.compile(r"/call\?call=c\d+&t="))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_view_shuts_anybody_out(browser: Any, address: str, language: str) -> None:
    from tests.dashboards.browsing import opened_tab

    with opened_tab(browser, width=1440, locale=LANGUAGES[language]) as page:
        faults = {}
        for path in VIEWS:
            open_page(page, address + path)
            settle(page)
            faults[path] = faults_of(page) if language == "en" else faults_of(page, OTHER_LANGUAGE)
    assert {path: found for path, found in faults.items() if found} == {}
