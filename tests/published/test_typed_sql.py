"""SQL that a person types, at each way to ask: what would write or reach more is refused, and the parts stay as they
are; what only asks is answered."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

import qa_pipeline
from qa_pipeline.errors import UserError
from qa_pipeline.published.ad_hoc import Asked, asking
from qa_pipeline.published.closed_functions import GIVE_ROWS, closed_functions
from qa_pipeline.published.notebooks import AnalysisSnapshot
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.published.typed_sql import NotAnswered, in_plain_blanks, typed_select
from qa_pipeline.settings import Settings
from qa_pipeline.warehouse.database import Warehouse
from tests.warehouse.building import DAY_1, call_rows, put, snapshot

Ask = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A QA_HOME with one call in parts."""
    folder = tmp_path_factory.mktemp("published")
    warehouse = Warehouse(folder / "warehouse.duckdb")
    put(warehouse, call_rows("a", DAY_1))
    snapshot(warehouse, DAY_1)
    return folder


@pytest.fixture(scope="module", params=["command", "notebook"])
def door(
    request: pytest.FixtureRequest, published: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Ask]]:
    """A home, and how it is asked: as `qa-pipeline sql` and `export --query` do, or as a notebook does."""
    home = shutil.copytree(published, tmp_path_factory.mktemp("typed") / "home", symlinks=True)
    if request.param == "command":
        with asking(Settings(home=home)) as answered:
            yield home, lambda sql: list(answered(Asked(sql, {})).tuples())
    else:
        with qa_pipeline.open_snapshot(home) as opened:
            yield home, lambda sql: list(opened.frame(sql).itertuples(index=False, name=None))


@pytest.fixture
def home(door: tuple[Path, Ask]) -> Path:
    return door[0]


@pytest.fixture
def ask(door: tuple[Path, Ask]) -> Ask:
    return door[1]


NO_BREAK, WIDE = "\u00a0", "\u3000"
COPY = "copy (select 7 as call_id) to '{part}'"
HOSTILE = {
    "copy": COPY,
    "copy of a pivot": "copy (pivot calls on queue using count(*)) to '{part}'",
    "copy after a with": "with own as (select 1) copy (from calls) to '{part}'",
    "copy in a with": "with own as (copy (select 1) to '{part}') from own",
    "explain analyze": f"explain analyze {COPY}",
    "explain analyse": f"EXPLAIN ANALYSE {COPY}",
    "options": f"explain (analyze) {COPY}",
    "more options": f"explain (analyze, format json) {COPY}",
    "options in marks": f'explain ("analyze", format "json") {COPY}',
    "comments": f"/* a ' */ explain -- select\n/* select (\n*/ analyze /* $$ */ {COPY}",
    "odd blanks": f"explain{NO_BREAK}analyze{WIDE}{COPY}",
    "odd blanks in front": f"{WIDE};{NO_BREAK}explain (analyze{WIDE}){NO_BREAK}{COPY}",
    "a copy that is only explained": f"explain {COPY}",
    "a pivot that is explained": "explain analyze copy (pivot calls on queue using count(*)) to '{part}'",
    "explain twice": f"explain analyze explain analyze {COPY}",
    "explain prepare": f"explain analyze prepare p as {COPY}",
    "explain execute": "explain analyze execute p",
    "explain create": "explain analyze create temp table calls as select 7 as call_id",
    "explain export": "explain analyze export database '{folder}/whole'",
    "explain set": "explain analyze set timezone = 'Asia/Tokyo'",
    "explain call": "explain analyze call enable_profiling(save_location='{manifest}')",
    "two statements": f"select 1; {COPY}",
    "two statements, the first an explain": f"explain select 1; {COPY}",
    "a semicolon and a comment": f"select 1 /* ; */; -- '\n{COPY}",
    "a pivot after": f"{COPY}; pivot calls on queue using count(*)",
    "two pivots": "pivot calls on queue using count(*); pivot calls on status using count(*)",
    "a table of a pivot": "create temp table calls as pivot main.calls on queue using count(*); select 1",
    "a table of a pivot alone": "create temp table calls as pivot main.calls on queue using count(*)",
    "profile": "from enable_profiling(save_location='{manifest}')",
    "profile in a select": "select * from system.main.\"Enable_Profiling\" /**/ (save_location = '{manifest}')",
    "profile after odd blanks": f"from{WIDE}enable_profiling{NO_BREAK}(save_location='{{manifest}}')",
    "profile after an apostrophe": "select /* ' */ 1 from\u2003enable_profiling(save_location='{manifest}') -- '",
    "profile after a dollar": "select $a\u2003$ ' $a\u2003$ from\u2003enable_profiling(save_location='{manifest}')--'",
    "profile, explained": "explain analyze from enable_profiling(save_location='{manifest}')",
    "profile in a text": "from query('from enable_profiling(save_location=''{manifest}'')')",
    "profile by a pragma": "pragma enable_profiling",
    "log": "from enable_logging(level='trace', storage='file', storage_config={{'path': '{folder}'}})",
    "a line for the log": "select write_log('x', level := 'error')",
    "checkpoint": "from checkpoint()",
    "forced checkpoint": "from force_checkpoint()",
    "a checkpoint's statement": "checkpoint",
    "a call": "call pragma_version()",
    "a foreign database": "from read_duckdb('{folder}/other.duckdb', table_name = 'x')",
    "memory of the program": "from arrow_scan(1, 2, 3)",
    "texts": "from read_text('{folder}/*')",
    "keys": "from duckdb_secrets()",
    "serialized": "from json_execute_serialized_sql('{{}}')",
    "serialized, by a pragma": "pragma json_execute_serialized_sql('{{}}')",
    "import": "import database '{folder}'",
    "import by a pragma": "pragma import_database('{folder}')",
    "a view": "create or replace view calls as select 7 as call_id",
    "a temporary view": "create or replace temp view calls as select 7 as call_id",
    "a macro": "create temp macro schema_version() as 'x'",
    "a table": "create temp table calls as select 7 as call_id",
    "insert": "insert into calls (call_id) values ('x')",
    "insert after a with": "with own as (select 'x') insert into publication from own",
    "update": "update publication set engine = 'x'",
    "delete": "delete from publication",
    "drop": "drop view calls",
    "merge": "merge into publication using calls on true when matched then delete",
    "comment": "comment on view calls is 'x'",
    "attach": "attach '{folder}/other.duckdb' as other",
    "export": "export database '{folder}/whole'",
    "set": "set enable_external_access = true",
    "set a file": "set profiling_output = '{manifest}'",
    "variable": "set variable qa_parts = '/'",
    "reset": "reset timezone",
    "pragma": "pragma profiling_output = '{manifest}'",
    "install": "install httpfs",
    "load": "load httpfs",
    "use": "use memory",
    "prepare": f"prepare p as {COPY}",
    "execute": "execute p",
    "begin": "begin",
    "vacuum": "vacuum analyze",
    "not Unicode": "select '\udcff'",
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_what_would_write_or_reach_more_is_refused_and_every_file_stays(ask: Ask, home: Path, hostile: str) -> None:
    before, parts = bytes_of(home), home / "published" / "parts"
    [manifest] = parts.glob("*.json")
    with pytest.raises((UserError, duckdb.ParserException)) as told:
        ask(hostile.format(part=next(parts.glob("*/*.parquet")), manifest=manifest, folder=parts))
    assert getattr(told.value, "exit_code", 2) == 2
    assert bytes_of(home) == before
    assert ask("select call_id from calls") == [("a",)]


def bytes_of(home: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}


ANSWERED = [
    "select count(*) from calls",
    ";select 1;;",
    "values (1)",
    "from calls",
    "table calls",
    "(select 1) union all (select 2)",
    "with own as (from calls) select count(*) from own",
    "with recursive up(n) as (select 1 union all select n + 1 from up where n < 3) from up",
    "describe calls",
    "describe select 1",
    "show tables",
    "show all tables",
    "summarize calls",
    "pivot calls on queue using count(*)",
    "pivot calls on queue, status using count(*);",
    "with own as (from calls) pivot own on queue using count(*)",
    "from (pivot calls on queue using count(*))",
    "unpivot (select 1 as a, 2 as b) on a, b",
    "pragma show_tables",
    "pragma table_info('calls')",
    "explain select 1",
    "explain (select 1)",
    "explain ((select 1))",
    "explain analyze (select 1)",
    "explain analyze from calls",
    "explain (format json) select 1",
    "explain (analyze, format 'json') (select 1)",
    "/* copy */ explain -- copy\n/**/ analyze /* ; */ with own as (from calls) from own;",
    f"{WIDE}explain{NO_BREAK}analyze{WIDE}select 1",
    "explain describe calls",
    "explain values (1)",
    "select 'explain analyze copy x to y; from query()' as copy -- ; copy",
    "select query, enable_profiling from (select 'query(' as query, 1 as enable_profiling)",
    "select unnest(range(3)), * from generate_series(2), duckdb_columns() limit 1",
    "from json_each('{\"a\": 1}')",
    "select count(*) from pragma_storage_info('publication')",
]


@pytest.mark.parametrize("sql", ANSWERED)
def test_what_only_asks_is_answered(ask: Ask, sql: str) -> None:
    assert ask(sql)


def test_blanks_in_texts_and_in_names_stay(ask: Ask) -> None:
    [row] = ask(f"select{NO_BREAK}'退款{WIDE}x',{WIDE}$$a{WIDE}b$$, e'{WIDE}' from (select 1 as \"c{WIDE}d\")")
    assert row == (f"退款{WIDE}x", f"a{WIDE}b", WIDE)


@pytest.fixture
def bare() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def test_every_odd_blank_of_duckdb_is_known(bare: duckdb.DuckDBPyConnection) -> None:
    for odd in (chr(code) for code in (0xA0, *range(0x1680, 0x3001), 0xFEFF)):
        try:
            bare.extract_statements(f"select{odd}1")
        except duckdb.Error:
            continue
        assert in_plain_blanks(f"select{odd}1") == "select 1", hex(ord(odd))


def test_a_function_of_another_duckdb_is_closed_until_somebody_has_looked_at_it(
    bare: duckdb.DuckDBPyConnection,
) -> None:
    closed = closed_functions()
    assert {"enable_logging", "enable_profiling", "glob", "query", "read_csv", "read_text", "checkpoint"} <= closed
    assert not closed & GIVE_ROWS
    with_effects = bare.execute(
        "select distinct function_name from duckdb_functions() where function_type = 'scalar' and has_side_effects"
    ).fetchall()
    looked_at = (
        "uuid uuidv4 uuidv7 gen_random_uuid random setseed sleep_ms error stats currval nextval current_query "
        "current_connection_id current_query_id current_transaction_id write_log"
    )
    assert {name for (name,) in with_effects} <= set(looked_at.split()), "look at what the new ones do"


def test_a_shared_database_in_memory_is_not_changed_either(bare: duckdb.DuckDBPyConnection) -> None:
    bare.execute("create view calls as select 'a' as call_id")
    opened = Snapshot(bare, "UTC", name="lake", identity="lake@1")
    notebook = AnalysisSnapshot(opened)
    for hostile in (
        "create or replace view calls as select 'b' as call_id",
        "create table more as pivot calls on call_id using count(*); select 1",
        "explain analyze create or replace view calls as select 'b' as call_id",
    ):
        with pytest.raises(NotAnswered):
            typed_select(opened, bare, hostile)
        with pytest.raises(UserError, match="statements"):
            notebook.frame(hostile)
    assert opened.tuples("from calls") == [("a",)]
    assert opened.tables() == {"calls"}
