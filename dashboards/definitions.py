"""What docs/metrics.md says of each figure, for tooltips and the page of definitions. Pure but for reading the page.

The page belongs to the version that runs; which definitions a row was made by stands in its `definition_version`.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from pathlib import Path

from qa_pipeline.conversation.catalogue import CATALOGUE

PAGE = Path(__file__).resolve().parents[1] / "docs" / "metrics.md"

_ROW = re.compile(r"^\| `(?P<column>\w+)` \|(?P<unit>[^|]*)\|(?P<formula>[^|]+)\|(?P<null>[^|]+)\|$", re.MULTILINE)
_POINTS_UP = re.compile(r"\b(their|them|the same)\b")
_LINK = re.compile(r"\[([^\]]+)\]\((?!https?://)[^)]*\)")
_FENCE = re.compile(r"^```text[^\n]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Definition:
    """A column's row on the page: formula, and when there is no value."""

    column: str
    section: str
    unit: str
    formula: str
    null: str

    @property
    def sentence(self) -> str:
        """Markdown for a tooltip."""
        missing = "" if self.null == "never" else f" No value: {self.null}."
        return f"{self.formula}.{missing}"


@dataclass(frozen=True, slots=True)
class Definitions:
    """The page by section, in its order, as Markdown that needs no other page; empty where there is no page."""

    sections: dict[str, str] = field(default_factory=dict)
    columns: dict[str, Definition] = field(default_factory=dict)

    def help(self, column: str) -> str | None:
        """The definition of a column in a sentence, or None where there is none."""
        found = self.columns.get(column)
        return found.sentence if found else None

    def section_of(self, name: str) -> str | None:
        """The section that a URL means: by its own name, or by a column that it defines."""
        if name in self.sections:
            return name
        entry = CATALOGUE.get(name)
        return entry.section if entry and entry.section in self.sections else None


def load_definitions(page: Path = PAGE) -> Definitions:
    """Reads the page; an installation without docs has no definitions, and says so where they would stand."""
    try:
        return _read(str(page), page.stat().st_mtime_ns)
    except OSError:
        return Definitions()


@functools.lru_cache(maxsize=2)
def _read(page: str, changed_ns: int) -> Definitions:
    del changed_ns  # part of the key: a changed page is read again
    parts = re.split(r"^## (.+)$", Path(page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections = {name.strip(): _alone(text) for name, text in zip(parts[1::2], parts[2::2], strict=True)}
    columns: dict[str, Definition] = {}
    for section, text in sections.items():
        above: Definition | None = None
        for match in _ROW.finditer(text):
            column, unit, formula, null = (match[name].strip() for name in ("column", "unit", "formula", "null"))
            pair = columns.get(column.replace("customer_", "agent_", 1)) if column.startswith("customer_") else None
            said = Definition(column, section, unit, *_alone_in_a_row(formula, null, above, pair, columns))
            columns.setdefault(column, said)
            above = Definition(column, section, unit, formula, said.null)
    return Definitions(sections, columns)


def _alone_in_a_row(
    formula: str, null: str, above: Definition | None, pair: Definition | None, columns: dict[str, Definition]
) -> tuple[str, str]:
    """Formula and null rule of a row that may lean on the one above it, or on the agent's, so that they stand alone."""
    if above is not None:
        if null == "as above":
            null = above.null
        elif null.startswith("also "):
            null = f"{above.null}; {null}"
    named = re.fullmatch(r"as (?:the speed|`(\w+)`)", null)
    if named:
        known = columns.get(named[1] or "agent_talk_speed")
        null = known.null if known else null
    if formula.startswith("the same of the customer") and pair is not None:
        formula = f"{formula}: {pair.formula}"
    elif _POINTS_UP.search(formula) and above is not None:
        formula = f"{formula} ({above.formula})"
    return formula, null


def _alone(text: str) -> str:
    """Markdown without links to other pages, and with drawings as plain code."""
    return _FENCE.sub("```text", _LINK.sub(r"\1", text)).strip()
