"""The list of people in the working database and in snapshots: whole, joined with calls by the day of the call."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from qa_pipeline.recordings.people import Person
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.parts import manifest_path, read_manifest
from qa_pipeline.warehouse.people import agents_not_listed, replace_agents
from qa_pipeline.warehouse.whole_file import write_whole_file
from tests.warehouse.building import DAY_1, DAY_2, LOADED_AT, as_one_file, call_rows, put, read, snapshot

NORTH = Person("A1", "Ana", "North", "Wei", valid_to=DAY_1)
SOUTH = Person("A1", "Ana Lee", "South", "Li", valid_from=DAY_2)
TEAMS = "select call_id, agent_name, team, supervisor, is_listed from call_agents order by call_id"


@pytest.fixture
def warehouse(warehouse: Warehouse) -> Warehouse:
    put(
        warehouse,
        call_rows("a", DAY_1, agent_id="A1", agent_name="ana"),
        call_rows("b", DAY_2, agent_id="A1"),
        call_rows("c", DAY_2, agent_id="A2", agent_name="Bob"),
        call_rows("d", None, agent_id="A1"),
    )
    return warehouse


def list_people(warehouse: Warehouse, *periods: Person, at: dt.datetime = LOADED_AT) -> bool:
    with warehouse.transaction() as connection:
        return replace_agents(connection, periods, at)


def parts_of_agents(link: Path) -> list[str]:
    manifest = read_manifest(link.resolve())
    assert manifest is not None
    return [part.file for part in manifest.parts["agents"]]


def test_a_call_has_the_team_that_its_agent_had_on_its_day(warehouse: Warehouse, link: Path) -> None:
    list_people(warehouse, NORTH, SOUTH)
    assert snapshot(warehouse, DAY_1, DAY_2).rows["agents"] == 2
    assert read(link, TEAMS) == [
        ("a", "Ana", "North", "Wei", True),
        ("b", "Ana Lee", "South", "Li", True),
        ("c", "Bob", None, None, False),
        ("d", "Ana Lee", "South", "Li", True),
    ]
    with warehouse.transaction() as connection:
        assert agents_not_listed(connection, [DAY_1, DAY_2]) == ["A2"]


def test_without_a_list_nobody_has_a_team(warehouse: Warehouse, link: Path) -> None:
    snapshot(warehouse, DAY_1, DAY_2)
    assert {row[2:] for row in read(link, TEAMS)} == {(None, None, False)}
    with warehouse.transaction() as connection:
        assert agents_not_listed(connection, [DAY_1, DAY_2]) == []


@pytest.mark.thorough  # many publishes; the list itself: the other tests here
def test_a_changed_list_is_seen_on_all_days_and_an_unchanged_one_is_not_written_again(
    warehouse: Warehouse, link: Path
) -> None:
    list_people(warehouse, NORTH, SOUTH)
    snapshot(warehouse, DAY_1, DAY_2)
    first = parts_of_agents(link)
    assert not list_people(warehouse, SOUTH, NORTH, at=LOADED_AT + dt.timedelta(days=1))
    snapshot(warehouse, DAY_2)
    assert parts_of_agents(link) == first
    assert list_people(warehouse, Person("A1", "Ana", "West"))
    snapshot(warehouse, DAY_2)
    assert [row[2] for row in read(link, TEAMS)] == ["West", "West", None, "West"]
    assert list_people(warehouse)
    snapshot(warehouse, DAY_2)
    assert parts_of_agents(link) == []


@pytest.mark.thorough  # many publishes; the list itself: the other tests here
def test_the_list_is_in_a_whole_file_and_outlives_a_change_of_form(warehouse: Warehouse, link: Path) -> None:
    list_people(warehouse, NORTH, SOUTH)
    snapshot(warehouse, DAY_1, DAY_2)
    whole = link.parent / "whole.duckdb"
    write_whole_file(link.resolve(), whole, lambda _: None)
    assert read(whole, TEAMS) == (before := read(link, TEAMS))
    manifest = manifest_path(link.resolve())
    manifest.write_text(manifest.read_text().replace('"schema": "', '"schema": "of another version'))
    snapshot(warehouse, DAY_2)
    assert read(link, TEAMS) == before
    as_one_file(link.parent)
    snapshot(warehouse, DAY_2)
    assert read(link, TEAMS) == before
