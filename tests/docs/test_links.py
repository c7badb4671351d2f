"""Pages lead where they say, and say nothing of the machine they were written on."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.docs.markdown import PAGES, ROOT, anchors, links

IMAGES = ROOT / "docs" / "images"
LONGEST_LINE = 200
MAX_IMAGES_BYTES = 600_000


def by_path(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=by_path)
def test_every_link_and_image_leads_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        if link.target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = link.target.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.is_relative_to(ROOT) or not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link.target)
    assert broken == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    readme = ROOT / "README.md"
    reached, waiting = {readme}, [readme]
    while waiting:
        page = waiting.pop()
        for link in links(page):
            target = (page.parent / link.target.partition("#")[0]).resolve()
            if target.suffix == ".md" and target in PAGES and target not in reached:
                reached.add(target)
                waiting.append(target)
    assert sorted(map(by_path, set(PAGES) - reached)) == []


def test_every_image_is_shown_somewhere_and_all_are_small() -> None:
    shown = {(link.page.parent / link.target).resolve() for page in PAGES for link in links(page) if link.is_image}
    assert shown == set(IMAGES.iterdir())
    assert sum(image.stat().st_size for image in shown) < MAX_IMAGES_BYTES


def test_the_picture_of_the_architecture_is_sound_and_brings_its_own_background() -> None:
    root = ET.parse(IMAGES / "architecture.svg").getroot()
    svg = "{http://www.w3.org/2000/svg}"
    background = root.find(f"{svg}rect")
    assert root.find(f"{svg}title") is not None
    assert background is not None
    assert root.attrib["viewBox"].split()[2:] == [background.attrib["width"], background.attrib["height"]]
    assert background.attrib["fill"].startswith("#")  # read on a dark page as well as on a light one


@pytest.mark.parametrize("page", PAGES, ids=by_path)
def test_no_page_names_a_path_or_an_address_of_its_authors(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"(?<![\w.])/(?:work|tmp|root|home)/\S*", text) == []
    assert re.findall(r"sk-[A-Za-z0-9]{8,}", text) == []
    assert [line for line in text.splitlines() if len(line) > LONGEST_LINE and not line.startswith("|")] == []
