"""The working state of a day: any machine takes it up where another one left it, and nobody sees half of one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from typing import Any

import duckdb
import pytest

from qa_pipeline.sharding.day_warehouse import AskedCalls, DayWarehouse, StepTables, TableRows
from qa_pipeline.sharding.states import DayMovedOn, DayStates
from qa_pipeline.warehouse.calls import recordings_in_several, replace_calls
from qa_pipeline.warehouse.database import empty_database, insert_rows
from qa_pipeline.warehouse.day_rows import FACT_TABLES
from tests.sharding.machines import Shared, table_of, versions_of
from tests.warehouse.building import DAY_1, DAY_2, call_rows, recording_id

pytestmark = pytest.mark.thorough

SENTENCES = StepTables("reading", frozenset({"sentences"}))


CALL_FIELDS, CALL_VALUES = "call_date, source_uri, status, loaded_at", "date '2025-09-01', 'file:///a', 'ok', now()"


class Killed(BaseException):
    """Stands for the end of a process."""


SOME_TABLES = ("calls", "call_channels", "sentences", "turns")


def fill(machine: DayWarehouse, call_id: str, day: Any = DAY_1, *, tables: Collection[str] = SOME_TABLES) -> None:
    with machine.transaction() as connection:
        for table, row in call_rows(call_id, day).items():
            if table in tables:
                insert_rows(connection, table, [row])


def calls_on(machine: DayWarehouse, table: str = "calls") -> list[str]:
    with machine.reading() as connection:
        return [row[0] for row in connection.execute(f"select call_id from {table} order by call_id").fetchall()]


def test_a_machine_takes_up_what_another_one_has_done(shared: Shared) -> None:
    one, two = shared.machine("one"), shared.machine("two")
    fill(one, "a", tables=FACT_TABLES)
    fill(two, "b", tables=FACT_TABLES)
    assert calls_on(one) == calls_on(two) == ["a", "b"]
    with one.reading() as connection, two.reading() as other:
        for table in FACT_TABLES:
            rows = f"from {table} order by all"
            assert connection.execute(rows).fetchall() == other.execute(rows).fetchall(), table
            assert connection.execute(rows).fetchall() or table not in call_rows("a", DAY_1), table


def test_what_did_not_change_is_neither_read_nor_written(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = shared.machine("one"), shared.machine("two")
    fill(one, "a")
    fill(two, "b")
    keys, version = shared.keys(), versions_of(two)
    moved: list[str] = []
    monkeypatch.setattr(type(two._files), "get", lambda _, key, __: moved.append(key))
    with two.transaction() as connection:
        connection.execute("update calls set loaded_at = now()")  # as a run does that finds everything as it was
    assert shared.keys() == keys
    assert versions_of(two) == version
    assert moved == []


def test_only_the_tables_that_changed_travel(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = shared.machine("one"), shared.machine("two")
    fill(one, "a")
    assert calls_on(two) == ["a"]
    keys = shared.keys()
    with one.transaction() as connection:
        connection.execute("update calls set status = 'failed'")
    assert [table_of(key) for key in shared.keys() - keys] == ["calls"]
    got: list[str] = []
    get = type(two._files).get
    monkeypatch.setattr(type(two._files), "get", lambda files, key, file: got.append(key) or get(files, key, file))
    with two.reading() as connection:
        assert connection.execute("select status from calls").fetchall() == [("failed",)]
    assert [table_of(key) for key in got] == ["calls"]


def test_an_error_leaves_the_state_before(shared: Shared) -> None:
    one, two = shared.machine("one"), shared.machine("two")
    fill(one, "a")
    version = versions_of(one)
    with pytest.raises(duckdb.ConstraintException), one.transaction() as connection:
        connection.execute("insert into calls select * replace ('b' as call_id, null as source_uri) from calls")
    assert versions_of(one) == version
    assert calls_on(one) == calls_on(two) == ["a"]


MORE_WRITES = [pytest.param(number, marks=pytest.mark.thorough) for number in (1, 3)]


@pytest.mark.parametrize("write", [0, *MORE_WRITES, "before the row", "after the row"])
def test_a_machine_killed_at_any_write_leaves_the_state_before_or_after(
    shared: Shared, monkeypatch: pytest.MonkeyPatch, write: int | str
) -> None:
    one, two = shared.machine("one"), shared.machine("two")
    fill(one, "a")
    with monkeypatch.context() as patched:
        if isinstance(write, int):
            patched.setattr(type(one._files), "put", killing_at(write, type(one._files).put))
        else:
            replace = DayStates.replace

            def killed(states: DayStates, changes: Any, **options: Any) -> None:
                if write == "after the row":
                    replace(states, changes, **options)
                raise Killed

            patched.setattr(DayStates, "replace", killed)
        with pytest.raises(Killed):
            fill(one, "b")
    found = calls_on(two)
    assert found == (["a", "b"] if write == "after the row" else ["a"])
    assert {table: calls_on(two, table) for table in ("calls", "sentences", "turns")} == dict.fromkeys(
        ("calls", "sentences", "turns"), found
    )
    assert calls_on(one) == found
    if found == ["a"]:
        fill(one, "b")
    assert calls_on(two) == ["a", "b"]


def killing_at(number: int, put: Callable[..., None]) -> Callable[..., None]:
    count = iter(range(number, -1, -1))

    def counted(*arguments: Any) -> None:
        if next(count) == 0:
            raise Killed
        put(*arguments)

    return counted


def test_a_machine_that_worked_from_an_earlier_state_is_refused(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = shared.machine("one"), shared.machine("two")
    fill(one, "a")
    hold = DayStates.hold
    monkeypatch.setattr(DayStates, "hold", lambda states, days, **_: hold(states, ()))  # as if its lock were lost
    with pytest.raises(DayMovedOn, match="2025-09-01"):
        while_another_one_fills(one, two, "delete from sentences")
    assert calls_on(one) == calls_on(two) == calls_on(one, "sentences") == ["a", "b"]


def test_two_who_begin_a_day_at_once(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = shared.machine("one"), shared.machine("two")
    hold = DayStates.hold
    monkeypatch.setattr(DayStates, "hold", lambda states, days, **_: hold(states, ()))
    with pytest.raises(DayMovedOn):
        while_another_one_fills(one, two, f"insert into calls (call_id, {CALL_FIELDS}) values ('a', {CALL_VALUES})")
    assert calls_on(one) == ["b"]


def while_another_one_fills(one: DayWarehouse, two: DayWarehouse, statement: str) -> None:
    with one.transaction() as connection:
        fill(two, "b")
        connection.execute(statement)


def test_a_machine_waits_for_another_one_and_says_so(shared: Shared) -> None:
    said: list[str] = []
    with shared.states.hold(["2025-09-01"]):
        with shared.states.hold(["2025-09-01", "2025-09-02"], say=said.append, wait_s=0.3):
            pass  # one that is frozen is not waited for for ever: versions decide
        with shared.states.hold(["2025-09-02"], say=said.append):
            pass
    assert said == ["another machine is at 2025-09-01; the run waits until it is done with it"]


def test_a_call_that_moves_is_found_on_the_day_that_it_leaves(shared: Shared) -> None:
    fill(shared.machine("one", DAY_1), "a")
    fill(shared.machine("one", DAY_1), "stays")
    two = shared.machine("two", DAY_2, None)
    two.find_known(["a"], [recording_id("a")], [])
    with two.transaction() as connection:
        assert [row[0] for row in connection.execute("select call_id from calls order by 1").fetchall()] == [
            "a",
            "stays",
        ]
        moved = call_rows("a", DAY_2)
        replace_calls(connection, ["a"], [moved["calls"]], [moved["call_channels"]])
    three = shared.machine("three", DAY_2)
    with three.reading() as connection:  # a later step has the rows that are still on the day before
        assert connection.execute("select call_date from sentences where call_id = 'a'").fetchall() == [(DAY_1,)]
    with three.transaction() as connection:
        connection.execute("delete from sentences where call_id = 'a'")
    assert calls_on(shared.machine("four", DAY_1)) == ["stays"]
    assert calls_on(shared.machine("four", DAY_1), "sentences") == ["stays"]
    shared.machine("three", DAY_2).note_published(versions_of(shared.machine("three", DAY_2)))
    assert calls_on(shared.machine("five", DAY_2)) == ["a"]


class Published:
    """What the lake has: calls of one day."""

    def __init__(self, day: dt.date, *call_ids: str) -> None:
        self._day, self._call_ids = day, call_ids

    def days_with(self, asked: AskedCalls) -> set[dt.date]:
        return {self._day} if asked.call_ids & set(self._call_ids) else set()

    def rows_of(self, day: dt.date | None) -> Iterator[tuple[str, TableRows]]:
        with empty_database() as lake:
            for call_id in self._call_ids:
                for table, row in call_rows(call_id, self._day).items():
                    insert_rows(lake, table, [row])
            for table in SOME_TABLES:
                yield table, lake.execute(f"from {table} where call_date = ?", [day]).to_arrow_reader()


def test_what_another_machine_put_in_the_place_of_channels_is_known_by_its_recording(shared: Shared) -> None:
    one, two = shared.machine("one", DAY_1, DAY_2), shared.machine("two", DAY_2)
    fill(one, "a", DAY_1)
    fill(one, "b", DAY_2)
    with one.transaction() as connection:
        assert recordings_in_several(connection, [DAY_1]) == set()
    other = call_rows("b", DAY_2, audio="a")
    with two.transaction() as connection:
        replace_calls(connection, ["b"], [other["calls"]], [other["call_channels"]])
    with one.transaction() as connection:
        assert recordings_in_several(connection, [DAY_1]) == {recording_id("a")}


def test_rows_that_were_taken_up_from_the_lake_do_not_come_back(shared: Shared) -> None:
    """One machine has read a day as it is published; another one then leaves a state in which a table is empty."""
    lake = Published(DAY_1, "a", "b")
    one, two = shared.machine("one", published=lake), shared.machine("two", published=lake)
    assert calls_on(one) == calls_on(one) == calls_on(one, "sentences") == ["a", "b"]
    with two.transaction() as connection:
        connection.execute("delete from sentences")
        connection.execute("delete from calls where call_id = 'b'")
    assert calls_on(one) == ["a"]
    assert calls_on(one, "sentences") == []
    fill(one, "c", tables=("calls",))
    assert calls_on(two) == ["a", "c"]
    assert calls_on(two, "sentences") == []


def test_rows_that_were_taken_up_from_the_lake_are_those_that_it_has_now(shared: Shared) -> None:
    one = shared.machine("one", published=Published(DAY_1, "a"))
    assert calls_on(one) == ["a"]
    assert calls_on(shared.machine("one", published=Published(DAY_1, "b"))) == ["b"]


def test_a_day_without_a_state_that_calls_have_left_is_as_published_as_before(shared: Shared) -> None:
    two = shared.machine("two", DAY_2, published=Published(DAY_1, "a", "stays"))
    two.find_known(["a"], [], [])
    with two.transaction() as connection:
        moved = call_rows("a", DAY_2)
        replace_calls(connection, ["a"], [moved["calls"]], [moved["call_channels"]])
    assert set(shared.states.read(["2025-09-01"])["2025-09-01"].tables) >= {"calls", "sentences"}
    assert list(shared.states.unpublished()) == ["2025-09-02"]


def test_a_step_is_done_again_only_when_its_tables_have_changed(shared: Shared) -> None:
    one, two = shared.machine("one"), shared.machine("two")
    fill(one, "a")
    assert not one.is_made_of(SENTENCES, "x")
    with one.transaction():
        one.note_made_of(SENTENCES, "x")
    assert two.is_made_of(SENTENCES, "x")
    assert not two.is_made_of(SENTENCES, "y")
    with one.transaction() as connection:
        connection.execute("update calls set status = 'failed'")
    assert two.is_made_of(SENTENCES, "x")
    with one.transaction() as connection:
        connection.execute("update sentences set text = 'otherwise'")
    assert not two.is_made_of(SENTENCES, "x")


def test_days_that_the_lake_has_are_forgotten_and_the_others_are_not(shared: Shared) -> None:
    one = shared.machine("one")
    fill(one, "a")
    assert shared.states.forget(0.0) == []
    shared.states.note_published(versions_of(one))
    assert shared.states.unpublished() == {}
    assert shared.states.forget(3600.0) == []
    assert shared.states.forget(0.0) == ["2025-09-01"]
    assert calls_on(shared.machine("two")) == []
