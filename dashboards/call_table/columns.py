"""The columns of the call list: how each is called, what it shows of a call, and what a file holds of it.

A call is a row of sql/pages/find_calls.sql with what `call_rows.with_details` adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dashboards.filters import LISTED_METRICS
from dashboards.palette import Mark, course, defect_label, emotion_mark, language_name, status_mark
from dashboards.people import outcome_texts
from qa_pipeline.conversation.catalogue import CATALOGUE
from qa_pipeline.published.snapshot import Row
from qa_pipeline.transcription.engine_abilities import abilities_of
from qa_pipeline.wording.clocks import UNKNOWN, clock, moment
from qa_pipeline.wording.figures import figure
from qa_pipeline.wording.languages import t, to_translate
from qa_pipeline.wording.problems import meaning
from qa_pipeline.wording.voices import form_label

COURSE_STEPS = 8
"""Emotions of a customer that are shown one after the other; of more, the first and the last ones."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a place of the table shows: a text or marks (None between them: some are left out), and a quiet line below.
    `leads` says that the text opens the call."""

    text: str = ""
    below: str = ""
    marks: tuple[Mark | None, ...] = ()
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `key` is its name in a URL and what the list is sorted by, `fields` are the columns of a file.

    `is_number` ones stand at the right; of `falls_first` ones the interesting end is the large one, so that a first
    click sorts them downwards.
    """

    key: str
    word: str
    fields: tuple[str, ...]
    show: Callable[[Row], Cell]
    is_number: bool = False
    falls_first: bool = False
    about: str = ""

    @property
    def title(self) -> str:
        """Its heading in the reader's language."""
        return t(self.word)


def columns_of(names: Sequence[str]) -> list[Column]:
    """The columns of these keys in the order given, without those that don't exist; the usual ones where none is left.
    The call itself always comes first."""
    chosen = [name for name in dict.fromkeys(names) if name in COLUMNS and name != CALL]
    return [COLUMNS[name] for name in (CALL, *(chosen or USUAL))]


def fields_of(columns: Iterable[Column]) -> list[str]:
    """The columns of a file, named as in the tables of the snapshot."""
    return list(dict.fromkeys(field for column in columns for field in column.fields))


def _call(call: Row) -> Cell:
    when = moment(call["started_at"]) if call["started_at"] else call["call_date"] or t("no date")
    return Cell(call["call_id"], str(when), leads=True)


def _agent(call: Row) -> Cell:
    if len(call["agents"]) > 1:
        return Cell(t(", then ").join(call["agents"]))
    name, agent_id = call["agent_name"], call["agent_id"]
    below = (agent_id if name else None, call["team"])
    return Cell(name or agent_id or UNKNOWN, " · ".join(filter(None, below)))


def _customers_course(call: Row) -> Cell:
    steps = course(call["customer_course"])
    can_be_labelled = all(abilities_of(engine).gives_emotions for engine in call["engines"])
    if not any(steps) and not can_be_labelled:
        return Cell(UNKNOWN)
    marks: list[Mark | None] = [emotion_mark(step) for step in steps]
    if len(marks) > COURSE_STEPS:
        half = COURSE_STEPS // 2
        marks = [*marks[:half], None, *marks[-half:]]
    return Cell(marks=tuple(marks)) if marks else Cell(UNKNOWN)


def _status(call: Row) -> Cell:
    reason = call.get("status_reason")
    return Cell(marks=(status_mark(call["status"]),), below=meaning(reason) or reason or "")


def _listed(field: str, word: Callable[[str], str] = str) -> Callable[[Row], Cell]:
    return lambda call: Cell(t(", ").join(word(value) for value in call.get(field) or ()) or UNKNOWN)


def _plain(field: str, word: Callable[[str], str] = str) -> Callable[[Row], Cell]:
    return lambda call: Cell(UNKNOWN if call.get(field) is None else word(str(call[field])))


def _called_again(call: Row) -> Cell:
    has_called = call.get("repeat_call_within_7_days")
    return Cell(UNKNOWN if has_called is None else t("yes") if has_called else t("no"))


def _outcomes(call: Row) -> Cell:
    return Cell(t(", ").join(outcome_texts(call.get("outcomes"))) or UNKNOWN)


def _length(call: Row) -> Cell:
    return Cell(clock(call["duration_s"]))


def _metric(column: str) -> Callable[[Row], Cell]:
    unit = f"{column}_unit" if column.endswith("_talk_speed") else ""
    return lambda call: Cell(figure(column, call.get(column), call.get(unit)))


def _metric_column(column: str) -> Column:
    fields = (column, f"{column}_unit") if column.endswith("_talk_speed") else (column,)
    entry = CATALOGUE[column]
    return Column(column, entry.label, fields, _metric(column), is_number=True, falls_first=True, about=entry.formula)


CALL = "call"
USUAL = ("agent", "queue", "length", "languages", "anger", "status")
"""Keys of the columns that a list has where nobody chose others."""

_FIXED = (
    Column(CALL, to_translate("Call"), ("call_id",), _call),
    Column("date", to_translate("Date"), ("call_date", "started_at"),
        lambda call: Cell(moment(call["started_at"]) if call["started_at"] else str(call["call_date"] or UNKNOWN)),
        falls_first=True),
    Column("agent", to_translate("Agent"), ("agent_id", "agent_name"), _agent),
    Column("team", to_translate("Team"), ("team",), _plain("team"),
        about=to_translate("The agent's team on the day of the call")),
    Column("supervisor", to_translate("Supervisor"), ("supervisor",), _plain("supervisor"),
        about=to_translate("The agent's supervisor on the day of the call")),
    Column("queue", to_translate("Queue"), ("queue",), _plain("queue")),
    Column("direction", to_translate("Direction"), ("direction",), _plain("direction", t)),
    Column("customer", to_translate("Customer"), ("customer_id",), _plain("customer_id")),
    Column("length", to_translate("Length"), ("duration_s",), _length, is_number=True, falls_first=True),
    Column("languages", to_translate("Languages"), ("languages",), _listed("languages", language_name)),
    Column("anger", to_translate("Customer's emotions"), ("customer_course",), _customers_course, falls_first=True,
        about=to_translate("As they went; sorted by the customer's angry seconds")),
    Column("status", to_translate("Status"), ("status", "status_reason"), _status),
    Column("engine", to_translate("Engine"), ("engines",), _listed("engines")),
    Column("defects", to_translate("Defects of the sound"), ("defects",), _listed("defects", defect_label),
        falls_first=True),
    Column("form", to_translate("Form"), ("form",), _plain("form", form_label)),
    Column("outcomes", to_translate("Outcomes"), ("outcomes",), _outcomes,
        about=to_translate("What outcomes.csv says of the call")),
    Column("repeat", to_translate("Called again"), ("repeat_call_within_7_days",), _called_again,
        about=to_translate("Whether the customer called again within seven days")),
    Column("rules_hit", to_translate("Rules that are a hit"), ("rules_hit",), _listed("rules_hit_titles"),
        falls_first=True, about=to_translate("Those that matter most first; sorted by how many they are")),
    Column("rules_missed", to_translate("Rules that are a miss"), ("rules_missed",), _listed("rules_missed_titles"),
        falls_first=True, about=to_translate("Those that matter most first; sorted by how many they are")),
)  # fmt: skip

COLUMNS: dict[str, Column] = {column.key: column for column in (*_FIXED, *map(_metric_column, LISTED_METRICS))}
"""Every column that a list can have, in the order in which they are offered."""
