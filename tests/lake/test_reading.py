"""Everything that reads what is published reads a lake as well, with a role that may only select."""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import psycopg
import pytest

from qa_pipeline import open_snapshot
from qa_pipeline.lake.place import LAKE, LakePlace
from qa_pipeline.published.closed_functions import READ_NAMES_FROM_TEXTS, TELL_OF_KEYS, closed_name
from qa_pipeline.published.newest import is_superseded, open_published
from qa_pipeline.published.notebooks import WrongQuestion
from qa_pipeline.published.snapshot import NothingPublished, UnreadableSnapshot
from qa_pipeline.settings import Settings, load_settings
from tests.commands.conftest import Typed
from tests.lake.servers import Servers
from tests.lake.test_publishing import publish, warehouse_of
from tests.warehouse.building import DAY_1, DAY_2, call_rows

ROOT = Path(__file__).resolve().parents[2]


def grant_reader(place: LakePlace) -> str:
    """Makes the role by the SQL of docs/scale.md; returns the catalog's URL for it."""
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    [granting] = re.findall(r"```sql\n(create role qa_reader.*?)```", page, flags=re.DOTALL)
    with psycopg.connect(place.catalog_url.replace("+psycopg", ""), autocommit=True) as connection:
        [exists] = connection.execute("select count(*) from pg_roles where rolname = 'qa_reader'").fetchone() or (0,)
        for statement in granting.split(";"):
            if statement.strip() and not (exists and statement.strip().startswith("create role")):
                connection.execute(statement)  # type: ignore[arg-type]
    return place.catalog_url.replace("//qa@", "//qa_reader@")


@pytest.mark.process
def test_readers_need_a_role_that_may_only_select_and_reach_nothing_else(
    place: LakePlace, servers: Servers, lake_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NothingPublished, match=r"nothing is published yet in s3://lake/lake_\d+"):
        open_published(lake_settings)
    warehouse = warehouse_of(tmp_path / "one", call_rows("a", DAY_1))
    publish(place, warehouse, DAY_1)
    monkeypatch.setenv("QA_LAKE_CATALOG", grant_reader(place))
    settings = load_settings()
    with open_published(settings) as pinned:
        publish(place, warehouse_of(tmp_path / "two", call_rows("b", DAY_2)), DAY_2)
        assert pinned.tuples("select call_id from calls") == [("a",)]
        assert is_superseded(settings, pinned.identity)
        with open_published(settings) as newest:
            assert newest.tuples("select call_id from calls order by all") == [("a",), ("b",)]
            assert not is_superseded(settings, newest.identity)
            assert "sentences" in newest.tables()
            assert "call_id" in newest.columns("agents_daily") | newest.columns("sentences")
            with pytest.raises(UnreadableSnapshot, match="no_such_table"):
                newest.rows("from no_such_table")
    with psycopg.connect(settings.lake_catalog_url.replace("+psycopg", ""), autocommit=True) as reader:
        for writing in ("delete from lake.ducklake_snapshot", "create table lake.mine (n integer)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(writing)
    with open_snapshot() as notebook:
        assert notebook.frame("select count(*) as n from sentences")["n"].tolist() == [2]
        for reaching in (
            "from postgres_query('lake', 'select 1')",
            "from postgres_scan('host=127.0.0.1', 'lake', 'ducklake_table')",
            "from ducklake_cleanup_old_files('lake', cleanup_all => true)",
            "from query('select 1')",
            "from __ducklake_metadata_lake.lake.ducklake_table",
            "from read_text('/etc/hostname')",
            f"from read_text('{servers.storage.url}/lake/x')",
            "from read_text('s3://lake/other/x')",
        ):
            with pytest.raises((WrongQuestion, UnreadableSnapshot)):
                notebook.frame(reaching)


@pytest.mark.process
@pytest.mark.filterwarnings("ignore:.*was deleted while still open:ResourceWarning")
def test_commands_answer_from_the_lake_and_say_which_part_is_away(
    place: LakePlace, typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(
        place,
        warehouse_of(tmp_path / "one", call_rows("a", DAY_1, text='"<b>مرحبا'), call_rows("b", DAY_2)),
        DAY_1,
        DAY_2,
    )
    status = [sys.executable, "-m", "qa_pipeline", "status"]
    told = subprocess.run(status, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert f"Snapshot  {place.bucket} version" in told
    assert json.loads(typed("sql", "select call_id from calls order by 1", "--format", "json").out) == [
        {"call_id": "a"},
        {"call_id": "b"},
    ]
    refused = typed("sql", "explain from postgres_query('lake', 'select 1')")
    assert (refused.code, "postgres_query is closed" in refused.err) == (2, True)
    assert "مرحبا" in typed("call", "a").out
    whole = tmp_path / "whole.duckdb"
    assert typed("export", "--format", "duckdb", "--output", str(whole)).code == 0
    with duckdb.connect(str(whole), read_only=True) as connection:
        assert connection.execute("select call_id, text from sentences order by 1").fetchall() == [
            ("a", '"<b>مرحبا'),
            ("b", "words of b"),
        ]
        assert connection.execute("select calls from calls_daily").fetchall() == [(1,), (1,)]
    assert f"Lake      {place.bucket}: no month put together" in typed("lake", "tidy").out
    monkeypatch.setenv("QA_BUCKET_ENDPOINT", "http://127.0.0.1:9")
    away = typed("sql", "select count(*) from sentences where text like '%a'")
    assert (away.code, "can't be reached: check QA_BUCKET_ENDPOINT" in away.err) == (1, True)
    monkeypatch.setenv("QA_LAKE_CATALOG", "postgresql+psycopg://qa:secret@127.0.0.1:9/qa")
    away = typed("sql", "select 1")
    assert away.code == 1
    assert "the lake's catalog at postgresql+psycopg://qa:***@127.0.0.1:9/qa can't be reached" in away.err
    assert "secret" not in away.err
    gc.collect()  # a command that failed leaves its connection to the collector, which would say so in another test


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("select 1 from \"Postgres_Query\"  ('a', 'b')", "postgres_query"),
        ("from system.main.postgres_query/* here */('a', 'b')", "postgres_query"),
        ("from lake.cleanup_old_files()", "cleanup_old_files"),
        ('from "lake".main.set_option(1)', "set_option"),
        ("from json_execute_serialized_sql('{}')", "json_execute_serialized_sql"),
        ("select 'é', * from duckdb_secrets()", "duckdb_secrets"),
        ("from __ducklake_metadata_lake.lake.ducklake_table", "__ducklake_metadata_lake"),
        ("select 'postgres_query(' as query, count(*) from calls -- postgres_query(1)", None),
        ("select query, lower(query) from (select 'postgres_query (' as query)", None),
        ("select count(*) from lake.sentences", None),
    ],
)
def test_names_of_functions_are_told_from_texts_and_columns(sql: str, name: str | None) -> None:
    assert closed_name(sql, ["postgres_query", *READ_NAMES_FROM_TEXTS, *TELL_OF_KEYS], LAKE) == name
