"""Reads people.csv: who the agents are, in which team, under whom, and from when to when.

One line per agent, or per agent and period: a move of team is a new line with `valid_from`, and the calls before it
stay with the team before. A list with a fault is not taken at all: half a team would be worse than yesterday's.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from qa_pipeline.recordings.keys import folded
from qa_pipeline.recordings.list_tables import ListLine, ListTable, parse_list_table
from qa_pipeline.recordings.moments import normalized, read_moment
from qa_pipeline.recordings.values import BadValue, clean_id, clean_text
from qa_pipeline.recordings.written_moments import NotAMoment

PEOPLE_NAMES = ("people.csv", "people.tsv", "people.xlsx", "people.xlsm")
"""What the list may be called, in any case; the first that is there counts."""

FAULTS_NAMED = 20
DATE_EXAMPLE = "2025-09-01"
FIRST_YEAR, FOR_EVER = 1900, 2100
"""What lies before the one or from the other on is how personnel systems write an open end: 9999-12-31."""

_WORDS = {
    "agent_id": "agent_id agent agent_login agent_number agent_code employee_id staff_id user_id login 工号 坐席工号 "
    "座席工号 坐席编号 员工编号",
    "name": "name agent_name full_name display_name employee_name 姓名 坐席姓名 座席姓名 员工姓名",
    "team": "team team_name group agent_group 班组 团队 小组 组别",
    "supervisor": "supervisor supervisor_name team_lead team_leader teamleader lead manager 主管 班长 组长 上级",
    "hired_at": "hired_at hired hire_date hired_on date_of_hire start_date entry_date 入职日期 入职时间",
    "email": "email e_mail mail email_address e_mail_address 邮箱 电子邮箱 邮件",
    "valid_from": "valid_from from since effective_from 生效日期 起始日期 开始日期",
    "valid_to": "valid_to to until valid_until effective_to 失效日期 截止日期 结束日期",
}
_KEYS = {folded(word): key for key, words in _WORDS.items() for word in words.split()}
_EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+")


@dataclass(frozen=True, slots=True)
class Person:
    """An agent in one period: from `valid_from` to `valid_to`, both included; None leaves that end open."""

    agent_id: str
    name: str | None = None
    team: str | None = None
    supervisor: str | None = None
    hired_at: dt.date | None = None
    email: str | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class People:
    """The periods of a list by agent and date, and remarks on how it was read."""

    periods: tuple[Person, ...]
    remarks: tuple[str, ...] = ()


class BadPeople(ValueError):
    """A list that is not taken; `faults` are sentences with file, line and way out."""

    def __init__(self, faults: Sequence[str]) -> None:
        more = len(faults) - FAULTS_NAMED
        self.faults = [*faults[:FAULTS_NAMED], *([f"… and {more:,} more"] if more > 0 else [])]
        super().__init__(" ".join(self.faults))


def people_key(heading: str) -> str | None:
    """The key that a heading means: `Agent ID`, `E-Mail`, 班组."""
    return _KEYS.get(folded(heading))


def read_people(
    content: bytes, label: str, timezone: dt.tzinfo, *, encoding: str | None = None, formats: Sequence[str] = ()
) -> People:
    """The list by its bytes; `label` names it in messages, `formats` are the settings' formats of dates.

    Raises:
        BadPeople: a line is wrong, and the list with it.
        BadMetadataFile: it can't be read at all.
    """
    listed = parse_list_table(content, label, people_key, "agent_id", encoding)
    if not listed.lines:
        raise BadPeople([f"{label} names nobody; write a line for each agent, or delete the file to have no list."])
    faults: list[str] = []
    read = [
        (line.line, person) for line in listed.lines if (person := _person(listed, line, timezone, formats, faults))
    ]
    periods = tuple(_periods(listed, read, faults))
    faults += _shared_emails(listed, read, periods)
    if faults:
        raise BadPeople(faults)
    unknown = [heading for heading in listed.headings if heading and heading not in _WORDS]
    others = [f"{label}: not used: column {', '.join(unknown)}."] if unknown else []
    return People(periods, (*listed.remarks, *others))


def _person(
    listed: ListTable, line: ListLine, timezone: dt.tzinfo, formats: Sequence[str], faults: list[str]
) -> Person | None:
    place = listed.place(line.line)
    if line.problem is not None:
        faults.append(f"{place} {line.problem}.")
        return None
    if "agent_id" not in line.cells:
        faults.append(f"{place} has no agent_id; write the id that the calls of the agent have.")
        return None
    values: dict[str, Any] = {}
    sound = True
    for key, raw in line.cells.items():
        if key not in _WORDS:
            continue
        try:
            values[key] = _value(key, raw, timezone, formats)
        except BadValue as error:
            faults.append(f"{place}: {key} is {raw!r}: {error}.")
            sound = False
    if not sound:
        return None
    person = Person(**values)
    if person.valid_from and person.valid_to and person.valid_to < person.valid_from:
        faults.append(f"{place}: valid_to {person.valid_to} lies before valid_from {person.valid_from}; correct one.")
        return None
    return person


def _value(key: str, raw: str, timezone: dt.tzinfo, formats: Sequence[str]) -> Any:
    if key == "agent_id":
        return clean_id(raw)
    if key in ("hired_at", "valid_from", "valid_to"):
        return _date(raw, timezone, formats)
    text = clean_text(raw)
    if key == "email" and text is not None:
        if not _EMAIL.fullmatch(text):
            raise BadValue("it must be one address such as ana@example.com")
        return text.casefold()
    return text


def _date(raw: str, timezone: dt.tzinfo, formats: Sequence[str]) -> dt.date | None:
    """A date, None for an open end."""
    text = clean_text(raw)
    if text is None:
        return None
    try:
        moment = read_moment(normalized(text), formats).resolve(timezone, [])
    except NotAMoment as error:
        raise BadValue(str(error)) from error
    except (ValueError, OverflowError) as error:
        raise BadValue(f"it is not a date; write one such as {DATE_EXAMPLE}") from error
    day = moment.astimezone(timezone).date() if isinstance(moment, dt.datetime) else moment
    return day if FIRST_YEAR <= day.year < FOR_EVER else None


def _periods(listed: ListTable, read: Iterable[tuple[int, Person]], faults: list[str]) -> Iterator[Person]:
    """Each agent's periods in order, an open end closed where the next one begins."""
    by_agent: dict[str, list[tuple[int, Person]]] = {}
    for line, person in read:
        by_agent.setdefault(person.agent_id, []).append((line, person))
    for agent_id, own in sorted(by_agent.items()):
        own.sort(key=lambda each: (each[1].valid_from or dt.date.min, each[0]))
        for place, (line, person) in enumerate(own):
            following = own[place + 1] if place + 1 < len(own) else None
            if following is None:
                yield person
                continue
            later_line, later = following
            begins = later.valid_from
            if begins is None or begins == person.valid_from:
                faults.append(
                    f"{listed.place(later_line)}: {agent_id} is in line {line} too; give each line its valid_from, or "
                    "delete one."
                )
            elif person.valid_to is not None and person.valid_to >= begins:
                faults.append(
                    f"{listed.place(later_line)}: {agent_id} begins on {begins}, while line {line} goes on to "
                    f"{person.valid_to}; let one end before the other begins."
                )
            else:
                day_before = begins - dt.timedelta(days=1)
                yield person if person.valid_to else replace(person, valid_to=day_before)


def _shared_emails(listed: ListTable, read: Iterable[tuple[int, Person]], periods: Iterable[Person]) -> Iterator[str]:
    """An address says who somebody is who signs in, so two agents can't have it at the same time."""
    lines = {(person.agent_id, person.valid_from): line for line, person in read}
    by_email: dict[str, list[Person]] = {}
    for person in periods:
        if person.email:
            by_email.setdefault(person.email, []).append(person)
    for email, own in by_email.items():
        own.sort(key=lambda person: person.valid_from or dt.date.min)
        for one, other in pairwise(own):
            overlaps = one.valid_to is None or one.valid_to >= (other.valid_from or dt.date.min)
            if one.agent_id != other.agent_id and overlaps:
                line = lines[other.agent_id, other.valid_from]
                agents = f"{one.agent_id} and {other.agent_id}"
                yield f"{listed.place(line)}: {email} is the e-mail of {agents}; correct one."
