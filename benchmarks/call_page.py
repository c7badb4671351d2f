"""The page of a call in a real browser: how far what is lit is from what sounds, where clicks lead, how soon there is
sound, and what five viewers at once cost the server.

A real call, which goes through the pipeline, and calls of 60 min and of `hours` with a sentence every three seconds
over a sample call that is repeated. The audio clock is that of the browser's own player.
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from benchmarks.browsing import CHROMIUM, chromium, full_runs
from benchmarks.dashboards import ROOT, rss_mib, serve, settings_of, watching
from benchmarks.long_call import LONG_CALL, STEP_MS, publish_long_call
from benchmarks.measuring import ChildFailed, neutral_environment
from dashboards.instrument.routes import call_data_link
from tests.weights import whisper_tiny_en

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

REAL_CALL, REAL_DAY = "bankcard", dt.date(2025, 9, 1)
SAMPLES, VIEWERS = 20, 5
NEAR_MS = 150
FIRST_SOUND_S = 1.5
PATIENCE_MS = 120_000
COLUMNS = (
    "open s", "first sound s", "lit off ms", "word off ms", "clicks off ms", "link", "back s", "runs", "5 at once s",
    "more MiB",
)  # fmt: skip
TARGETS = {
    "first sound s": "< 1.5", "lit off ms": "< 150", "word off ms": "< 150", "clicks off ms": "< 150", "link": "seen",
    "runs": "0", "5 at once s": "< 1.5", "more MiB": "< 150",
}  # fmt: skip

_AT_REST = '[data-testid="stApp"][data-test-script-state="notRunning"]'
_SOUNDING = """section => new Promise((done) => {
    const sound = section.querySelector("audio"), begun = performance.now(), from = sound.currentTime;
    section.querySelector(".play").click();
    const look = () => sound.currentTime > from ? done((performance.now() - begun) / 1000)
        : requestAnimationFrame(look);
    look();
})"""
_LIT = """section => {
    const at = section.querySelector("audio").currentTime * 1000;
    const words = [...section.querySelectorAll(".word.lit")].map((each) => [+each.dataset.begin, +each.dataset.end]);
    const sentences = [...section.querySelectorAll(".sentence.lit")].map((each) => +each.dataset.sentence);
    return { at, words, sentences };
}"""
_WORD = """section => {
    const word = [...section.querySelectorAll(".row .word")].find((each) => +each.dataset.begin > 0);
    return word ? +word.dataset.begin : null;
}"""
_NOTE_SEEKS = """section => {
    const sound = section.querySelector("audio"), drawing = section.querySelector(".drawing");
    section.sought = [];
    sound.addEventListener("seeking", () => section.sought.push(sound.currentTime * 1000));
    drawing.addEventListener("pointerup", (event) => {
        const box = drawing.getBoundingClientRect();
        section.pointedMs = (event.clientX - box.left) / drawing.clientWidth * sound.duration * 1000;
    }, true);
}"""
_JUMPED = """(section, share) => new Promise((done) => {
    const sound = section.querySelector("audio"), begun = performance.now(), to = sound.duration * share;
    sound.currentTime = to;
    const look = () => !sound.seeking && sound.currentTime > to ? done((performance.now() - begun) / 1000)
        : requestAnimationFrame(look);
    look();
})"""
_IN_SIGHT = """section => {
    const lit = section.querySelector(".sentence.lit")?.getBoundingClientRect();
    return !!lit && lit.top > 0 && lit.bottom < innerHeight;
}"""


@dataclass(frozen=True, slots=True)
class Trial:
    """A published call: its home and recordings, its id, and a moment in which something is said."""

    name: str
    home: Path
    landing: Path
    call_id: str
    spoken_ms: float


def call_page(recordings: Path, hours: float, say: Callable[[str], None]) -> bool:
    """Measures the page on each call. False if a figure misses its target or a call is missing.

    Raises:
        ChildFailed: the pipeline or the server failed.
    """
    if not CHROMIUM.exists() or not Path("/proc/self/stat").exists():
        say(f"call-page: left out, since it needs Linux and {CHROMIUM}")
        return True
    say("The page of a call in a browser; five viewers at once play, jump and play on:")
    say(_row("", dict(zip(COLUMNS, COLUMNS, strict=True))))
    say(_row("target", TARGETS))
    complete = True
    for make in (_real_call(recordings), _long_call(1.0), _long_call(hours)):
        with tempfile.TemporaryDirectory(prefix="qa-bench-") as scratch:
            trial = make(Path(scratch))
            if trial is None:
                say(f"The real recordings are not at {recordings}; name their folder with --recordings.")
                complete = False
                continue
            cells = _measured(trial)
            say(_row(trial.name, cells))
            complete &= _meets(cells)
    return complete


def _measured(trial: Trial) -> dict[str, str]:
    with serve(trial.home, trial.landing) as (address, pid), chromium() as browser:
        list_url = f"{address}/calls?q="
        _opened(browser, list_url).close()  # what the first visitor of a server costs is not this page's
        page = _opened(browser, list_url)
        runs = full_runs(page)
        opened_s, section = _open_call(page, address, trial)
        before = len(runs)
        sent = page.evaluate("async (link) => (await fetch(`${link}/call`)).json()", call_data_link(trial.call_id))
        first_s = float(section.evaluate(_SOUNDING))
        lit_ms, word_ms = _lit_off(page, section, trial, sent)
        clicks_ms = _clicks_off(page, section, sent)
        runs_of_clicks = len(runs) - before
        began = time.perf_counter()
        page.go_back()
        page.get_by_role("table").wait_for(timeout=PATIENCE_MS)
        back_s = time.perf_counter() - began
        page.context.close()
        link = _link_seen(browser, address, trial)
        worst_s, more_mib = _several(browser, address, pid, trial)
    return {
        "open s": f"{opened_s:.2f}",
        "first sound s": f"{first_s:.2f}",
        "lit off ms": f"{lit_ms:.0f}",
        "word off ms": "" if word_ms is None else f"{word_ms:.0f}",
        "clicks off ms": f"{clicks_ms:.0f}",
        "link": "seen" if link else "missed",
        "back s": f"{back_s:.2f}",
        "runs": str(runs_of_clicks),
        "5 at once s": f"{worst_s:.2f}",
        "more MiB": f"{more_mib:.0f}",
    }


def _meets(cells: dict[str, str]) -> bool:
    most = {"first sound s": FIRST_SOUND_S, "5 at once s": FIRST_SOUND_S, "more MiB": 150.0}
    most |= dict.fromkeys(("lit off ms", "word off ms", "clicks off ms"), float(NEAR_MS))
    is_quick = all(float(cells[name] or 0) < limit for name, limit in most.items())
    return is_quick and cells["runs"] == "0" and cells["link"] == "seen"


def _opened(browser: Browser, url: str) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 1000}, locale="en").new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(url)
    page.get_by_role("table").wait_for()
    return page


def _open_call(page: Page, address: str, trial: Trial, query: str = "") -> tuple[float, Locator]:
    began = time.perf_counter()
    page.goto(f"{address}/call?call={trial.call_id}{query}")
    section = page.locator(".instrument[data-ready=true]")
    section.wait_for()
    opened_s = time.perf_counter() - began
    page.wait_for_selector(_AT_REST)
    return opened_s, section


def _lit_off(page: Page, section: Locator, trial: Trial, sent: Any) -> tuple[float, float | None]:
    """How far the moment that sounds is from the sentence and from the word that are lit, at most, in ms. Moments in
    which nobody speaks are passed over."""
    far, far_words, seen = [0.0], list[float](), 0
    until = time.monotonic() + PATIENCE_MS / 1000
    while seen < SAMPLES and time.monotonic() < until:
        page.wait_for_timeout(200)
        lit = section.evaluate(_LIT)
        if lit["sentences"]:
            seen += 1
            far += [_off(lit["at"], *sent["sentences"][number][1:3]) for number in lit["sentences"]]
            far_words += [_off(lit["at"], begin, end) for begin, end in lit["words"] if end]
    if seen < SAMPLES:
        raise ChildFailed(f"only {seen} of {SAMPLES} moments of {trial.name} had anything lit")
    return max(far), max(far_words, default=None)


def _off(at: float, begin: float, end: float) -> float:
    return max(0.0, begin - at, at - end)


def _clicks_off(page: Page, section: Locator, sent: Any) -> float:
    """How far the place that the sound goes to is from what was clicked, at most, in ms: places of the outline, a
    sentence, a word, a finding."""
    section.evaluate(_NOTE_SEEKS)
    drawing, far = section.locator(".drawing"), list[float]()
    box = drawing.bounding_box()
    assert box is not None
    for share in (0.9, 0.5, 0.25):
        drawing.click(position={"x": round(box["width"] * share), "y": 40})
        far.append(_sought_off(page, section, section.evaluate("section => section.pointedMs")))
    when_ms = section.locator(".when").first.evaluate("each => +each.dataset.ms")
    section.locator(f'.when[data-ms="{when_ms}"]').click()
    far.append(_sought_off(page, section, when_ms))
    word_ms = section.evaluate(_WORD)
    if word_ms is not None:
        section.locator(f'.word[data-begin="{word_ms:.0f}"]').first.click()
        far.append(_sought_off(page, section, word_ms))
    shown = section.locator(".finding").count()
    if shown:
        section.locator(".finding").last.click()
        far.append(_sought_off(page, section, sent["marks"][shown - 1]["begin_ms"]))
    return max(far)


def _sought_off(page: Page, section: Locator, expected_ms: float) -> float:
    page.wait_for_function("section => section.sought.length", arg=section.element_handle())
    at: float = section.evaluate("section => section.sought.splice(0).at(-1)")
    return abs(at - expected_ms)


def _link_seen(browser: Browser, address: str, trial: Trial) -> bool:
    """Whether a link to a moment opens with it in sight, and nothing has to be scrolled."""
    page = browser.new_context(viewport={"width": 1440, "height": 1000}, locale="en").new_page()
    page.set_default_timeout(PATIENCE_MS)
    _, section = _open_call(page, address, trial, f"&t={trial.spoken_ms / 1000}")
    try:
        page.wait_for_function(_IN_SIGHT, arg=section.element_handle(), timeout=10_000)
        at_ms = section.evaluate("section => section.querySelector('audio').currentTime * 1000")
        return bool(abs(at_ms - trial.spoken_ms) < NEAR_MS)
    except PlaywrightTimeout:
        return False
    finally:
        page.context.close()


def _several(browser: Browser, address: str, pid: int, trial: Trial) -> tuple[float, float]:
    """The longest time until one of five viewers hears something, at the beginning or after a jump, and how many MiB
    more the server has meanwhile at most."""
    before = rss_mib(pid)
    with watching(pid) as sizes:
        pages = [
            browser.new_context(viewport={"width": 1440, "height": 1000}, locale="en").new_page()
            for _ in range(VIEWERS)
        ]
        sections = []
        for page in pages:
            page.set_default_timeout(PATIENCE_MS)
            page.goto(f"{address}/call?call={trial.call_id}", wait_until="commit")
        for page in pages:
            sections.append(page.locator(".instrument[data-ready=true]"))
            sections[-1].wait_for()
            page.wait_for_selector(_AT_REST)
        waits = _together(sections, _SOUNDING)
        for share in (0.5, 0.97):
            waits += _together(sections, _JUMPED, share)
        for page in pages:
            page.context.close()
    return max(waits), max(sizes) - before


def _together(sections: Sequence[Locator], script: str, *arguments: Any) -> list[float]:
    """The script in every page at once: it is begun in each before the first is waited for."""
    for section in sections:
        section.evaluate(f"(section, more) => {{ section.waited = ({script})(section, more); }}", *arguments)
    return [float(section.evaluate("section => section.waited")) for section in sections]


def _real_call(recordings: Path) -> Callable[[Path], Trial | None]:
    """A call over a real telephone network, taken in by the pipeline: heard by Whisper where its weights are there,
    else with the transcript that lies beside it."""

    def make(scratch: Path) -> Trial | None:
        wav = recordings / "calls" / f"{REAL_CALL}.wav"
        if not wav.is_file():
            return None
        landing, home = scratch / "landing", scratch / "home"
        day = landing / REAL_DAY.isoformat()
        day.mkdir(parents=True)
        shutil.copy(wav, day)
        environment = neutral_environment() | settings_of(home, landing) | {"PYTHONPATH": str(ROOT)}
        try:
            environment |= {"QA_WHISPER_DIR": str(whisper_tiny_en())}
        except pytest.skip.Exception:
            shutil.copy(wav.with_suffix(".transcript.json"), day)
        run = [sys.executable, "-m", "qa_pipeline", "run", "--from", str(REAL_DAY), "--to", str(REAL_DAY)]
        done = subprocess.run(run, cwd=scratch, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ChildFailed(f"the pipeline did not take the real call in: {done.stdout[-500:]}{done.stderr[-500:]}")
        return Trial("real call, 51 s", home, landing, REAL_CALL, 8_600)

    return make


def _long_call(hours: float) -> Callable[[Path], Trial]:
    def make(scratch: Path) -> Trial:
        landing, home = scratch / "landing", scratch / "home"
        landing.mkdir()
        publish_long_call(home, landing, hours * 3600)
        spoken_ms = round(hours * 3600 * 0.7) * 1000 // STEP_MS * STEP_MS + 500
        return Trial(f"µ-law, {hours:g} h", home, landing, LONG_CALL, spoken_ms)

    return make


def _row(name: str, cells: dict[str, str]) -> str:
    return f"{name:<16}" + "".join(f"{cells.get(column, ''):>{max(8, len(column) + 2)}}" for column in COLUMNS)
