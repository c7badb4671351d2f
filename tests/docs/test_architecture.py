"""The page of rooms names each of them, and what the test of imports lets it import."""

from __future__ import annotations

import re

from tests.docs.markdown import ROOT
from tests.test_import_boundaries import FACES, MAY_READ_FILES, PURE_ROOMS, ROOMS

TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CELLS = [re.findall(r"`([^`]+)`", row) for row in TEXT.splitlines() if row.startswith("| `")]


def test_every_room_is_on_the_page() -> None:
    first = {cells[0] for cells in CELLS}
    assert set(ROOMS) - set(FACES) - first == set()
    packages = {path.parent.name for path in (ROOT / "dashboards").glob("*/__init__.py")}
    assert packages - {name for cells in CELLS for name in cells} == set()


def test_what_a_pure_room_may_import_is_as_the_rule_has_it() -> None:
    section = TEXT.partition("## Pure rooms")[2].partition("\n## ")[0]
    rows = [row.split("|") for row in section.splitlines() if row.startswith("| `")]
    said = {row[1].strip(" `"): set(re.findall(r"`([^`]+)`", row[3])) for row in rows}
    assert said == {room: set(rooms) - {room} for room, rooms in PURE_ROOMS.items()}
    prose = section.partition("| room")[0].partition("Files are opened only in")[2]
    assert set(MAY_READ_FILES) <= set(re.findall(r"`([^`]+)`", prose))
