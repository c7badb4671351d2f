"""The made-up snapshot is what the product itself would have published of such calls."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from benchmarks import snapshot as made_up
from benchmarks.snapshot import NoRoom, SnapshotSize, make_snapshot
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.published.snapshot import Snapshot, open_newest
from qa_pipeline.reading.conversations import conversations
from qa_pipeline.warehouse.conversations import spoken_calls
from qa_pipeline.warehouse.daily import MARTS, mart_test

pytestmark = pytest.mark.whole_run

SIZE = SnapshotSize(calls=600, sentences=14, days=10, last_day=dt.date(2025, 9, 10), detailed_days=2)
DAYS = [dt.date(2025, 9, day) for day in range(1, 11)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made-up") / "home"
    make_snapshot(folder, SIZE, lambda _: None)
    return folder


@pytest.fixture
def snapshot(home: Path) -> Iterator[Snapshot]:
    with open_newest(home / "qa.duckdb", "UTC") as opened:
        yield opened


def test_it_has_the_calls_asked_for_and_something_of_every_kind(snapshot: Snapshot) -> None:
    (row,) = snapshot.rows(
        "select count(*) as calls, count(distinct status) as statuses, count(distinct language) as languages, "
        "count(distinct status_reason) as reasons, max(call_date) as last_day, bool_or(call_date is null) as undated "
        "from calls"
    )
    assert (row["calls"], row["statuses"], row["last_day"]) == (600, 4, DAYS[-1])
    assert row["languages"] == 6
    assert row["reasons"] > 3
    engines = snapshot.tuples("select distinct engine from costs_daily order by engine")
    assert engines == [("dashscope beijing",), ("local whisper base d01c3014",)]


def test_turns_and_metrics_are_those_that_the_product_finds_in_its_sentences(home: Path) -> None:
    class Found(NamedTuple):
        talk_ratio: float | None
        agent_talk_speed: float | None
        customer_valence: float | None
        response_ms_p50: float | None
        dead_air_s: float | None
        turns: list[tuple[int, int, str]]

    with duckdb.connect(str((home / "qa.duckdb").resolve()), read_only=True) as connection:
        faults: dict[str, str] = {}
        own = {
            call.call_id: Found(
                *(getattr(conversation.metrics, name) for name in Found._fields[:-1]),
                [(turn.begin_ms, turn.end_ms, turn.text) for turn in conversation.turns],
            )
            for call, conversation in conversations(spoken_calls(connection, DAYS), MetricThresholds(), faults)
        }
        rows = connection.execute(
            f"select call_id, {', '.join(Found._fields[:-1])}, "
            "coalesce(list((turns.begin_ms, turns.end_ms, turns.text) order by turn_id) "
            "filter (where turn_id is not null), []) "
            "from call_metrics left join turns using (call_id) group by all"
        ).fetchall()
    stored = {call_id: Found(*values) for call_id, *values in rows}
    assert not faults
    assert len(stored) > 550
    assert stored.keys() == own.keys()
    assert sum(bool(found.turns) for found in own.values()) > 500
    tight = {call_id for call_id, found in own.items() if any("。" in text for *_, text in found.turns)}
    for call_id, found in own.items():
        assert stored[call_id][:-1] == pytest.approx(found[:-1], nan_ok=True), call_id
        if call_id not in tight:  # Chinese sentences are joined without blanks by the product
            assert stored[call_id].turns == found.turns


def test_the_marts_agree_with_the_calls(home: Path) -> None:
    with duckdb.connect(str((home / "qa.duckdb").resolve()), read_only=True) as connection:
        for mart in MARTS:
            assert connection.execute(mart_test(mart), {"days": DAYS}).fetchall() == [], mart


def test_common_and_rare_words_are_said(snapshot: Snapshot) -> None:
    def hits(word: str) -> int:
        ((found,),) = snapshot.tuples(
            "select count(*) from sentences where contains(lower(text), $word)", {"word": word}
        )
        return int(found)

    assert hits(" you ") > 200
    assert 0 < hits("rx") < 60
    assert hits("账单") > 0


def test_only_the_newest_days_have_outlines_and_words_with_times(snapshot: Snapshot) -> None:
    days = snapshot.tuples("select distinct call_date from sentences where words is not null order by all")
    assert [day for (day,) in days] == DAYS[-2:]
    drawn = snapshot.tuples("select distinct call_date from acoustics where octet_length(waveform) > 0 order by all")
    assert drawn == days


def test_a_folder_with_something_in_it_is_left_alone(home: Path) -> None:
    before = sorted(home.rglob("*"))
    with pytest.raises(NoRoom, match="not empty"):
        make_snapshot(home, SIZE, lambda _: None)
    assert sorted(home.rglob("*")) == before


def test_a_full_disk_is_refused_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10**6))
    with pytest.raises(NoRoom, match="MiB free"):
        make_snapshot(tmp_path / "home", SIZE, lambda _: None)
    assert not (tmp_path / "home").exists()


def test_an_interrupted_build_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_snapshot(tmp_path / "home", SIZE, interrupt)
    assert not (tmp_path / "home").exists()


def test_the_command_says_what_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").touch()
    assert made_up.main([str(tmp_path)]) == 1
    assert "is not empty" in capsys.readouterr().err
