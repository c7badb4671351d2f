"""Every text that pages look up, collected from the source: what the catalogue is held to."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.audio.defects import EXPLANATIONS, Defect
from qa_pipeline.conversation.catalogue import CATALOGUE, DIRECTIONS
from qa_pipeline.recordings.quarantine import MEANINGS
from qa_pipeline.transcription.languages import LANGUAGE_NAMES

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("dashboards", "qa_pipeline/published", "qa_pipeline/wording")
LOOK_UPS = {"t": 1, "tn": 2, "to_translate": 1}
"""Function of qa_pipeline.wording.languages → how many texts it takes."""


@dataclass(frozen=True)
class Text:
    """A text of the source: English for one and (of `tn`) for many, where it stands, and the names that fill it; None
    where a dictionary does, or where it is filled elsewhere."""

    one: str
    many: str | None
    where: str
    given: frozenset[str] | None


def texts_of(source: str, name: str) -> Iterator[Text]:
    """The texts of one file.

    Raises:
        ValueError: a text is put together where it is looked up, so no catalogue can have it.
    """
    for node in ast.walk(ast.parse(source, name)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in LOOK_UPS:
            continue
        where = f"{name}:{node.lineno}"
        taken = node.args[: LOOK_UPS[node.func.id]]
        if any(_is_put_together(text) for text in taken):
            raise ValueError(f"{where} puts a text together inside {node.func.id}(): write it out, with {{places}}")
        # what is no literal comes out of a table, whose texts are marked or listed as such
        if not all(isinstance(text, ast.Constant) for text in taken):
            continue
        english = [text.value for text in taken if isinstance(text, ast.Constant)]
        names = {keyword.arg for keyword in node.keywords if keyword.arg}
        is_open = node.func.id == "to_translate" or len(names) < len(node.keywords)
        counted = {"n"} if node.func.id == "tn" else set()
        many = str(english[1]) if len(english) > 1 else None
        yield Text(str(english[0]), many, where, None if is_open else frozenset(names | counted))


def _is_put_together(text: ast.expr) -> bool:
    is_filled = isinstance(text, ast.Call) and isinstance(text.func, ast.Attribute) and text.func.attr == "format"
    return is_filled or isinstance(text, ast.JoinedStr | ast.BinOp)


def texts_of_tables() -> Iterator[Text]:
    """The texts of rooms that know nothing of languages, which pages look up when they show them."""
    entries = CATALOGUE.values()
    tables: dict[str, list[str]] = {
        "CATALOGUE": [
            text
            for entry in entries
            for text in (entry.label, entry.formula, entry.note, entry.cause, entry.section, *entry.null_rules)
        ],
        "DIRECTIONS": list(DIRECTIONS.values()),
        "LANGUAGE_NAMES": list(LANGUAGE_NAMES.values()),
        "EXPLANATIONS": list(EXPLANATIONS.values()),
        "QuarantineReason": list(MEANINGS.values()),
        "Defect": [defect.replace("_", " ") for defect in Defect],
        "roles": ["agent", "customer"],
        "units of talk speed": ["words/min", "characters/min", "per minute", "mixed"],
        "trajectories": ["improving", "worsening", "positive", "negative", "neutral", "escalated", "recovered"],
        "directions of calls": ["inbound", "outbound"],
    }
    for name, texts in tables.items():
        yield from (Text(text, None, name, None) for text in texts if text)


def texts_of_project() -> list[Text]:
    """The texts of all files that look some up, and of the tables."""
    files = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    said = [text for path in files for text in texts_of(path.read_text("utf-8"), path.relative_to(ROOT).as_posix())]
    return [*said, *texts_of_tables()]


def places(text: str) -> set[str]:
    """The names of a text's places."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
