"""What is seen, clicked and taken along in a real Chromium."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from qa_pipeline.search.documents import SearchedSentence
from qa_pipeline.search.hits import Hit, hits_in
from qa_pipeline.search.query_reading import parse
from tests import scenario
from tests.dashboards.browsing import expect, expect_no_sideways_scrolling, expect_tiles, open_page, put_back, settle
from tests.scenario import CALLS, HOSTILE_TEXT, LOCAL, ScenarioCall

pytestmark = pytest.mark.browser

DATED = sum(call.call_date is not None for call in CALLS)


def test_the_overview_shows_numbers_charts_and_reasons(page: Any, server: str, tmp_path: Path) -> None:
    open_page(page, server)
    expect_tiles(page, {"Calls": "12", "OK": "7", "Quarantined": "3", "Cost": "US$ 0.0321"})
    page.get_by_text("c0104.wav has one channel; a stereo recording").wait_for()
    page.get_by_text(LOCAL, exact=True).wait_for()
    page.get_by_text("Several engines made the transcripts of these dates").wait_for()
    page.wait_for_function("document.querySelector('[data-testid=stBidiComponent] ,.stBidiComponent')")
    page.screenshot(path=tmp_path / "overview.png", full_page=True)


def test_dates_in_the_url_narrow_the_overview(page: Any, server: str) -> None:
    open_page(page, f"{server}/?from=2025-09-01&to=2025-09-01")
    expect_tiles(page, {"OK": "2", "Partial": "1", "Failed": "0"})


def test_a_chart_leads_to_its_calls_by_mouse_and_by_keyboard_and_back_again(page: Any, server: str) -> None:
    open_page(page, server)
    chart = page.get_by_role("slider", name="Calls", exact=True)
    chart.focus()
    chart.press("Home")
    expect(chart).to_have_attribute("aria-valuetext", "2025-09-01, 1 quarantined, 1 partial, 2 ok")
    chart.press("End")
    chart.press("ArrowLeft")
    chart.press("Enter")
    expect(page).to_have_url(re.compile(r"/calls\?.*from=2025-09-02&to=2025-09-02"))
    settle(page)
    page.go_back()
    page.get_by_role("slider", name="Calls", exact=True).wait_for()
    settle(page)
    expect(page).not_to_have_url(re.compile("from=2025-09-02"))
    place = page.get_by_role("slider", name="Agent's share of talk")
    box = place.bounding_box()
    place.hover(position={"x": box["width"] - 30, "y": box["height"] / 2})
    page.locator(".tip").get_by_text("2025-09-03").wait_for()
    place.click(position={"x": box["width"] - 30, "y": box["height"] / 2})
    expect(page).to_have_url(re.compile(r"/calls\?.*from=2025-09-03&to=2025-09-03&m.talk_ratio=0\.\."))


def test_a_filtered_list_leads_to_the_call_and_back(page: Any, server: str, tmp_path: Path) -> None:
    open_page(page, f"{server}/calls?queue=delivery&from=2025-09-01")
    page.get_by_text("1 call").wait_for()
    page.screenshot(path=tmp_path / "calls.png", full_page=True)
    page.get_by_role("link", name="c0102").click()
    page.wait_for_url("**/call?call=c0102")
    for item in CALLS[1].said:
        page.get_by_text(item.text, exact=True).wait_for()
    expect(page.get_by_text(f"transcribed by {LOCAL}")).to_have_count(2)
    page.screenshot(path=tmp_path / "call.png", full_page=True)
    page.get_by_role("link", name="All calls").click()
    page.wait_for_url("**/calls?queue=delivery&from=2025-09-01")
    page.get_by_role("link", name="c0102").wait_for()
    expect(page.get_by_role("link", name="c0101")).to_have_count(0)


def test_a_search_is_marked_and_outlives_reload_and_back(page: Any, server: str) -> None:
    open_page(page, f"{server}/calls")
    search = page.get_by_role("textbox", name="Search")
    search.fill("customer:REFUND")
    search.press("Enter")
    page.wait_for_url("**/calls?q=customer%3AREFUND")
    page.get_by_text("1 call, 1 hit").wait_for()
    expect(page.locator("mark")).to_have_text(["Refund"])
    page.reload()
    page.get_by_text("1 call, 1 hit").wait_for()
    page.get_by_role("button", name="Clear filters").click()
    page.wait_for_url("**/calls")
    page.get_by_text("12 calls").wait_for()
    page.go_back()
    page.get_by_text("1 call, 1 hit").wait_for()
    expect(search).to_have_value("customer:REFUND")
    page.get_by_role("link", name="0:13").click()
    page.wait_for_url("**/call?call=c0102&t=13&q=customer%3AREFUND")
    sound = page.locator(".instrument[data-ready=true] audio")
    sound.wait_for(state="attached")
    page.wait_for_function("sound => sound.currentTime === 13", arg=sound.element_handle())


SEARCHES = {
    "refund": ["c0102"],
    "REFÚND  late": ["c0102"],
    "ｌａｔｅ OR 退款": ["c0102", "c0101"],
    "burnt|計画|計划": ["c0302", "c0205"],
    "Moment -parcel": ["c0301"],
    '"refund now"': ["c0102"],
    '"late no"': ["c0102"],
    '"refun"': [],
    "agent:refund": ["c0102"],
    "坐席：退款": ["c0101"],
    "customer:(geht OR 退款)": ["c0301"],
    "شكرا": ["c0202"],
    "lucia": ["c0201", "c0102"],
    "id:c010": ["c0104", "c0103", "c0102", "c0101"],
    '"parcel OR': ["c0102"],
    "<script>": ["c0302"],
    "- %": [],
}
"""What is written in the box: the calls that are found, the newest first."""


def said_in(call: ScenarioCall) -> list[SearchedSentence]:
    return [
        SearchedSentence(
            item.role, call.channel(item.role), number, int(item.begin_s * 1000), int(item.end_s * 1000), item.text
        )
        for number, item in enumerate(call.said)
    ]


def marks_of(sentences: list[SearchedSentence], hits: list[Hit]) -> list[str]:
    """What the list marks: the hits in the first three sentences that have some."""
    parts = sorted(part for hit in hits for part in hit.parts)
    shown = list(dict.fromkeys(part.sentence for part in parts))[:3]
    return [sentences[part.sentence].text[part.begin : part.end] for part in parts if part.sentence in shown]


def test_each_way_to_search_finds_counts_and_marks_what_is_said(page: Any, server: str) -> None:
    open_page(page, f"{server}/calls")
    box = page.get_by_role("textbox", name="Search")
    said = {call.call_id: said_in(call) for call in CALLS}
    for text, found in SEARCHES.items():
        hits = [hits_in(said[call], parse(text)) for call in found]
        number = sum(map(len, hits))
        calls = f"{len(found)} call{'' if len(found) == 1 else 's'}"
        counted = f"{calls}, {number} hit{'' if number == 1 else 's'}" if number else calls
        box.fill(text)
        box.press("Enter")
        expect(page.locator("strong", has_text=re.compile(f"^{counted}$"))).to_be_visible()
        marks = [mark for call, own in zip(found, hits, strict=True) for mark in marks_of(said[call], own)]
        expect(page.locator("mark")).to_have_text(marks)
        expect(page.get_by_role("rowheader").get_by_role("link")).to_have_text(found)
    page.go_back()
    expect(box).to_have_value("<script>")
    expect(page.get_by_role("rowheader").get_by_role("link")).to_have_text(["c0302"])
    page.reload()
    expect(page.locator("mark")).to_have_text(["script"] * 3)
    expect(box).to_have_value("<script>")


def test_a_figure_leads_to_its_definition(page: Any, server: str, tmp_path: Path) -> None:
    open_page(page, f"{server}/call?call=c0301")
    chart = page.get_by_role("slider", name="Customer sentiment by quarter")
    expect(chart).to_have_attribute("aria-valuetext", re.compile("Quarter 4, "))
    page.locator(".tile", has_text="Dead air").click()
    page.wait_for_url("**/glossary?metric=dead_air_s")
    page.get_by_role("heading", name="Dead air").first.wait_for()
    page.get_by_text("The customer waits and does not know what happens.").first.wait_for()
    page.screenshot(path=tmp_path / "definition.png", full_page=True)


def test_text_that_is_markup_is_seen_as_text_and_does_nothing(page: Any, server: str) -> None:
    for path in ("/", "/calls?q=script", "/call?call=c0302"):
        open_page(page, server + path)
        page.get_by_role("heading", level=1).wait_for()
        expect(page.locator("script:has-text('owned'), img[src='x'], a[href^='javascript']")).to_have_count(0)
        assert page.title() != "owned"
    page.get_by_text(HOSTILE_TEXT, exact=True).wait_for()
    drawing = page.locator(".drawing")
    drawing.hover(position={"x": drawing.bounding_box()["width"] * 5 / 60, "y": 138})
    page.locator(".tip").get_by_text("<script>").wait_for()
    assert page.title() != "owned"


def test_arabic_begins_at_the_right_and_english_at_the_left(page: Any, server: str) -> None:
    begins = """([element, rightwards]) => {
        const range = document.createRange();
        range.selectNodeContents(element);
        const text = range.getBoundingClientRect(), box = element.getBoundingClientRect();
        const left = text.left - box.left, right = box.right - text.right;
        return rightwards ? right > 50 && 50 > left : left > 50 && 50 > right;
    }"""
    for call, said, rightwards in (("c0202", "شكراً جزيلاً.", False), ("c0102", "My parcel is late.", True)):
        open_page(page, f"{server}/call?call={call}")
        text = page.locator(".text", has_text=said).element_handle()
        page.wait_for_function(begins, arg=[text, rightwards])


def test_the_page_follows_from_nothing_to_the_newest_snapshot(page: Any, server: str, browsed_home: Path) -> None:
    with put_back(browsed_home) as link:
        link.unlink()
        open_page(page, server)
        page.get_by_text("make demo").wait_for()
        scenario.publish_snapshot(browsed_home, CALLS[:4], name="qa-1.duckdb")
        page.get_by_role("button", name="Look again").click()
        expect_tiles(page, {"Calls": "4"})
        scenario.publish_snapshot(browsed_home, CALLS, name="qa-2.duckdb")
        page.reload()
        expect_tiles(page, {"Calls": "12"})


def test_the_list_is_sorted_ticked_taken_along_and_opened(page: Any, server: str, tmp_path: Path) -> None:
    open_page(page, f"{server}/calls?from=2025-09-01&to=2025-09-03&columns=agent,length,talk_ratio")
    table = page.get_by_role("table", name="Calls")
    headings = ["Call", "Agent", "Length", "Agent's share of talk"]
    expect(table.get_by_role("columnheader")).to_have_text(headings, use_inner_text=True)
    page.set_viewport_size({"width": 390, "height": 800})
    expect(table.get_by_role("rowheader")).to_have_count(DATED)  # cards that are still a table
    expect(table.get_by_role("row")).to_have_count(DATED + 1)
    expect_no_sideways_scrolling(page)
    page.set_viewport_size({"width": 1400, "height": 1000})
    ids = page.locator("tbody th[scope=row] a")
    expect(ids).to_have_count(DATED)
    before = ids.all_inner_texts()
    table.get_by_role("button", name="Length").click()
    page.wait_for_url("**&sort=length&order=down")
    page.locator("th[aria-sort=descending]", has_text="Length").wait_for()
    expect(ids).not_to_have_text(before)
    expect(ids).to_have_count(len(before))
    after = ids.all_inner_texts()
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


def test_a_view_is_kept_opened_shared_and_taken_away_again(page: Any, server: str) -> None:
    open_page(page, f"{server}/calls?queue=delivery&dates=all")
    opener = page.get_by_role("button", name="Saved views")
    opener.click()
    page.get_by_text("No view is saved yet.").wait_for()
    page.get_by_label("Save what is chosen as").fill("Late <b>parcels</b>")
    page.get_by_role("button", name="Save", exact=True).click()
    saved = page.get_by_role("link", name="Late <b>parcels</b>")
    saved.wait_for()
    expect(page.get_by_label("Save what is chosen as")).to_have_value("")
    page.goto(f"{server}/calls")
    settle(page)
    page.get_by_text("12 calls").wait_for()
    opener.click()
    saved.click()
    expect(page).to_have_url(f"{server}/calls?queue=delivery&dates=all")
    page.get_by_text("1 call").wait_for()
    page.get_by_role("button", name="Change").click()
    page.get_by_role("button", name="Share it with everybody").click()
    page.get_by_text("shared", exact=True).wait_for()
    page.get_by_role("button", name="Delete").click()
    page.get_by_text("No view is saved yet.").wait_for()
    expect(saved).to_have_count(0)
