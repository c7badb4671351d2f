"""An erasure, and texts that are forgotten by age, where machines share a ledger, a bucket and a lake."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from qa_pipeline.sharding.opening import WORK
from tests.erasing.conftest import CALL, CUSTOMER, KEPT, Home, land
from tests.lake.servers import environment, lake_servers
from tests.pipeline.harness import GOLDEN_DAY, Pipeline


@pytest.mark.process
@pytest.mark.whole_run
def test_an_erased_call_is_in_nothing_that_machines_share(tmp_path: Path, service_url: str) -> None:
    (tmp_path / "landing").mkdir()
    with lake_servers() as servers:
        place = servers.new_place()
        servers.storage.make_bucket("answers")
        settings = environment(place, tmp_path / "home") | {"QA_RAW_BUCKET": "s3://answers/raw"}
        pipeline = Pipeline(tmp_path / "home", tmp_path / "landing", service_url, settings)
        home = Home(pipeline, land(pipeline), tmp_path)
        del home.canaries["sound"]
        run(pipeline)
        assert len(servers.storage.keys("answers")) == 6
        assert f"public: {CALL}" in rows_with(place.catalog_url, CALL, CUSTOMER)

        done = pipeline.command("erase", "--call", CALL, "--yes")

        assert done.returncode == 0, done.stdout + done.stderr
        assert rows_with(place.catalog_url, CALL, CUSTOMER) == set()
        assert home.left() == []
        assert len(servers.storage.keys("answers")) == 4
        assert [key for key in servers.storage.keys("lake") if WORK in key.split("/")] == []
        pipeline.settings["QA_RETENTION_TEXT_DAYS"] = "30"
        run(pipeline)
        listed = pipeline.command("sql", "select call_id from calls order by 1", "--format", "csv").stdout.split()
        assert listed[1:] == sorted(KEPT)
        assert home.left() == []
        said = "select max(length(text)) as said, count(emotion) > 0 as felt from sentences"
        assert pipeline.command("sql", said, "--format", "csv").stdout.split()[1:] == ["0,true"]
        assert [key for key in servers.storage.keys("lake") if WORK in key.split("/") and GOLDEN_DAY in key] == []
        assert not list((home.home / "days").glob(f"{GOLDEN_DAY}*"))
        assert "Texts     no day gone" in pipeline.command("retention").stdout


def run(pipeline: Pipeline) -> None:
    """In a process of its own: Dagster's definitions are those of a lake from when they are imported."""
    replace(pipeline, in_process=False).run(GOLDEN_DAY)


def rows_with(url: str, *values: str) -> set[str]:
    """`schema: value` for each schema with a row that has it."""
    found = set()
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE' "
            "and table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            rows = connection.execute(f'select own::text from "{schema}"."{table}" as own').fetchall()  # type: ignore[call-overload]
            found |= {f"{schema}: {value}" for (row,) in rows for value in values if value in row}
    return found
