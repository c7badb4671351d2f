"""Masked places in a real Chromium: what is marked, what a screen reader says, how somebody with the right looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.looks.log import LooksFilter, open_looks
from tests.dashboards.browsing import expect, expect_no_sideways_scrolling, open_page, serve
from tests.dashboards.masking import CALL, CARD_MS, MASKED, RAW, masked_home

pytestmark = pytest.mark.browser

SENTENCE = '.sentence[data-sentence="1"]'
PICK = """(picks) => {
    window.picked = [];
    document.addEventListener("qa:picked", ({ detail }) => {
        window.picked.push(...detail.sentences.map((each) => each.text));
    });
    document.dispatchEvent(new CustomEvent("qa:picking", { detail: { picks } }));
}"""
LOUD = """async ([at, until]) => {
    const address = document.querySelector(".instrument")?.querySelector("audio").src
        || [...document.querySelectorAll("*")].map((each) => each.shadowRoot?.querySelector("audio")).find(Boolean).src;
    const context = new OfflineAudioContext(2, 1, 8000);
    const sound = await context.decodeAudioData(await (await fetch(address)).arrayBuffer());
    return Math.max(...sound.getChannelData(1).slice(at * 8, until * 8).map(Math.abs));
}"""


@pytest.fixture(scope="module")
def masked(
    published_home: Path, recordings: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str]]:
    home = masked_home(published_home, tmp_path_factory.mktemp("masked"))
    with serve(home, recordings) as address:
        yield home, address


def test_somebody_with_the_right_says_why_sees_it_hears_it_and_masks_it_again(
    masked: tuple[Path, str], page: Any
) -> None:
    home, address = masked
    open_page(page, f"{address}/call?call={CALL}")
    sentence = page.locator(SENTENCE)
    expect(sentence).to_have_text(MASKED[0])
    expect(page.get_by_role("img", name="masked: card number")).to_have_text("[card]")
    expect(page.locator(".masking-note")).to_contain_text("Masked places: 2.")
    expect(page.get_by_role("button", name="Masked 2")).to_be_visible()
    expect(page.locator(".finding").filter(has_text="Masked · Customer · card number")).to_be_visible()
    assert page.evaluate(LOUD, list(CARD_MS)) == 0

    page.get_by_role("button", name="Show what was masked").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("textbox")).to_be_focused()
    dialog.get_by_role("button", name="Show", exact=True).click()
    expect(dialog).to_be_visible()  # nobody looks without saying why
    dialog.get_by_role("textbox").fill("the customer asked which card it was")
    dialog.get_by_role("button", name="Show", exact=True).click()
    expect(sentence).to_have_text(RAW[0])
    expect(page.locator(".masking-note")).to_contain_text("Sentences shown as they were said: 2.")
    expect(page.locator(".said")).to_have_text("This look is in the log.")

    page.evaluate(PICK, True)
    sentence.click()
    assert page.evaluate("window.picked") == [MASKED[0]], (
        "what stands beside the transcript is told no more than before"
    )
    page.evaluate(PICK, False)

    page.get_by_role("button", name="Show what was masked").click()
    dialog.get_by_label("The sound, played here").check()
    dialog.get_by_role("textbox").fill("was it read out in whole?")
    dialog.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".masking-note")).to_contain_text("What was masked is heard.")
    assert page.evaluate(LOUD, list(CARD_MS)) > 0.1

    page.get_by_role("button", name="Mask it again").click()
    expect(sentence).to_have_text(MASKED[0])
    assert page.evaluate(LOUD, list(CARD_MS)) == 0
    assert "customer" not in page.url.partition("?")[2]
    log = open_looks(f"sqlite:///{home / 'operations.sqlite'}")
    assert [look.what for look in log.find(LooksFilter())] == ["sound", "text"]
    log.close()


def test_on_a_phone_in_chinese_the_dialog_fits(masked: tuple[Path, str], page: Any) -> None:
    _, address = masked
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, f"{address}/call?call={CALL}&lang=zh")
    page.get_by_role("button", name="显示被遮盖的内容").click()
    box = page.get_by_role("dialog").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.get_by_role("button", name="取消").click()
    expect(page.get_by_role("img", name="已遮盖：卡号")).to_be_visible()
    expect_no_sideways_scrolling(page)
