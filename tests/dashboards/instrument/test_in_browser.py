"""The instrument in a real Chromium: what is lit, what sounds, and that no click runs the page."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks.browsing import full_runs
from tests import scenario
from tests.dashboards.browsing import expect, expect_no_sideways_scrolling, open_page, put_back, settle
from tests.scenario import CALLS, HOSTILE_TEXT

pytestmark = pytest.mark.browser

NEAR_MS = 150
SAMPLES, LOOKS = 20, 4
LONG, LONG_S, STEP_MS = "c0309", 12 * 3600, 3000
"""A call of twelve hours with a sentence every three seconds."""
SINGLE = "c0310"
"""What was said in c0102, on one channel and without roles."""

LISTEN = """section => {
    const sound = section.querySelector("audio");
    window.seeks = [];
    sound.addEventListener("seeking", () => window.seeks.push(sound.currentTime * 1000));
}"""
SAMPLE = """section => [
    section.querySelector("audio").currentTime * 1000,
    [...section.querySelectorAll(".sentence.lit")].map((each) => Number(each.dataset.sentence)),
]"""
STANDS = """list => {
    window.frames = list.scrollTop === window.top_before ? window.frames + 1 : 0;
    window.top_before = list.scrollTop;
    return list.scrollTop > 0 && window.frames > 10;
}"""


@pytest.fixture(scope="module")
def address(server: str, browsed_home: Path, recordings: Path) -> Iterator[str]:
    """The scenario with a call of twelve hours, whose sound is a file full of holes."""
    sound = recordings / "2025-09-03" / f"{LONG}.wav"
    with wave.open(str(sound), "wb") as header:
        header.setparams((2, 2, 8000, 0, "NONE", ""))
        header.setnframes(LONG_S * 8000)
        header.writeframesraw(b"")
    size = LONG_S * 8000 * 4
    with sound.open("r+b") as file:
        for place, value in ((4, size + 36), (40, size)):
            file.seek(place)
            file.write(value.to_bytes(4, "little"))
        file.truncate(size + 44)
    with put_back(browsed_home):
        snapshot = scenario.publish_snapshot(browsed_home, name="qa-long.duckdb", recordings=recordings)
        with duckdb.connect(str(snapshot)) as connection:
            for statement in (*_long_call(sound), *_single_call()):
                connection.execute(statement)
        yield server
    sound.unlink()


def _long_call(sound: Path) -> list[str]:
    """Makes the long call of c0302."""
    model = "where call_id = 'c0302'"
    place = f"'{LONG}' as call_id, 'long' as recording_id, '{sound}' as source_uri, {LONG_S}.0 as duration_s"
    words = (
        f"list_transform(range(4), lambda k: {{'begin_ms': (i * {STEP_MS} + k * 500)::int, "
        f"'end_ms': (i * {STEP_MS} + k * 500 + 450)::int, 'text': 'word' || k, 'punctuation': '', 'confidence': 0.9}})"
    )
    return [
        f"insert into calls by name select * replace ({place}) from calls {model}",
        f"insert into call_channels by name select * replace ({place}) from call_channels {model}",
        f"insert into transcripts by name select * replace ('{LONG}' as call_id) from transcripts {model}",
        f"insert into acoustics by name select * replace ('{LONG}' as call_id, "
        f"from_hex(repeat('8100007F', {LONG_S * 10})) as waveform) from acoustics {model}",
        f"insert into sentences by name select '{LONG}' as call_id, i % 2 as channel_id, i // 2 as sentence_id, "
        f"if(i % 2 = 0, 'agent', 'customer') as role, i * {STEP_MS} as begin_ms, i * {STEP_MS} + 2000 as end_ms, "
        f"'word0 word1 word2 word3 number ' || i as text, {words} as words "
        f"from (select unnest(range({LONG_S * 1000 // STEP_MS})) as i)",
    ]


def _single_call() -> list[str]:
    """Makes the call without roles of c0102."""
    is_first = "where call_id = 'c0102' and channel_id = 0"
    mixed = f"'{SINGLE}' as call_id, 'mixed' as role"
    unknown = "agent_talk_s, customer_talk_s, talk_ratio, overlap_s, silence_s, silence_ratio, dead_air_count"
    return [
        f"insert into calls by name select * replace ('{SINGLE}' as call_id, 'single' as form, 1 as channels) "
        "from calls where call_id = 'c0102'",
        *(
            f"insert into {table} by name select * replace ({mixed}) from {table} {is_first}"
            for table in ("call_channels", "acoustics")
        ),
        f"insert into transcripts by name select * replace ({mixed}, {len(CALLS[1].said)} as sentence_count) "
        f"from transcripts {is_first}",
        f"insert into sentences by name select * replace ({mixed}, 0 as channel_id, "
        "row_number() over (order by begin_ms) - 1 as sentence_id) from sentences where call_id = 'c0102'",
        f"insert into call_metrics by name select * exclude ({unknown}) replace ('{SINGLE}' as call_id) "
        "from call_metrics where call_id = 'c0102'",
    ]


def instrument(page: Any) -> Any:
    """The open instrument, once it has the call."""
    found = page.locator(".instrument[data-ready=true]")
    found.wait_for()
    found.evaluate(LISTEN)
    return found


def expect_seek(page: Any, at_ms: float) -> None:
    """Waits until the sound has been sent to a moment, since it was last asked for."""
    page.wait_for_function(
        f"at => window.seeks.some((each) => Math.abs(each - at) < {NEAR_MS}) && window.seeks.splice(0)", arg=at_ms
    )


def expect_sound(page: Any, section: Any, condition: str) -> None:
    """Waits until something is true of the `sound` element."""
    page.wait_for_function(
        f"section => {{ const sound = section.querySelector('audio'); return {condition} }}",
        arg=section.element_handle(),
    )


def lit_in_time(page: Any, section: Any, said: list[tuple[float, float]]) -> list[int]:
    """The sentences that are lit, which are those that are heard; a busy browser is looked at a few times."""
    for _ in range(LOOKS):
        at, lit = section.evaluate(SAMPLE)
        heard = [[n for n, (begin, end) in enumerate(said) if begin <= at + by < end] for by in (-NEAR_MS, 0, NEAR_MS)]
        if lit in heard:
            return list(lit)
        page.wait_for_timeout(NEAR_MS)
    raise AssertionError(f"{lit} are lit at {at} ms")


def test_what_is_said_is_lit_as_it_sounds_and_a_click_goes_there_without_a_run(page: Any, address: str) -> None:
    runs = full_runs(page)
    open_page(page, f"{address}/call?call=c0102")
    section = instrument(page)
    before = len(runs)
    page.get_by_label("Speed").select_option("2")
    page.get_by_role("button", name="Play", exact=True).click()
    expect_sound(page, section, "sound.currentTime > 0.6")
    said = [(item.begin_s * 1000, item.end_s * 1000) for item in CALLS[1].said]
    seen = set()
    for _ in range(SAMPLES):
        seen |= set(lit_in_time(page, section, said))
        page.wait_for_timeout(150)
    assert len(seen) > 1
    section.locator(".word", has_text="parcel").click()
    expect_seek(page, 4625)
    section.get_by_role("button", name="Play from 0:20").click()
    expect_seek(page, 20_000)
    section.get_by_role("button", name="Interruption").last.click()
    expect_seek(page, 13_000)
    drawing = section.locator(".drawing")
    box = drawing.bounding_box()
    drawing.click(position={"x": box["width"] / 4, "y": 40})
    expect_seek(page, 80_200 / 4)
    section.locator("[data-unit=turns]").click()
    section.get_by_text("interrupts turn 2, 2.0 s").wait_for()
    section.get_by_text("This is the third time.").click()
    expect_seek(page, 20_000)
    expect_sound(page, section, "!sound.paused")
    page.wait_for_function(
        "() => { const named = new URLSearchParams(location.search);"
        " return named.get('t') === '20' && named.get('view') === 'Turns' }"
    )
    assert runs[before:] == []


def test_keys_work_and_following_lets_go_for_the_reader(page: Any, address: str, tmp_path: Path) -> None:
    open_page(page, f"{address}/call?call={LONG}")
    section = instrument(page)
    for key, at in (("ArrowRight", 5000), ("ArrowRight", 10_000), ("ArrowLeft", 5000), ("j", None), ("k", None)):
        page.keyboard.press(key)
        if at is not None:
            expect_seek(page, at)
    page.keyboard.press(".")
    expect_sound(page, section, "sound.playbackRate === 1.25")
    page.keyboard.press(" ")
    expect_sound(page, section, "!sound.paused")
    section.locator(".list").hover()
    page.mouse.wheel(0, 4000)
    follow = section.get_by_role("button", name="Follow")
    page.wait_for_function("button => button.ariaPressed === 'false'", arg=follow.element_handle())
    page.wait_for_function(STANDS, arg=section.locator(".list").element_handle())
    top, at = section.evaluate(
        "section => [section.querySelector('.list').scrollTop, section.querySelector('audio').currentTime]"
    )
    expect_sound(page, section, f"Math.floor(sound.currentTime * 1000 / {STEP_MS}) > {at * 1000 // STEP_MS:.0f}")
    page.wait_for_function(STANDS, arg=section.locator(".list").element_handle())
    assert section.locator(".list").evaluate("list => list.scrollTop") == pytest.approx(top, abs=4)
    follow.click()
    page.wait_for_function("section => section.querySelector('.sentence.lit')", arg=section.element_handle())
    page.keyboard.press(" ")
    page.keyboard.press("/")
    page.keyboard.type("NUMBER 14399")
    section.get_by_text("1 of 1", exact=True).wait_for()
    expect(section.locator("mark.current")).to_have_text("number 14399")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    section.get_by_role("heading", name="Keys").wait_for()
    page.screenshot(path=tmp_path / "keys.png")


def test_a_link_opens_twelve_hours_at_its_moment_and_back_leads_to_the_list(page: Any, address: str) -> None:
    open_page(page, f"{address}/calls?queue=tech-support")
    open_page(page, f"{address}/call?call={LONG}&t=30000.5")
    section = instrument(page)
    expect(section.locator(".sentence.lit")).to_have_text("word0 word1 word2 word3 number 10000")
    page.wait_for_function(
        "section => { const box = section.querySelector('.sentence.lit').getBoundingClientRect();"
        " return box.top > 200 && box.bottom < innerHeight }",
        arg=section.element_handle(),
    )
    expect_sound(page, section, "Math.abs(sound.currentTime - 30000.5) < 0.001")
    page.wait_for_function("section => section.querySelectorAll('.row').length < 80", arg=section.element_handle())
    section.locator(".word.lit", has_text="word1").wait_for()
    page.get_by_role("button", name="Play", exact=True).click()
    expect_sound(page, section, "sound.currentTime > 30000.6")
    section.get_by_role("button", name="Forward 5 seconds").click()
    page.wait_for_function("() => new URLSearchParams(location.search).get('t') > '30005'")
    page.go_back()
    page.wait_for_url("**/calls?queue=tech-support")
    settle(page)


def test_a_hostile_sentence_is_text_and_a_telephone_shows_it(page: Any, address: str, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    open_page(page, f"{address}/call?call=c0302&q=script")
    section = instrument(page)
    expect(section.get_by_text("1 of 3", exact=True)).to_have_count(1)
    expect(section.locator(".sentence").nth(1)).to_have_text(HOSTILE_TEXT)
    expect_no_sideways_scrolling(page)
    assert page.title() != "owned"
    page.screenshot(path=tmp_path / "telephone.png", full_page=True)


def test_a_call_on_one_channel_without_roles_is_heard_and_read_as_one_voice(page: Any, address: str) -> None:
    open_page(page, f"{address}/call?call={SINGLE}")
    section = instrument(page)
    page.get_by_text("One channel, kept as one text without roles.").wait_for()
    expect(section.locator(".names .lane")).to_have_text(["Both parties"])
    expect(section.locator(".sentence")).to_have_text([item.text for item in CALLS[1].said])
    for control in (".swap", ".parties"):
        expect(section.locator(control)).to_be_hidden()
    page.get_by_role("button", name="Play", exact=True).click()
    expect_sound(page, section, "sound.currentTime > 0.6")
    expect(section.locator(".sentence.lit")).to_have_text(CALLS[1].said[0].text)
    section.locator(".word", has_text="parcel").click()
    expect_seek(page, 4625)
    page.get_by_text("Both parties · 6 sentences · transcribed by").wait_for()
    expect(page.get_by_text("not sent for transcription")).to_have_count(0)
