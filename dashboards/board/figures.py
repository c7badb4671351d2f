"""What a board shows, as plain values: a page makes them from frames, the browser only lays them out. Pure.

Every text is ready to be read and every link is an address (`dashboards.board.addresses`); an empty one leads nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

CHART_PX = 170


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with its name; `note` stands below it, `help` shows when the pointer rests. tone: '' or 'alert'."""

    name: str
    value: str
    note: str = ""
    href: str = ""
    help: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Tiles:
    """Tiles side by side."""

    tiles: tuple[Tile, ...]
    kind: str = "tiles"


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across a chart at a value of its axis."""

    at: float
    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """A period on the axis of time: its whole name, and a short one for below the axis."""

    name: str
    short: str


@dataclass(frozen=True, slots=True)
class VersionMark:
    """What changed when the period number `at` (from 0) began."""

    at: int
    name: str


@dataclass(frozen=True, slots=True)
class Point:
    """A mean in the period number `at`, in the axis' unit; low and high are null where there is no interval to show."""

    at: int
    mean: float
    low: float | None
    high: float | None
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """Means of others to compare a trend with: by period, null where there is none, and as texts."""

    name: str
    values: tuple[float | None, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """Means over time. The line is broken where a period has none and at each mark; `nothing` is said of such a one.
    `others` are dashed lines."""

    places: tuple[Place, ...]
    points: tuple[Point, ...]
    low: float
    high: float
    ticks: tuple[Tick, ...]
    marks: tuple[VersionMark, ...] = ()
    nothing: str = ""
    others: tuple[Course, ...] = ()
    height: int = CHART_PX
    kind: str = "trend"


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart; `values`, `texts` and `hrefs` are by period, and empty in a legend."""

    name: str
    colour: str
    values: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    hrefs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stack:
    """Columns over time, each made of the values of all series, the first at the bottom."""

    places: tuple[Place, ...]
    series: tuple[Series, ...]
    low: float
    high: float
    ticks: tuple[Tick, ...]
    marks: tuple[VersionMark, ...] = ()
    nothing: str = ""
    height: int = CHART_PX + 40
    kind: str = "stack"


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its name before and its figure behind it; `share` of the longest possible, 0 to 1."""

    name: str
    share: float
    text: str
    href: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars below each other."""

    bars: tuple[Bar, ...]
    kind: str = "bars"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a whole, 0 to 1. `name` stands in it in the colour `ink`, empty where there is no room."""

    share: float
    colour: str
    ink: str
    name: str
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class SplitRow:
    """A whole and its parts."""

    name: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """Wholes below each other, each divided into parts."""

    rows: tuple[SplitRow, ...]
    series: tuple[Series, ...]
    kind: str = "split"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; numbers are aligned at their end. order: 'ascending' or 'descending' where the rows are
    sorted by it, else ''."""

    name: str
    is_number: bool = False
    href: str = ""
    help: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table. tone: '', 'quiet' or 'words' (a text of several lines); `shade` 0 to 1 colours it."""

    text: str
    href: str = ""
    note: str = ""
    tone: str = ""
    shade: float = 0.0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; the first cell of a row is its name."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kind: str = "table"


Body = Trend | Stack | Bars | Split | Table


@dataclass(frozen=True, slots=True)
class Card:
    """A titled figure, its change, what draws it, and notes."""

    title: str
    body: Body | None = None
    figure: str = ""
    beside: str = ""
    change: str = ""
    notes: tuple[str, ...] = ()
    href: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Cards under a heading, side by side where each has `narrowest` pixels."""

    title: str
    cards: tuple[Card, ...]
    notes: tuple[str, ...] = ()
    narrowest: int = 340
    kind: str = "section"


Part = Tiles | Section


def as_data(*parts: Part) -> Mapping[str, Any]:
    """The board as the browser takes it."""
    return {"parts": [asdict(part) for part in parts]}
