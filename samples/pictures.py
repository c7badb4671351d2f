"""The pictures of the dashboards in docs/images: `python -m samples.pictures`, with development packages and Chromium.

The demo runs in a folder of its own, its pages are opened in a light browser of 1440 pixels, and what is seen is kept
with few colours, so that all pictures together stay small. Chinese needs a font on this machine that has it.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from dashboards.serving.access import LOCAL_USER
from qa_pipeline.people.roles import Role
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.store import open_reviews
from qa_pipeline.reviews.values import CallRef, Evidence
from qa_pipeline.scorecards.reading import read_card
from qa_pipeline.scorecards.scoring import Given
from samples.dashboards_server import ROOT, dashboards_server
from samples.evaluations import evaluate_calls

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUIET = ("--server.headless", "true", "--browser.gatherUsageStats", "false")
IMAGES = ROOT / "docs" / "images"
CHROMIUM = Path("/usr/bin/chromium")
WIDTH, HEIGHT = 1440, 960
COLOURS = 96
DATES = "from=2025-09-01&to=2025-09-03"
PICTURES = {
    "overview": f"/?{DATES}",
    "calls": f"/calls?{DATES}&q=account",
    "call": "/call?call=c0102",
    "agents": f"/agents?{DATES}",
    "emotions": f"/emotions?{DATES}",
    "evaluation": "/call?call=c0102&evaluation={evaluation}",
    "scores": f"/scores?{DATES}",
    "agreement": f"/agreement?{DATES}",
}
"""Name of the file → the page's address; `{evaluation}` is one that is made for the picture."""

RULED_PICTURES = {"rules": f"/rules?{DATES}"}
"""The same of pages of a project that has the sample rules."""

CARD = ROOT / "samples" / "scorecards" / "service-quality.yaml"
EVALUATED = CallRef("c0102", dt.date(2025, 9, 1))
ANSWERS: Mapping[str, tuple[Given, str | None, tuple[Evidence, ...]]] = {
    "greeting": (("yes",), None, (Evidence("agent", (0,), 500, 3000),)),
    "identity": (("yes",), "By date of birth and postcode", ()),
    "understood": (("partly",), None, ()),
}
"""Question of the card → its answer, comment and evidence."""

REST_S, PATIENCE_S = 2.0, 120.0
_WATCH = "new MutationObserver(() => { window.changedAt = Date.now(); }).observe(document, " + (
    "{subtree: true, childList: true, attributes: true, characterData: true});"
)
_RESTED_MS = """() => {
  const app = document.querySelector('[data-testid="stApp"][data-test-script-state="notRunning"]');
  return app && !document.querySelector('[data-testid="stSkeleton"]') ? Date.now() - window.changedAt : 0;
}"""


def take_pictures(folder: Path) -> dict[str, int]:
    """Writes a PNG of each of `PICTURES` and `RULED_PICTURES` and returns their sizes in bytes.

    Raises:
        RuntimeError: the demo fails, the server does not start, or a page does not come to rest or shows an error.
    """
    with tempfile.TemporaryDirectory(prefix="qa-pictures-") as scratch:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("QA_", "DASHSCOPE_"))}
        environment |= {"QA_HOME": str(Path(scratch, "home")), "PYTHONPATH": str(ROOT)}
        _run("demo", environment=environment)
        evaluate_calls(Path(scratch, "home"), CARD)
        _run("demo", environment=environment)  # publishes what was evaluated
        evaluation = _begin_evaluation(Path(scratch, "home"))
        paths = {name: path.format(evaluation=evaluation) for name, path in PICTURES.items()}
        sizes = _take_all(paths, environment, folder)
        ruled = environment | {"QA_CONFIG": str(_project(Path(scratch, "project")))}
        _run("rules", "run", environment=ruled)
        return sizes | _take_all(RULED_PICTURES, ruled, folder)


def _take_all(paths: Mapping[str, str], environment: Mapping[str, str], folder: Path) -> dict[str, int]:
    with dashboards_server(environment, *QUIET) as (address, _), _page() as page:
        return {name: _take(page, f"{address}{path}", folder / f"{name}.png") for name, path in paths.items()}


def _project(folder: Path) -> Path:
    """The settings of a project like this one that has the sample rules."""
    shutil.copytree(ROOT / "samples" / "rules", folder / "rules")
    return Path(shutil.copy(ROOT / "qa.toml", folder / "qa.toml"))


def _run(*command: str, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "qa_pipeline", *command], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"qa-pipeline {' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def _begin_evaluation(home: Path) -> str:
    """A draft of the person at this machine with some answers; its id."""
    reviews, who = open_reviews(f"sqlite:///{home / 'operations.sqlite'}"), Person(LOCAL_USER, Role.ADMIN)
    card = read_card(CARD.read_text(encoding="utf-8"), CARD.name)
    begun = reviews.start(who, EVALUATED, card, request_id=new_request_id())
    revision = begun.revision
    for question, (answer, comment, evidence) in ANSWERS.items():
        saved = reviews.answer(
            who, begun.evaluation_id, question, answer, comment=comment, evidence=evidence, seconds=12,
            revision=revision, request_id=new_request_id(),
        )  # fmt: skip
        revision = saved.revision
    reviews.close()
    return begun.evaluation_id


@contextmanager
def _page() -> Iterator[Page]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light", locale="en-US")
        page.add_init_script(_WATCH)
        yield page
        browser.close()


def _take(page: Page, url: str, target: Path) -> int:
    page.goto(url, wait_until="commit")
    deadline = time.monotonic() + PATIENCE_S
    while page.evaluate(_RESTED_MS) < REST_S * 1000:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{url} does not come to rest")
        time.sleep(0.2)
    if page.locator('[data-testid="stException"], [role="dialog"]').count():
        raise RuntimeError(f"{url} shows an error or a dialog: {page.inner_text('body')[:500]}")
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        page.screenshot(path=file.name)
        with Image.open(file.name) as seen:
            seen.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    return target.stat().st_size


def main() -> int:
    """Takes all pictures and says how large they are."""
    for name, size in take_pictures(IMAGES).items():
        print(f"{name}.png  {size / 1000:,.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
