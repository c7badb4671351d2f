"""Short transactions on the working database: all or nothing, one at a time, and a clear word when it is taken."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qa_pipeline.statements.files import schema_files
from qa_pipeline.transcription.tables import CallStatus
from qa_pipeline.voices.telling import Unsure
from qa_pipeline.warehouse import database
from qa_pipeline.warehouse.calls import known_calls, recordings_in_several, replace_calls, set_statuses, usable_calls
from qa_pipeline.warehouse.database import Warehouse, exclusive_lock, insert_rows
from qa_pipeline.warehouse.erasing import write_anew
from qa_pipeline.warehouse.held import BLOCK_BYTES, GROUP_ROWS, STORAGE_VERSION, WarehouseBusy, WarehouseUnusable
from qa_pipeline.warehouse.keys import primary_keys, without_keys
from qa_pipeline.warehouse.recording_keys import forget_recordings, other_days_with_recordings_of
from qa_pipeline.warehouse.refilling import refill_days
from qa_pipeline.warehouse.voices import VoicesRead, note_voices
from tests.warehouse.building import DAY_1, DAY_2, DAY_3, LOADED_AT, call_rows, put, recording_id

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb", lock_wait_s=0.2)


def count(warehouse: Warehouse, table: str = "calls") -> int:
    with warehouse.transaction() as connection:
        return count_in(connection, table)


def count_in(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    ((rows,),) = connection.execute(f"select count(*) from {table}").fetchall()
    return int(rows)


def keys_in(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute("select table_name from duckdb_constraints() where constraint_type = 'PRIMARY KEY'")
    return {table for (table,) in rows.fetchall()}


def test_a_missing_database_is_made_with_its_tables(tmp_path: Path) -> None:
    made = Warehouse(tmp_path / "not" / "there" / "warehouse.duckdb")
    assert count(made) == 0
    assert count(made, "sentences") == 0


def test_what_a_transaction_wrote_is_there_for_the_next(warehouse: Warehouse) -> None:
    put(warehouse, call_rows("a", DAY_1))
    assert count(warehouse) == count(warehouse, "sentences") == 1


def test_with_an_addition_few_of_the_rows_before_it_are_written_anew(warehouse: Warehouse) -> None:
    """DuckDB writes the last group of rows anew; a group of its own size has those of months."""
    fill = (
        "insert into outcomes by name select 'c' || i as call_id, 'sold' as name, date '2025-01-01' as call_date, "
        "1 as value, true as is_flag, now() as loaded_at from range(40_000) as made (i)"
    )
    for _ in range(2):
        with warehouse.transaction() as connection:
            connection.execute(fill)
    with warehouse.transaction() as connection:
        groups = connection.execute(
            "select row_group_id, sum(count) from pragma_storage_info('outcomes') "
            "where column_name = 'call_id' and segment_type <> 'VALIDITY' group by all"
        ).fetchall()
    assert max(rows for _, rows in groups) <= GROUP_ROWS


def test_a_day_is_read_in_small_blocks_and_a_file_keeps_those_it_was_made_with(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    def block_bytes(path: Path) -> tuple[int, ...]:
        with Warehouse(path).transaction() as connection:
            sizes = "select block_size from pragma_database_size() where database_name = current_database()"
            return tuple(size for (size,) in connection.execute(sizes).fetchall())

    put(warehouse, call_rows("a", DAY_1))
    assert block_bytes(warehouse.path) == (BLOCK_BYTES,)
    write_anew(warehouse.path)
    assert block_bytes(warehouse.path) == (BLOCK_BYTES,)
    duckdb.connect(str(tmp_path / "earlier.duckdb")).close()
    assert block_bytes(tmp_path / "earlier.duckdb") == (4 * BLOCK_BYTES,)


def test_a_file_in_the_layout_of_an_earlier_version_gets_that_of_now_and_loses_no_row(warehouse: Warehouse) -> None:
    layout = "select tags['storage_version'] from duckdb_databases() where database_name = current_database()"
    with duckdb.connect(str(warehouse.path)) as earlier:
        for file in schema_files():
            earlier.execute(without_keys(file.read_text(encoding="utf-8")))
        for table, row in call_rows("a", DAY_1).items():
            insert_rows(earlier, table, [row])
        assert earlier.execute(layout).fetchall() == [("v1.0.0+",)]
    put(warehouse, call_rows("b", DAY_1))
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        assert connection.execute(layout).fetchall() == [(f"{STORAGE_VERSION}+",)]
        assert connection.execute("select call_id from calls order by call_id").fetchall() == [("a",), ("b",)]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_an_exception_takes_everything_of_the_transaction_back(
    warehouse: Warehouse, error: type[BaseException]
) -> None:
    put(warehouse, call_rows("a", DAY_1))

    def write_and_fail() -> None:
        with warehouse.transaction() as connection:
            connection.execute("delete from calls")
            insert_rows(connection, "sentences", [call_rows("b", DAY_1)["sentences"]])
            raise error

    with pytest.raises(error):
        write_and_fail()
    assert (count(warehouse), count(warehouse, "sentences")) == (1, 1)


def test_a_constraint_that_is_broken_takes_everything_back_too(warehouse: Warehouse) -> None:
    put(warehouse, call_rows("a", DAY_1))
    placeless = call_rows("c", DAY_1)
    placeless["calls"] |= {"source_uri": None}
    with pytest.raises(duckdb.ConstraintException):
        put(warehouse, call_rows("b", DAY_1), placeless)
    assert count(warehouse) == 1


def test_the_keys_are_those_that_duckdb_reads_in_the_schema() -> None:
    with duckdb.connect() as with_keys:
        for file in schema_files():
            with_keys.execute(file.read_text(encoding="utf-8"))
        found = with_keys.execute(
            "select table_name, constraint_column_names from duckdb_constraints() where constraint_type = 'PRIMARY KEY'"
        ).fetchall()
    assert dict(found) == primary_keys()


def test_the_tables_of_an_earlier_version_lose_their_keys_and_no_row(warehouse: Warehouse) -> None:
    rows = call_rows("a", DAY_1)
    with duckdb.connect(str(warehouse.path)) as earlier:
        for file in schema_files():
            earlier.execute(file.read_text(encoding="utf-8"))
        for table, row in rows.items():
            insert_rows(earlier, table, [row])
        assert keys_in(earlier)
    with warehouse.transaction() as connection:
        assert not keys_in(connection)
        assert {table: count_in(connection, table) for table in rows} == dict.fromkeys(rows, 1)
        with pytest.raises(duckdb.ConstraintException, match="CHECK"):
            connection.execute("update calls set status = 'no such status'")


def test_transactions_of_several_threads_wait_for_each_other(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    threads = [threading.Thread(target=put, args=(warehouse, call_rows(f"c{n}", DAY_1))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(warehouse) == 4


def test_a_lock_that_is_held_for_too_long_is_reported_with_the_file(warehouse: Warehouse) -> None:
    lock = warehouse.path.with_suffix(".lock")
    with exclusive_lock(lock, 1.0), pytest.raises(WarehouseBusy, match=r"warehouse\.lock was held by another process"):
        count(warehouse)
    assert count(warehouse) == 0


HOLDS = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=True)
print("open", flush=True)
sys.stdin.read()
"""


def test_a_database_open_in_another_program_is_named_with_the_way_out(warehouse: Warehouse) -> None:
    assert count(warehouse) == 0
    arguments = [sys.executable, "-c", HOLDS, str(warehouse.path)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(WarehouseBusy, match=r"is open in .* \(process \d+\).*open the published snapshot"):
            count(warehouse)
        holder.communicate()
    assert count(warehouse) == 0


def test_a_file_that_is_no_database_is_named_at_once(warehouse: Warehouse) -> None:
    warehouse.path.write_bytes(b"not a database" * 1000)
    with pytest.raises(
        WarehouseUnusable, match=r"warehouse\.duckdb cannot be opened for writing: .*not a valid DuckDB"
    ):
        count(warehouse)


# -- rows ---------------------------------------------------------------------------------------------------------


def rows_of(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    with warehouse.transaction() as connection:
        return connection.execute(query).fetchall()


def test_no_rows_are_no_statement(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        assert insert_rows(connection, "calls", []) == 0


def test_words_times_zones_and_odd_characters_come_back_as_they_were(warehouse: Warehouse) -> None:
    text = "您好 'quoted' \0 \U0001f600 \\n ؜"
    moment = dt.datetime(2025, 9, 1, 23, 59, 59, 123456, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    word = {"begin_ms": 0, "end_ms": 900, "text": text, "punctuation": "。", "confidence": 0.25}
    call = call_rows("a", DAY_1, started_at=moment, agent_name=text)
    call["sentences"] |= {"words": [word], "text": text, "emotion": None}
    put(warehouse, call)
    with warehouse.transaction() as connection:
        assert connection.execute("select text, words, emotion from sentences").fetchall() == [(text, [word], None)]
        assert connection.execute("select agent_name from calls").fetchall() == [(text,)]
        seen = connection.execute("select started_at at time zone 'UTC' from calls").fetchall()
    assert seen == [(dt.datetime(2025, 9, 1, 15, 59, 59, 123456),)]  # noqa: DTZ001 - DuckDB's zoneless UTC


def test_a_column_that_is_not_in_the_table_is_refused_and_named(warehouse: Warehouse) -> None:
    misspelt = {**call_rows("a", DAY_1)["calls"], "agent_nmae": "x"}
    with pytest.raises(ValueError, match="calls has no column agent_nmae"):
        put(warehouse, {"calls": misspelt})


# -- calls --------------------------------------------------------------------------------------------------------


def test_usable_calls_are_those_of_the_days_that_are_not_set_aside(warehouse: Warehouse) -> None:
    put(
        warehouse,
        call_rows("b", DAY_1, agent_channel=1, language="zh"),
        call_rows("a", DAY_1, agent_channel=0, status="pending"),
        call_rows("q", DAY_1, status="quarantined"),
        call_rows("later", DAY_2),
    )
    with warehouse.transaction() as connection:
        found = usable_calls(connection, [DAY_1])
    assert [(call.call_id, call.agent_channel, call.language) for call in found] == [("a", 0, None), ("b", 1, "zh")]


def test_statuses_are_written_to_their_calls_and_to_no_others(warehouse: Warehouse) -> None:
    put(warehouse, call_rows("a", DAY_1, status="pending"), call_rows("b", DAY_1, status="pending"))
    with warehouse.transaction() as connection:
        set_statuses(
            connection, {"a": CallStatus("partial", "DECODE_ERROR", "customer: bad"), "no-such": CallStatus("ok")}
        )
        set_statuses(connection, {})
    assert rows_of(warehouse, "select call_id, status, status_reason, status_message from calls order by all") == [
        ("a", "partial", "DECODE_ERROR", "customer: bad"),
        ("b", "pending", None, None),
    ]


def test_a_recording_of_two_usable_calls_is_found_whatever_the_day_of_the_other(warehouse: Warehouse) -> None:
    put(warehouse, call_rows("a", DAY_1), call_rows("c", DAY_2))
    with warehouse.transaction() as connection:
        assert recordings_in_several(connection, [DAY_1]) == set()
        b = call_rows("b", DAY_2, audio="a")
        replace_calls(connection, [], [b["calls"]], [b["call_channels"]])
        assert recordings_in_several(connection, [DAY_1]) == {recording_id("a")}
        connection.execute("update calls set status = 'quarantined' where call_id = 'b'")
        assert recordings_in_several(connection, [DAY_1]) == set()


@pytest.mark.parametrize(
    "change",
    [
        "insert into call_channels select * replace ('b' as call_id, date '{later}' as call_date) from call_channels "
        "where call_id = 'a'",
        "update call_channels set call_date = date '{later}' where call_id = 'moving'",
    ],
)
def test_other_writers_of_channels_do_not_hide_a_recording_of_two_calls(warehouse: Warehouse, change: str) -> None:
    """Days that have another number of channels than of keys of them are looked at again, also where the number of all
    days is the same."""
    put(warehouse, call_rows("a", DAY_1), call_rows("moving", DAY_2, audio="a"), call_rows("b", DAY_3))
    with warehouse.transaction() as connection:
        assert other_days_with_recordings_of(connection, [DAY_1]) == [DAY_2]
        connection.execute(change.format(later=DAY_3))
        assert DAY_3 in other_days_with_recordings_of(connection, [DAY_1])


def test_channels_that_are_replaced_wholesale_are_noted_anew(warehouse: Warehouse) -> None:
    put(warehouse, call_rows("a", DAY_1), call_rows("b", DAY_2))
    with warehouse.transaction() as connection:
        assert recordings_in_several(connection, [DAY_1]) == set()
        connection.execute("update call_channels set recording_id = ? where call_id = 'b'", [recording_id("a")])
        forget_recordings(connection)
        assert recordings_in_several(connection, [DAY_1]) == {recording_id("a")}


def test_what_a_version_wrote_that_knows_no_keys_of_recordings_is_noted_anew(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(warehouse, call_rows("a", DAY_1), call_rows("b", DAY_2))
    with warehouse.transaction() as connection:
        assert recordings_in_several(connection, [DAY_1]) == set()
    with monkeypatch.context() as earlier:
        earlier.setattr(database, "_AS_WORKED_WITH", " without keys")
        earlier.setattr(database, "forget_recordings", lambda _: None)
        with warehouse.transaction() as connection:
            connection.execute("update call_channels set recording_id = ? where call_id = 'b'", [recording_id("a")])
    with warehouse.transaction() as connection:
        assert recordings_in_several(connection, [DAY_1]) == {recording_id("a")}


def test_calls_that_arrive_as_they_stand_are_not_written_again(warehouse: Warehouse) -> None:
    a, b, undated = call_rows("a", DAY_1), call_rows("b", DAY_1), call_rows("u", None, status="quarantined")
    put(warehouse, a, b, undated)
    later = LOADED_AT + dt.timedelta(hours=1)
    changed = {**b["call_channels"], "offset_ms": 40}
    with warehouse.transaction() as connection:
        set_statuses(connection, {"a": CallStatus("ok", "a reason of who read it")})
        note_voices(connection, [DAY_1], {"a": VoicesRead(None, 0.4)})
        replace_calls(
            connection,
            ["a", "b", "u"],
            [{**rows["calls"], "loaded_at": later} for rows in (a, b, undated)],
            [a["call_channels"], changed, undated["call_channels"]],
        )
    assert rows_of(
        warehouse,
        "select call_id, loaded_at, offset_ms from calls inner join call_channels using (call_id) order by all",
    ) == [("a", LOADED_AT, 0), ("b", later, 40), ("u", later, 0)]


def test_voices_are_noted_of_the_days_calls_and_forgotten_where_nothing_is_known_any_more(warehouse: Warehouse) -> None:
    put(warehouse, call_rows("a", DAY_1), call_rows("b", DAY_1), call_rows("later", DAY_2))
    noted = "select call_id, voices_separation, voices_unsure, voices_unsure_reason from calls order by call_id"
    unsure = VoicesRead(Unsure.NOT_TOLD)
    with warehouse.transaction() as connection:
        note_voices(connection, [DAY_1], {"a": VoicesRead(None, 0.4, 1, "words"), "b": unsure})
        note_voices(connection, [DAY_2], {"later": unsure})
        assert connection.execute("select agent_voice, agent_by from call_voices where call_id = 'a'").fetchall() == [
            (1, "words")
        ]
        reason = Unsure.NOT_TOLD.value
        of_others = [("b", None, True, reason), ("later", None, True, reason)]
        assert connection.execute(noted).fetchall() == [("a", 0.4, False, None), *of_others]
        note_voices(connection, [DAY_1], {"b": unsure})
        assert connection.execute(noted).fetchall() == [("a", None, None, None), *of_others]


def test_what_is_as_it_was_leaves_the_file_as_it_was(warehouse: Warehouse) -> None:
    """A run with nothing new puts nothing in order when it closes the file."""
    rows = call_rows("a", DAY_1)
    put(warehouse, rows)
    refill = (
        "select 'a' as call_id, 0 as channel_id, $day::date as call_date, 'agent' as role, 'zh' as language, "
        "1 as sentence_count, 0.9 as speech_s, 1.0 as share"
    )

    def run() -> None:
        with warehouse.transaction() as connection:
            replace_calls(connection, ["a"], [rows["calls"]], [rows["call_channels"]])
            set_statuses(connection, {"a": CallStatus("ok")})
            assert refill_days(connection, "languages", [DAY_1], refill, {"day": DAY_1}) == 1

    run()
    before = warehouse.path.read_bytes()
    run()
    assert warehouse.path.read_bytes() == before


def test_replaced_calls_make_room_for_their_successors_in_one_transaction(warehouse: Warehouse) -> None:
    put(warehouse, call_rows("a", DAY_1), call_rows("b", DAY_1))
    with warehouse.transaction() as connection:
        moved = call_rows("a", DAY_2)
        replace_calls(connection, ["a", "b"], [moved["calls"]], [moved["call_channels"]])
        known = known_calls(connection, [DAY_1, DAY_2])
    assert [(call.call_id, call.call_date) for call in known] == [("a", DAY_2)]
