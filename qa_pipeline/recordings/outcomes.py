"""Reads outcomes.csv: what became of calls, as surveys and ticket systems know it. A column call_id, then any numbers
and flags (csat, resolved). A bad cell costs itself only, and is named with its line."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from qa_pipeline.recordings.keys import folded
from qa_pipeline.recordings.list_tables import ListTable, parse_list_table
from qa_pipeline.recordings.values import BadValue, clean_id

OUTCOME_NAMES = ("outcomes.csv", "outcomes.tsv", "outcomes.xlsx", "outcomes.xlsm")
"""What the list may be called, in any case; the first that is there counts."""

LONGEST_NAME = 60
FAULTS_NAMED = 20

_CALL_ID = {
    folded(word) for word in ("call_id", "contact_id", "conversation_id", "interaction_id", "call_uuid", "通话编号")
}
_YES = frozenset("yes y true t ja oui si sí sim da x ✓ √ 是 有 对 はい 예".split())  # noqa: SIM905 - one line of words
_NO = frozenset("no n false f nein non nao não niet ✗ 否 无 不是 いいえ 아니오".split())  # noqa: SIM905
_NOTHING = frozenset(("", "-", "–", "—", "n/a", "na", "null", "none", "nan", "无数据"))
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?|[.,]\d+)(?:[eE][+-]?\d{1,2})?")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?|[+-]?\d{1,3}(?:,\d{3})+\.\d+")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome of a call; of a flag `value` is 1 or 0. `source` is file and line."""

    call_id: str
    name: str
    value: float
    is_flag: bool
    source: str


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a list says, and sentences on what of it could not be taken, with file, line and way out."""

    rows: tuple[Outcome, ...]
    notes: tuple[str, ...] = ()


def read_outcomes(content: bytes, label: str, *, encoding: str | None = None) -> Outcomes:
    """The list by its bytes; `label` names it in messages. Of a call that is there twice, the first value counts.

    Raises:
        BadMetadataFile: it can't be read, or has no column call_id.
    """
    listed = parse_list_table(content, label, _key_of, "call_id", encoding)
    named = {heading: name_of(heading) for heading in listed.headings if heading and heading != "call_id"}
    names = {heading: name for heading, name in named.items() if name}
    words = _columns_of_words(listed, names)
    faults: list[str] = []
    found: dict[tuple[str, str], Outcome] = {}
    for outcome in _outcomes(listed, {name: key for name, key in names.items() if name not in words}, faults):
        before = found.setdefault((outcome.call_id, outcome.name), outcome)
        if before.value != outcome.value:
            faults.append(
                f"{outcome.source}: {outcome.call_id} has another {outcome.name} in {before.source}, which counts; "
                "delete one."
            )
    more = [f"… and {len(faults) - FAULTS_NAMED:,} more"] if len(faults) > FAULTS_NAMED else []
    unused = [f"{label}: not used: column {', '.join(words)}, which holds words; an outcome is a number or yes or no."]
    return Outcomes(tuple(found.values()), (*listed.remarks, *(unused if words else []), *faults[:FAULTS_NAMED], *more))


def name_of(heading: str) -> str:
    """A heading as the name of an outcome: `CSAT Score` is csat_score."""
    text = unicodedata.normalize("NFKC", heading).strip().casefold()
    return re.sub(r"[^\w]+", "_", text).strip("_")[:LONGEST_NAME]


def value_of(text: str) -> tuple[float, bool] | None:
    """A number, or a flag as 1 or 0, and whether it is one; None for a cell that says nothing.

    Raises:
        BadValue: it is neither.
    """
    word = unicodedata.normalize("NFKC", text).strip().casefold()
    if word in _NOTHING:
        return None
    if word in _YES or word in _NO:
        return float(word in _YES), True
    plain = word.removesuffix("%").strip()
    if not _NUMBER.fullmatch(plain):
        raise BadValue("write a number, or yes or no")
    if _EITHER.fullmatch(plain):
        raise BadValue("its comma may stand before decimals or between thousands; write the number without one")
    value = float(plain.replace(",", "") if _THOUSANDS.fullmatch(plain) else plain.replace(",", "."))
    if not math.isfinite(value):
        raise BadValue("write a number that is not infinite")
    return value, False


def _key_of(heading: str) -> str | None:
    return "call_id" if folded(heading) in _CALL_ID else None


def _columns_of_words(listed: ListTable, names: dict[str, str]) -> list[str]:
    """Headings of columns with a value, of which none is a number or a flag: remarks, names of products."""
    return [heading for heading in names if _holds_words(line.cells.get(heading, "") for line in listed.lines)]


def _holds_words(cells: Iterator[str]) -> bool:
    has_any = False
    for cell in cells:
        try:
            if value_of(cell) is not None:
                return False
        except BadValue:
            has_any = True
    return has_any


def _outcomes(listed: ListTable, names: dict[str, str], faults: list[str]) -> Iterator[Outcome]:
    for line in listed.lines:
        place = listed.place(line.line)
        if line.problem is not None:
            faults.append(f"{place} {line.problem}.")
            continue
        try:
            call_id = clean_id(line.cells.get("call_id", ""), remarks=[])
        except BadValue as error:
            faults.append(f"{place}: call_id is {line.cells['call_id']!r}: {error}.")
            continue
        if call_id is None:
            faults.append(f"{place} has no call_id; write the id of the call.")
            continue
        for heading, name in names.items():
            try:
                found = value_of(line.cells.get(heading, ""))
            except BadValue as error:
                faults.append(f"{place}: {heading} is {line.cells[heading]!r}: {error}.")
                continue
            if found is not None:
                yield Outcome(call_id, name, *found, place)
