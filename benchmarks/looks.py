"""Pictures of every page in both themes, on three widths, in both languages, to be looked at by somebody.

python -m benchmarks.looks http://127.0.0.1:8501 ../looks --call c0102
"""

from __future__ import annotations

import argparse
import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from benchmarks.browsing import chromium, new_page, opened, pages_of
from qa_pipeline.wording.languages import BCP47

if TYPE_CHECKING:
    from playwright.sync_api import Page

THEMES = ("light", "dark")
WIDTHS = (1440, 1280, 390)
HIGHEST = 6000
"""Pixels of a picture; what is below is left out."""


def main() -> int:
    """Takes the pictures of the server that the command line names; returns the exit code."""
    options = _parser().parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        first = new_page(browser)
        opened(browser, first, options.address)
        paths = [urlsplit(href).path for href in pages_of(first).values()]
        paths += [f"/call?call={quote(call_id)}" for call_id in options.call]
        for path, language in product(paths, BCP47):
            page = new_page(browser)
            opened(browser, page, f"{options.address}{path}{'&' if '?' in path else '?'}lang={language}")
            name = f"{urlsplit(path).path.strip('/') or 'overview'}-{language}"
            for theme, width in product(THEMES, WIDTHS):
                _take(page, options.folder / f"{name}-{theme}-{width}.png", theme, width)
            page.context.close()
            print(f"{path} in {language}: {len(THEMES) * len(WIDTHS)} pictures")
    return 0


def _take(page: Page, file: Path, theme: str, width: int) -> None:
    """The whole page; its size follows the content, which scrolls inside the window."""
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(500)
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(HIGHEST, int(height) + 60)})
    page.wait_for_timeout(500)
    page.screenshot(path=file)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.looks", description=__doc__)
    parser.add_argument("address", help="where the dashboards are, for example http://127.0.0.1:8501")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--call", action="append", default=[], metavar="ID", help="a call whose page is wanted too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
