"""Reads the pages as a reader does: fences, tables, links, headings. Just enough Markdown for our own pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])

_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```\s*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Fence:
    """One fenced block: its language, the words behind it (`file=…`, `run`), and its text."""

    page: Path
    language: str
    words: tuple[str, ...]
    body: str

    @property
    def file_name(self) -> str | None:
        """What `file=` says the block is the content of."""
        return next((word.removeprefix("file=") for word in self.words if word.startswith("file=")), None)


@dataclass(frozen=True)
class Link:
    """One link or image; `target` as it is written."""

    page: Path
    target: str
    is_image: bool


def page(name: str) -> Path:
    """A page by its path below the root."""
    return ROOT / name


def fences(path: Path) -> list[Fence]:
    """The fenced blocks of a page."""
    found = []
    for match in _FENCE.finditer(path.read_text(encoding="utf-8")):
        language, *words = match["info"].split() or [""]
        found.append(Fence(path, language, tuple(words), match["body"]))
    return found


def prose(path: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def links(path: Path) -> list[Link]:
    """The links and images of a page, outside its fences."""
    return [Link(path, match["target"], bool(match["image"])) for match in _LINK.finditer(prose(path))]


def tables(path: Path) -> list[list[dict[str, str]]]:
    """The tables of a page, as rows by heading. Backticks around a whole cell are taken off."""
    found: list[list[dict[str, str]]] = []
    lines = prose(path).splitlines()
    for number, line in enumerate(lines):
        if not re.fullmatch(r"\|(\s*:?-+:?\s*\|)+", line.strip()):
            continue
        headings = _cells(lines[number - 1])
        rows = []
        for row in lines[number + 1 :]:
            if not row.startswith("|"):
                break
            rows.append(dict(zip(headings, _cells(row), strict=True)))
        found.append(rows)
    return found


def table(path: Path, *headings: str) -> list[dict[str, str]]:
    """All rows of the page's tables that have just these headings."""
    rows = [row for rows in tables(path) for row in rows if tuple(row) == headings]
    assert rows, f"{path.name} has no table with the headings {headings}"
    return rows


def sections(path: Path, level: int = 2) -> dict[str, str]:
    """The text below each heading of that level."""
    parts = re.split(rf"^{'#' * level} (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def anchors(path: Path) -> set[str]:
    """The anchors that headings make: lower case, blanks as hyphens, no other signs."""
    headings = re.findall(r"^#+ (.+)$", prose(path), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _cells(line: str) -> list[str]:
    cells = [cell.strip().replace(r"\|", "|") for cell in _CELL.split(line.strip())[1:-1]]
    return [cell[1:-1] if re.fullmatch(r"`[^`]+`", cell) else cell for cell in cells]
