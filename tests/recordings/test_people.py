"""people.csv: who the agents are, from when to when, whatever program wrote the list."""

from __future__ import annotations

import datetime as dt
import io
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from qa_pipeline.recordings.people import BadPeople, People, Person, read_people
from qa_pipeline.recordings.sidecars import BadMetadataFile

ZONE = ZoneInfo("Asia/Shanghai")
DAY = dt.date(2025, 9, 2)


def people(text: str | bytes) -> People:
    return read_people(text if isinstance(text, bytes) else text.encode(), "people.csv", ZONE)


def faults(text: str) -> list[str]:
    with pytest.raises(BadPeople) as refused:
        people(text)
    return refused.value.faults


def test_a_move_of_team_ends_the_period_before_it() -> None:
    listed = people(
        "agent_id,name,team,supervisor,hired_at,email,valid_from\n"
        'A1,"Lee, Ana",North,Wei,1988-04-01,Ana@Example.COM,\n'
        "A1,Ana Lee,South,Li,1988-04-01,ana@example.com,2025-09-02\n"
    )
    hired = dt.date(1988, 4, 1)
    assert listed.periods == (
        Person("A1", "Lee, Ana", "North", "Wei", hired, "ana@example.com", None, dt.date(2025, 9, 1)),
        Person("A1", "Ana Lee", "South", "Li", hired, "ana@example.com", DAY, None),
    )


def test_a_list_is_read_as_other_lists_are() -> None:
    chinese = '工号;姓名;班组;主管;入职日期\n="007";陈薇;一组;王强;2023年4月1日\n'.encode("gb18030")
    listed = people(chinese)
    assert listed.periods == (Person("007", "陈薇", "一组", "王强", dt.date(2023, 4, 1)),)
    assert "read as gb18030" in listed.remarks[0]
    tabs = people("\ufeffsep=\t\nPersonnel\t\nAgent ID\tE-Mail\tTeam\tShoe size\nA1\tb@c.org\tN\t44\n")
    assert tabs.periods == (Person("A1", team="N", email="b@c.org"),)
    assert tabs.remarks == ("people.csv: not used: column Shoe size.",)


def test_a_workbook_is_read_too() -> None:
    book = openpyxl.Workbook()
    book.active.append(["Agent ID", "Name", "Team", "Valid from"])
    book.active.append([17, "Ana", "North", DAY])
    written = io.BytesIO()
    book.save(written)
    assert people(written.getvalue()).periods == (Person("17", "Ana", "North", valid_from=DAY),)


def test_ends_that_mean_for_ever_are_open() -> None:
    assert people("agent_id,valid_from,valid_to\nA,1900-01-01,9999-12-31\n").periods == (
        Person("A", valid_from=dt.date(1900, 1, 1)),
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",Ana,,,", "people.csv, line 3 has no agent_id; write the id that the calls of the agent have."),
        ("A/2,,,,", "people.csv, line 3: agent_id is 'A/2': an id must not hold slashes."),
        ("A2,,,x,", "people.csv, line 3: email is 'x': it must be one address such as ana@example.com."),
        ("A2,,31/31/2020,,", "people.csv, line 3: valid_from is '31/31/2020': "),
        ("A2,,2025-09-03,,2025-09-02", "people.csv, line 3: valid_to 2025-09-02 lies before valid_from 2025-09-03; "),
        ("A1,,,,", "people.csv, line 3: A1 is in line 2 too; give each line its valid_from, or delete one."),
        ("A2,,,a@b.org,", "people.csv, line 3: a@b.org is the e-mail of A1 and A2; correct one."),
        ("A2,,,,,,too,many", "people.csv, line 3 has 8 cells under 5 headings; put cells"),
        ('A2,"Ana,,,', 'people.csv, line 3 has a quote (") that is not closed'),
    ],
)
def test_a_list_with_a_fault_is_not_taken_and_the_line_is_named(line: str, said: str) -> None:
    [fault] = faults(f"agent_id,name,valid_from,email,valid_to\nA1,Ana,,a@b.org,\n{line}\n")
    assert fault.startswith(said)


def test_periods_of_an_agent_that_overlap_are_refused() -> None:
    [fault] = faults("agent_id,valid_from,valid_to\nA,,2025-09-05\nA,2025-09-02,\n")
    assert fault == (
        "people.csv, line 3: A begins on 2025-09-02, while line 2 goes on to 2025-09-05; let one end before the other "
        "begins."
    )


def test_all_faults_are_named_up_to_a_number() -> None:
    found = faults("agent_id,email\n" + "".join(f"A{number},x\n" for number in range(30)))
    assert len(found) == 21
    assert found[-1] == "… and 10 more"


@pytest.mark.parametrize("text", ["", "name,team\nx,y\n", "agent_id,agent\nA,B\n"])
def test_a_file_that_is_not_such_a_list_says_what_it_needs(text: str) -> None:
    with pytest.raises(BadMetadataFile, match="agent_id"):
        people(text)


def test_a_list_of_nobody_is_a_fault() -> None:
    assert faults("agent_id,name\n\n") == [
        "people.csv names nobody; write a line for each agent, or delete the file to have no list."
    ]
