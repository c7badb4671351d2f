"""The dashboards' reader on real snapshots: what it answers, what it refuses, how it follows the link."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dashboards.filters import SORTS, CallFilter, DateRange
from dashboards.queries import NoSnapshot, Snapshot, UnreadableSnapshot, open_snapshot, snapshot_path
from tests import scenario
from tests.scenario import CLOUD, DAY_1, DAY_2, DAY_3, LOCAL

ALL_DAYS = DateRange(DAY_1, DAY_3)
ONE_DAY = DateRange(DAY_2, DAY_2)


DOWNWARDS = {
    "date": ("c0301", "c0400"),
    "call": ("c0400", "c0101"),
    "agent": ("c0101", "c0400"),
    "queue": ("c0104", "c0400"),
    "length": ("c0301", "c0400"),
    "anger": ("c0102", "c0400"),
    "status": ("c0104", "c0203"),
}
"""First and last call of the list in every order, the largest first."""


@pytest.fixture
def snapshot(published_home: Path) -> Iterator[Snapshot]:
    with open_snapshot(published_home, "Asia/Shanghai") as opened:
        yield opened


def ids(snapshot: Snapshot, chosen: CallFilter, sort: str = "call", *, descending: bool = False) -> list[str]:
    rows = snapshot.calls(chosen, sort=sort, descending=descending, limit=100, offset=0)
    assert len(rows) == snapshot.count_calls(chosen)
    return [row.call_id for row in rows]


def test_totals_count_every_status_and_what_was_billed(snapshot: Snapshot) -> None:
    totals = snapshot.totals(ALL_DAYS)
    assert (totals.calls, totals.ok, totals.partial, totals.failed, totals.quarantined) == (13, 7, 1, 1, 4)
    assert totals.audio_s == pytest.approx(590.2)
    assert totals.billed_s == 1002
    assert totals.cost_usd == pytest.approx(1002 * scenario.PRICE_PER_S_USD)


def test_a_recording_without_a_date_is_counted_with_any_dates(snapshot: Snapshot) -> None:
    assert snapshot.totals(ONE_DAY).undated == 1
    assert snapshot.totals(ONE_DAY).calls == 6
    assert "c0400" in [row["call_id"] for row in snapshot.problems(ONE_DAY, 10)]


def test_the_publication_tells_when_and_what(snapshot: Snapshot) -> None:
    publication = snapshot.publication()
    assert publication.published_at == dt.datetime(2025, 9, 4, 9, 0)  # noqa: DTZ001 - local to the reader on purpose
    assert (publication.first_date, publication.last_date, publication.calls) == (DAY_1, DAY_3, 13)


def test_speech_that_nobody_labelled_is_not_neutral(snapshot: Snapshot) -> None:
    rows = {(row["role"], row["emotion"]): row["speech_s"] for row in snapshot.emotions_by_role(ALL_DAYS)}
    assert rows["customer", None] == 5.0
    assert rows["customer", "neutral"] == 10.0
    by_day = {(row["call_date"], row["emotion"]): row["speech_s"] for row in snapshot.customer_emotions_by_day(ONE_DAY)}
    assert by_day[DAY_2, None] == 5.0


def test_each_engine_stands_with_its_work_and_its_cost(snapshot: Snapshot) -> None:
    rows = {row["engine"]: row for row in snapshot.engines(ALL_DAYS)}
    assert (rows[CLOUD]["channels"], rows[CLOUD]["failed"], rows[CLOUD]["billed_s"]) == (2, 0, 120)
    assert (rows[LOCAL]["channels"], rows[LOCAL]["failed"], rows[LOCAL]["billed_s"]) == (16, 4, 882)


def test_languages_come_by_speech_time(snapshot: Snapshot) -> None:
    assert [row["language"] for row in snapshot.languages(ALL_DAYS)] == ["en", "zh", "de", "ar", "yue", "es"]


def test_the_angriest_call_comes_first(snapshot: Snapshot) -> None:
    rows = snapshot.angriest_calls(ALL_DAYS, 2)
    assert [(row["call_id"], row["angry_s"]) for row in rows] == [("c0102", 10.0), ("c0101", 6.0)]


def test_problems_carry_reason_and_way_out(snapshot: Snapshot) -> None:
    rows = snapshot.problems(ALL_DAYS, 10)
    assert [row["call_id"] for row in rows] == ["c0400", "c0303", "c0204", "c0104", "c0203", "c0103"]
    assert rows[3]["reason"] == "mono"
    assert "stereo recording" in rows[3]["message"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (CallFilter(ONE_DAY), ["c0201", "c0202", "c0203", "c0204", "c0205", "c0400"]),
        (CallFilter(ALL_DAYS, agents=("a-ortiz",)), ["c0102", "c0201"]),
        (CallFilter(ALL_DAYS, agents=("a-ortiz", "a-haddad")), ["c0102", "c0201", "c0202"]),
        (CallFilter(ALL_DAYS, queues=("billing",), statuses=("ok",)), ["c0101", "c0202"]),
        (CallFilter(ALL_DAYS, languages=("yue", "ar")), ["c0202", "c0205"]),
        (CallFilter(ALL_DAYS, emotions=("angry",)), ["c0101", "c0102", "c0301"]),
        (CallFilter(ALL_DAYS, emotions=("none",)), ["c0205"]),
        (CallFilter(ALL_DAYS, emotions=("none", "sad")), ["c0202", "c0205"]),
        (CallFilter(ALL_DAYS, statuses=("quarantined",)), ["c0104", "c0204", "c0303", "c0400"]),
        (CallFilter(ALL_DAYS, text="REFUND"), ["c0102"]),
        (CallFilter(ALL_DAYS, text=" 退款 "), ["c0101"]),
        (CallFilter(ALL_DAYS, text="%"), []),
        (CallFilter(ALL_DAYS, text="'; drop table calls --"), []),
    ],
)
def test_filters_narrow_the_calls(snapshot: Snapshot, chosen: CallFilter, expected: list[str]) -> None:
    assert ids(snapshot, chosen) == expected


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [(sort, *ends) for sort, ends in DOWNWARDS.items()],
)
def test_every_order_is_total_and_puts_the_unknown_last(snapshot: Snapshot, sort: str, first: str, last: str) -> None:
    found = ids(snapshot, CallFilter(ALL_DAYS), sort, descending=True)
    assert (found[0], found[-1]) == (first, last)
    assert sorted(found) == ids(snapshot, CallFilter(ALL_DAYS))


def test_every_order_of_the_list_is_tried() -> None:
    assert set(DOWNWARDS) == set(SORTS)


def test_pages_of_the_list_neither_repeat_nor_lose_a_call(snapshot: Snapshot) -> None:
    chosen = CallFilter(ALL_DAYS)
    pages = [snapshot.calls(chosen, sort="queue", descending=False, limit=4, offset=start) for start in (0, 4, 8, 12)]
    assert [len(page) for page in pages] == [4, 4, 4, 1]
    assert [row.call_id for page in pages for row in page] == ids(snapshot, chosen, "queue")


def test_a_line_of_the_list_tells_how_the_customer_went(snapshot: Snapshot) -> None:
    (row,) = snapshot.calls(CallFilter(ALL_DAYS, text="refund"), sort="date", descending=True, limit=9, offset=0)
    assert row.customer_course == ["neutral", "angry", "angry"]
    assert (row.match_role, row.match_ms, row.match_text) == ("customer", 13000, "No! I want a Refund, now!")
    assert (row.engines, row.languages) == ([LOCAL], ["en"])
    assert row.started_at == dt.datetime(2025, 9, 1, 10, 30)  # noqa: DTZ001


def test_sentences_come_in_the_order_of_time_whoever_spoke(snapshot: Snapshot) -> None:
    rows = snapshot.sentences("c0102", limit=3, offset=2)
    assert [(row.number, row.role, row.begin_ms) for row in rows] == [
        (2, "agent", 8500),
        (3, "customer", 13000),
        (4, "customer", 20000),
    ]
    assert snapshot.sentence_at("c0102", 12_999) == 2
    assert snapshot.sentence_at("c0102", 0) == 0


def test_a_channel_that_succeeded_later_shows_no_old_error(snapshot: Snapshot) -> None:
    channels = {channel.role: channel for channel in snapshot.channels("c0102")}
    assert (channels["customer"].state, channels["customer"].code, channels["customer"].attempts) == ("parsed", None, 2)


def test_a_failed_channel_shows_code_and_message(snapshot: Snapshot) -> None:
    channels = {channel.role: channel for channel in snapshot.channels("c0103")}
    assert channels["agent"].engine == LOCAL
    assert (channels["customer"].engine, channels["customer"].code) == (None, "FILE_DOWNLOAD_FAILED")


def test_a_duplicate_does_not_borrow_the_work_of_its_original(snapshot: Snapshot) -> None:
    assert snapshot.channels("c0303") == []


def test_roles_follow_the_agents_channel(snapshot: Snapshot) -> None:
    assert [(channel.role, channel.channel_id) for channel in snapshot.channels("c0301")] == [
        ("agent", 1),
        ("customer", 0),
    ]


def test_an_unknown_call_is_none(snapshot: Snapshot) -> None:
    assert snapshot.call("c9999") is None
    assert snapshot.channels("c9999") == []


def test_nothing_published_is_told_apart_from_unreadable(tmp_path: Path) -> None:
    with pytest.raises(NoSnapshot, match=r"qa\.duckdb"), open_snapshot(tmp_path):
        pass
    with pytest.raises(NoSnapshot), open_snapshot(tmp_path / "no-such-home"):
        pass


def test_a_link_to_a_deleted_snapshot_is_named(tmp_path: Path) -> None:
    scenario.publish_snapshot(tmp_path, calls=()).unlink()
    with pytest.raises(UnreadableSnapshot, match=r"qa-.*\.duckdb, which is gone"), open_snapshot(tmp_path):
        pass


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "qa.duckdb").write_text("not a database" * 1000, encoding="utf-8")
    with pytest.raises(UnreadableSnapshot, match="cannot be opened"), open_snapshot(tmp_path):
        pass


def test_a_snapshot_of_another_version_is_unreadable_and_not_a_crash(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "qa.duckdb")) as connection:
        connection.execute("create table calls (call_id varchar)")
    with (
        pytest.raises(UnreadableSnapshot, match="does not answer"),
        open_snapshot(tmp_path) as snapshot,
    ):
        snapshot.publication()


@pytest.mark.parametrize(
    "attempt",
    [
        "select * from read_text('/etc/hostname')",
        "select * from glob('/*')",
        "attach ':memory:' as other; attach '/tmp/other.duckdb'",
        "set enable_external_access = true",
        "create table mine (a integer)",
        "delete from calls",
        "install httpfs",
    ],
)
def test_the_connection_reaches_nothing_but_the_snapshot(snapshot: Snapshot, attempt: str) -> None:
    with pytest.raises(duckdb.Error):
        snapshot._rows(attempt)


def test_an_open_snapshot_stays_as_it_was_while_the_next_one_is_read(tmp_path: Path) -> None:
    scenario.publish_snapshot(tmp_path, scenario.CALLS[:3], name="qa-1.duckdb")
    with open_snapshot(tmp_path) as before:
        assert before.publication().calls == 3
        scenario.publish_snapshot(tmp_path, scenario.CALLS[:5], name="qa-2.duckdb")
        with open_snapshot(tmp_path) as after:
            assert after.publication().calls == 5
            assert after.path.name == "qa-2.duckdb"
        assert before.publication().calls == 3


def test_reading_the_same_link_again_gives_the_new_file(tmp_path: Path) -> None:
    """DuckDB would give the old file again for the link's own path while anybody holds it."""
    first = scenario.publish_snapshot(tmp_path, scenario.CALLS[:3], name="qa-1.duckdb")
    with open_snapshot(tmp_path):
        scenario.publish_snapshot(tmp_path, scenario.CALLS[:4], name="qa-2.duckdb")
        first.unlink()
        assert snapshot_path(tmp_path).name == "qa-2.duckdb"
        with open_snapshot(tmp_path) as after:
            assert after.publication().calls == 4
