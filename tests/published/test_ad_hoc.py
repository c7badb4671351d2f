"""Queries of a user's own: what is answered, what is refused, and that a refused one changes and reads nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from qa_pipeline.published.ad_hoc import Asked, asking
from qa_pipeline.settings import Settings
from qa_pipeline.terminal import CommandError
from tests import scenario


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a QA_HOME with the calls of the scenario published, which no test changes."""
    home = tmp_path_factory.mktemp("published")
    scenario.publish_snapshot(home)
    return Settings(home=home)


def answered(settings: Settings, query: str) -> list[tuple[object, ...]]:
    """The rows of the answer to one query."""
    with asking(settings) as ask:
        return list(ask(Asked(query, {})).tuples())


def test_several_queries_are_answered_from_one_snapshot(settings: Settings) -> None:
    with asking(settings) as ask:
        [(calls,)] = ask(Asked("select count(*) from calls", {})).tuples()
        [row] = ask(
            Asked("select count(*) as n from calls where call_id in (select unnest($ids))", {"ids": ["c0101"]})
        ).rows()
    assert (calls, row) == (len(scenario.CALLS), {"n": 1})


def test_a_long_answer_comes_in_batches(settings: Settings) -> None:
    with asking(settings) as ask:
        sizes = [batch.num_rows for batch in ask(Asked("from range(25000)", {})).batches]
    assert sum(sizes) == 25_000
    assert max(sizes) <= 10_000


def test_columns_of_one_name_are_told_apart(settings: Settings) -> None:
    with asking(settings) as ask:
        answer = ask(Asked("select 1 as a, 2 as a, 3 as a", {}))
        assert (answer.names, answer.keys) == (["a", "a", "a"], ["a", "a_1", "a_2"])


def test_a_value_that_python_cannot_hold_is_named(settings: Settings) -> None:
    with pytest.raises(CommandError, match="cast its column to varchar"):
        answered(settings, "select date '99999-01-01'")


def test_a_pivot_counts_as_one_statement(settings: Settings) -> None:
    with asking(settings) as ask:
        answer = ask(Asked("pivot calls on status using count(*) group by queue", {}))
        assert answer.names == ["queue", "failed", "ok", "partial", "quarantined"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (" -- nothing", "the input contains no SQL statement"),
        ("select 1; select 2", "2 statements were given; give one at a time"),
        ("select 1; drop table calls", "2 statements were given"),
        ("select $day", r"no value for \$day"),
        ("select ?", "parameters without a name"),
        ("select cals from calls", "Candidate bindings"),
        ("selec 1", r'syntax error at or near "selec" \(line 1, at "selec 1"\)'),
    ],
)
def test_what_is_not_one_right_query_is_refused(settings: Settings, query: str, said: str) -> None:
    with pytest.raises(CommandError, match=said) as caught:
        answered(settings, query)
    assert caught.value.exit_code == 2
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "query",
    [
        "create table t (a int)",
        "create temp table t (a int)",
        "insert into calls (call_id) values ('x')",
        "update calls set queue = 'x'",
        "delete from calls",
        "drop table calls",
        "copy calls to 'calls.csv'",
        "attach 'other.duckdb' as other",
        "install httpfs",
        "load httpfs",
        "export database 'there'",
        "set memory_limit = '1GB'",
        "prepare p as select 1",
    ],
)
def test_statements_that_do_more_than_answer_are_refused(
    settings: Settings, query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = settings.snapshot_path.read_bytes()
    with pytest.raises(CommandError, match="statements are not answered: the snapshot is only read"):
        answered(settings, query)
    assert settings.snapshot_path.read_bytes() == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "query", ["from read_text('{file}')", "from '{file}'", "from read_csv('{file}')", "from glob('/*')"]
)
def test_no_other_file_is_read(settings: Settings, tmp_path: Path, query: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("do not\ntell")
    with pytest.raises(CommandError) as caught:
        answered(settings, query.format(file=secret))
    assert "do not" not in str(caught.value)


def test_the_settings_of_the_connection_are_locked(settings: Settings) -> None:
    assert answered(settings, "select current_setting('lock_configuration')") == [(True,)]
    assert answered(settings, "select current_setting('enable_external_access')") == [(False,)]


def test_times_are_shown_in_the_time_zone_of_the_settings(settings: Settings) -> None:
    there = settings.model_copy(update={"timezone": "Asia/Shanghai"})
    [(shown,)] = answered(there, "select timestamptz '2025-09-01 08:00:00+00'")
    assert isinstance(shown, dt.datetime)
    assert shown.utcoffset() == dt.timedelta(hours=8)
