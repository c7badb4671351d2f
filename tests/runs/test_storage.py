"""Dagster's files with connections that stay open: whoever else opens them finds what Dagster would have written."""

import shutil
import sqlite3
from pathlib import Path

import dagster as dg
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage

from qa_pipeline.runs.storage import KeptSqliteStorage

ROOT = Path(__file__).resolve().parents[2]


@dg.asset(check_specs=[dg.AssetCheckSpec("is_there", asset="word")])
def word() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"letters": 4}, check_results=[dg.AssetCheckResult(passed=True)])


def default_instance(home: Path) -> dg.DagsterInstance:
    """An instance over the same folder with the storage that Dagster has where none is named."""
    shutil.copy(ROOT / "dagster.yaml", home)
    return dg.DagsterInstance.get()


def facts(instance: dg.DagsterInstance, run_id: str) -> tuple[object, list[object], object]:
    """Status of a run, its events' types, and the newest metadata of its asset."""
    run = instance.get_run_by_id(run_id)
    newest = instance.get_latest_materialization_event(dg.AssetKey("word"))
    assert run is not None
    assert newest is not None
    assert newest.asset_materialization is not None
    events = [
        entry.dagster_event_type.value if entry.dagster_event_type else None for entry in instance.all_logs(run_id)
    ]
    return run.status, events, newest.asset_materialization.metadata["letters"].value


def test_default_storage_reads_what_this_one_wrote_and_the_other_way_round(
    home: Path, kept: dg.DagsterInstance
) -> None:
    first = dg.materialize([word], instance=kept).run_id
    written = facts(kept, first)
    assert written[0] is dg.DagsterRunStatus.SUCCESS
    with default_instance(home) as default:
        assert facts(default, first) == written
        second = dg.materialize([word], instance=default).run_id
        by_default = facts(default, second)
    assert facts(kept, second) == by_default
    assert by_default == written


def test_a_reader_sees_each_event_while_the_run_goes_on(home: Path, kept: dg.DagsterInstance) -> None:
    seen: list[int] = []

    @dg.asset
    def slow(context: dg.AssetExecutionContext) -> None:
        with default_instance(home) as reader:
            seen.append(len(reader.all_logs(context.run.run_id)))

    dg.materialize([slow], instance=kept)
    assert seen[0] >= 3


def test_events_of_many_runs_are_read_in_turn_and_wiped_together(kept: dg.DagsterInstance) -> None:
    runs = [dg.materialize([word], instance=kept).run_id for _ in range(3)]
    assert len({len(kept.all_logs(run)) for run in [*runs, *runs]}) == 1
    kept.wipe()
    assert [kept.all_logs(run) for run in runs] == [[], [], []]
    again = dg.materialize([word], instance=kept).run_id
    assert len(kept.all_logs(again)) > 0


def test_new_files_are_made_as_dagster_makes_them(tmp_path: Path) -> None:
    storages = [
        KeptSqliteStorage.from_local(str(tmp_path / "ours")),
        DagsterSqliteStorage.from_local(str(tmp_path / "its")),
    ]
    for storage in storages:
        with storage.event_log_storage.run_connection("some-run"):
            pass
    ours = {file.relative_to(tmp_path / "ours"): contents(file) for file in (tmp_path / "ours").rglob("*.db")}
    assert ours == {file.relative_to(tmp_path / "its"): contents(file) for file in (tmp_path / "its").rglob("*.db")}
    assert len(ours) == 4


def contents(file: Path) -> tuple[set[tuple[str, ...]], list[object], object]:
    """What a file of Dagster holds: tables and indexes, its version, how it is journalled."""
    with sqlite3.connect(file) as connection:
        made = connection.execute("select type, name, tbl_name, sql from sqlite_master").fetchall()
        version = connection.execute("select version_num from alembic_version").fetchall()
        journal = connection.execute("pragma journal_mode").fetchone()
    connection.close()
    return {tuple("".join(str(part).lower().split()) for part in row) for row in made}, version, journal
