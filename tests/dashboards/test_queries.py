"""The pages' questions on a real snapshot: what is counted, found and put in order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.call_table.columns import COLUMNS
from dashboards.date_presets import UNDATED
from dashboards.filters import LISTED_METRICS, SORTS, CallFilter, DateRange, Span
from dashboards.finding import (
    count_calls,
    count_hits,
    find_calls,
    suggestions,
    without_each,
)
from dashboards.queries import ask, ask_frame, filter_choices
from dashboards.search_hits import merged, parts_of
from qa_pipeline.published.snapshot import Row, Snapshot, open_newest
from tests import scenario
from tests.dashboards.conftest import rewrite
from tests.scenario import CLOUD, DAY_1, DAY_2, DAY_3, LOCAL

ALL_DAYS = DateRange(DAY_1, DAY_3)
ONE_DAY = DateRange(DAY_2, DAY_2)


DOWNWARDS = {
    "date": ("c0301", "c0101"),
    "call": ("c0303", "c0101"),
    "agent": ("c0101", "c0302"),
    "queue": ("c0104", "c0303"),
    "length": ("c0301", "c0303"),
    "anger": ("c0102", "c0303"),
    "status": ("c0104", "c0203"),
}
"""First and last call of the list in every order, the largest first."""


@pytest.fixture(scope="module")
def snapshot(published_home: Path) -> Iterator[Snapshot]:
    with open_newest(published_home / "qa.duckdb", "Asia/Shanghai") as opened:
        yield opened


def ids(snapshot: Snapshot, chosen: CallFilter, sort: str = "call", *, descending: bool = False) -> list[str]:
    rows = find_calls(snapshot, chosen, sort=sort, descending=descending, page=1, size=100)
    assert [row["total"] for row in rows] == [len(rows)] * len(rows)
    return [row["call_id"] for row in rows]


def channels(snapshot: Snapshot, call_id: str) -> dict[str, Row]:
    """What became of the call's channels, by role."""
    return {row["role"]: row for row in ask(snapshot, "what_became_of_channels", call_id=call_id)}


def test_totals_count_every_status_and_what_was_billed(snapshot: Snapshot) -> None:
    (totals,) = ask(snapshot, "count_calls_and_cost", ALL_DAYS)
    assert [totals[name] for name in ("calls", "ok", "partial", "failed", "quarantined")] == [12, 7, 1, 1, 3]
    assert totals["audio_s"] == pytest.approx(590.2)
    assert totals["billed_s"] == 1002
    assert totals["cost_usd"] == pytest.approx(1002 * scenario.PRICE_PER_S_USD)


def test_a_frame_has_the_rows_of_the_same_question(snapshot: Snapshot) -> None:
    rows = ask(snapshot, "count_calls_by_period", ALL_DAYS, period="day")
    frame = ask_frame(snapshot, "count_calls_by_period", ALL_DAYS, period="day")
    assert rows
    assert frame["calls"].tolist() == [row["calls"] for row in rows]
    assert [day.date() for day in frame["begins"]] == [row["begins"] for row in rows]


def test_a_snapshot_says_when_it_was_made_and_what_it_holds(snapshot: Snapshot) -> None:
    (found,) = ask(snapshot, "describe_snapshot")
    assert found["published_at"] == dt.datetime(2025, 9, 4, 9, 0)  # noqa: DTZ001 - local to the reader on purpose
    assert (found["first_date"], found["last_date"], found["calls"]) == (DAY_1, DAY_3, 13)


def test_what_a_snapshot_is_asked_once_is_the_callers_own(snapshot: Snapshot) -> None:
    first = ask(snapshot, "describe_snapshot")
    told = dict(first[0])
    first[0]["calls"] = None

    assert ask(snapshot, "describe_snapshot") == [told]


def test_speech_that_nobody_labelled_is_not_neutral(snapshot: Snapshot) -> None:
    rows = {(row["role"], row["emotion"]): row["speech_s"] for row in ask(snapshot, "how_roles_felt", ALL_DAYS)}
    assert rows["customer", None] == 5.0
    assert rows["customer", "neutral"] == 10.0
    rows = {
        row["emotion"]: row["speech_s"] for row in ask(snapshot, "how_customers_felt_by_period", ONE_DAY, period="day")
    }
    assert rows[None] == 5.0


def test_each_engine_stands_with_its_work_and_its_cost(snapshot: Snapshot) -> None:
    rows = {row["engine"]: row for row in ask(snapshot, "which_engines_worked", ALL_DAYS)}
    assert (rows[CLOUD]["channels"], rows[CLOUD]["failed"], rows[CLOUD]["billed_s"]) == (2, 0, 120)
    assert (rows[LOCAL]["channels"], rows[LOCAL]["failed"], rows[LOCAL]["billed_s"]) == (16, 4, 882)


def test_languages_come_by_speech_time(snapshot: Snapshot) -> None:
    rows = ask(snapshot, "which_languages_were_spoken", ALL_DAYS)
    assert [row["language"] for row in rows] == ["en", "zh", "de", "ar", "yue", "es"]


def test_the_angriest_call_comes_first(snapshot: Snapshot) -> None:
    rows = ask(snapshot, "which_calls_were_angriest", ALL_DAYS, limit=2)
    assert [(row["call_id"], row["angry_s"]) for row in rows] == [("c0102", 10.0), ("c0101", 6.0)]


def test_problems_carry_reason_and_way_out(snapshot: Snapshot) -> None:
    rows = ask(snapshot, "which_problems_occurred", ALL_DAYS)
    found = {row["reason"]: row for row in rows}
    assert (found["mono"]["call_id"], found["mono"]["calls"]) == ("c0104", 1)
    assert "stereo recording" in found["mono"]["message"]
    assert sum(row["calls"] for row in rows) == 5


def test_the_list_is_narrowed_to_what_occurs(snapshot: Snapshot) -> None:
    choices = filter_choices(snapshot)
    assert choices["agents"] == ["a-brooks", "a-chen", "a-haddad", "a-ortiz", "a-weber"]
    assert choices["languages"] == ["ar", "de", "en", "es", "yue", "zh"]
    assert choices["defects"] == ["bleeding", "clipped"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (CallFilter(ONE_DAY), ["c0201", "c0202", "c0203", "c0204", "c0205"]),
        (CallFilter(ALL_DAYS, agents=("a-ortiz",)), ["c0102", "c0201"]),
        (CallFilter(ALL_DAYS, agents=("a-ortiz", "a-haddad")), ["c0102", "c0201", "c0202"]),
        (CallFilter(ALL_DAYS, queues=("billing",), statuses=("ok",)), ["c0101", "c0202"]),
        (CallFilter(ALL_DAYS, languages=("yue", "ar")), ["c0202", "c0205"]),
        (CallFilter(ALL_DAYS, emotions=("angry",)), ["c0101", "c0102", "c0301"]),
        (CallFilter(ALL_DAYS, emotions=("none",)), ["c0205"]),
        (CallFilter(ALL_DAYS, emotions=("none", "sad")), ["c0202", "c0205"]),
        (CallFilter(ALL_DAYS, statuses=("quarantined",)), ["c0104", "c0204", "c0303"]),
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


def test_every_column_of_the_list_can_be_sorted_by() -> None:
    assert set(COLUMNS) == set(SORTS)
    assert set(SORTS) - set(DOWNWARDS) - set(LISTED_METRICS) == {
        "team", "supervisor", "outcomes", "repeat", "direction", "customer", "languages", "engine", "defects", "form",
        "rules_hit", "rules_missed",
    }  # fmt: skip


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("metric", LISTED_METRICS)
def test_the_list_is_sorted_by_a_metric_and_what_is_unknown_comes_last(
    snapshot: Snapshot, metric: str, descending: bool
) -> None:
    values = {row["call_id"]: row[metric] for row in snapshot.rows("select * from call_metrics")}
    found = [values.get(call_id) for call_id in ids(snapshot, CallFilter(ALL_DAYS), metric, descending=descending)]
    known = [value for value in found if value is not None]
    assert known == sorted(known, reverse=descending)
    assert found == known + [None] * (len(found) - len(known))


@pytest.mark.parametrize(
    ("sort", "select"),
    [
        ("direction", "select call_id, direction from calls"),
        ("customer", "select call_id, customer_id from calls"),
        ("form", "select call_id, form from calls"),
        (
            "engine",
            "select call_id, string_agg(distinct engine, ',' order by engine) from transcripts group by call_id",
        ),
        (
            "languages",
            "select call_id, string_agg(distinct language, ',' order by language) from languages group by call_id",
        ),
        ("defects", "select call_id, nullif(sum(len(defects)), 0) from acoustics group by call_id"),
    ],
)
def test_the_list_is_sorted_by_what_a_column_shows(snapshot: Snapshot, sort: str, select: str) -> None:
    values = {str(call): value for call, value in (tuple(row.values()) for row in snapshot.rows(select))}
    found = [values.get(call_id) for call_id in ids(snapshot, CallFilter(ALL_DAYS), sort, descending=True)]
    known = [value for value in found if value is not None]
    assert known
    assert known == sorted(known, reverse=True)
    assert found == known + [None] * (len(found) - len(known))


def test_pages_of_the_list_neither_repeat_nor_lose_a_call(snapshot: Snapshot) -> None:
    chosen = CallFilter(ALL_DAYS)
    pages = [
        find_calls(snapshot, chosen, sort="queue", descending=False, page=number, size=4) for number in range(1, 4)
    ]
    assert [len(page) for page in pages] == [4, 4, 4]
    assert {row["total"] for page in pages for row in page} == {12}
    assert [row["call_id"] for page in pages for row in page] == ids(snapshot, chosen, "queue")
    assert find_calls(snapshot, chosen, sort="queue", descending=False, page=99, size=4) == pages[-1]


def test_a_line_of_the_list_shows_how_the_customer_felt(snapshot: Snapshot) -> None:
    (row,) = find_calls(snapshot, CallFilter(ALL_DAYS, text="refund"), sort="date", descending=True, page=1, size=9)
    assert row["customer_course"] == ["neutral", "angry", "angry"]
    assert [(said.role, said.at_s, said.text, said.marks) for said in row["snippets"]] == [
        ("customer", 13, "No! I want a Refund, now!", ((13, 19),)),
        ("agent", 25, "I can offer a refund.", ((14, 20),)),
    ]
    assert (row["engines"], row["languages"]) == ([LOCAL], ["en"])
    assert row["started_at"] == dt.datetime(2025, 9, 1, 10, 30)  # noqa: DTZ001


def test_sentences_come_in_the_order_of_time_whoever_spoke(snapshot: Snapshot) -> None:
    rows = ask(snapshot, "read_sentences", call_id="c0102", limit=3, offset=2, with_words=False)
    assert [(row["number"], row["role"], row["begin_ms"]) for row in rows] == [
        (2, "agent", 8500),
        (3, "customer", 13000),
        (4, "customer", 20000),
    ]


def test_a_channel_that_succeeded_later_shows_no_old_error(snapshot: Snapshot) -> None:
    customer = channels(snapshot, "c0102")["customer"]
    assert (customer["state"], customer["code"], customer["attempts"]) == ("parsed", None, 2)


def test_a_failed_channel_shows_code_and_message(snapshot: Snapshot) -> None:
    found = channels(snapshot, "c0103")
    assert found["agent"]["engine"] == LOCAL
    assert (found["customer"]["engine"], found["customer"]["code"]) == (None, "FILE_DOWNLOAD_FAILED")


def test_a_duplicate_does_not_borrow_the_work_of_its_original(snapshot: Snapshot) -> None:
    assert channels(snapshot, "c0303") == {}


def test_roles_follow_the_agents_channel(snapshot: Snapshot) -> None:
    found = channels(snapshot, "c0301")
    assert (found["agent"]["channel_id"], found["customer"]["channel_id"]) == (1, 0)


def test_an_unknown_call_has_no_row(snapshot: Snapshot) -> None:
    assert ask(snapshot, "read_call", call_id="c9999") == []
    assert channels(snapshot, "c9999") == {}


FURTHER = [
    (CallFilter(ALL_DAYS, text="refund OR 退款"), ["c0101", "c0102"]),
    (CallFilter(ALL_DAYS, text="agent:refund"), ["c0102"]),
    (CallFilter(ALL_DAYS, text="refund -parcel"), []),
    (CallFilter(ALL_DAYS, text="id:c02"), ["c0201", "c0202", "c0203", "c0204", "c0205"]),
    (CallFilter(ALL_DAYS, text="c0201"), ["c0201"]),
    (CallFilter(ALL_DAYS, directions=("outbound",)), []),
    (CallFilter(ALL_DAYS, length=Span(None, 0.001)), []),
    (CallFilter(ALL_DAYS, shares=(("angry", Span(0.99)),)), []),
    (CallFilter(ALL_DAYS, engines=("nobody",)), []),
    (CallFilter(ALL_DAYS, courses=("turned_angry",)), []),
    (CallFilter(UNDATED), ["c0400"]),
    (CallFilter(UNDATED, statuses=("ok",)), []),
]


@pytest.mark.parametrize(("chosen", "expected"), FURTHER)
def test_words_ids_and_what_was_measured_narrow_the_calls(
    snapshot: Snapshot, chosen: CallFilter, expected: list[str]
) -> None:
    assert ids(snapshot, chosen) == expected
    assert count_calls(snapshot, chosen) == len(expected)


def test_a_snapshot_without_folded_texts_is_searched_as_well(published_home: Path, tmp_path: Path) -> None:
    home = rewrite(published_home, tmp_path, "drop table search_texts", "drop macro schema_version")
    with open_newest(home / "qa.duckdb", "UTC") as earlier:
        for chosen, expected in FURTHER:
            assert ids(earlier, chosen) == expected, chosen
        assert count_hits(earlier, CallFilter(ALL_DAYS, text="refund")) == 2


def test_a_share_of_an_emotion_and_a_metric_have_two_ends(snapshot: Snapshot) -> None:
    angry = ids(snapshot, CallFilter(ALL_DAYS, emotions=("angry",)))
    assert ids(snapshot, CallFilter(ALL_DAYS, shares=(("angry", Span(0.001)),))) == angry
    without = ids(snapshot, CallFilter(ALL_DAYS, shares=(("angry", Span(0, 0)),)))
    assert without
    assert not set(without) & set(angry)
    measured = CallFilter(ALL_DAYS, metrics=(("duration_s", Span(0)), ("dead_air_count", Span(0, 0))))
    silent = CallFilter(ALL_DAYS, metrics=(("dead_air_count", Span(1)),))
    assert ids(snapshot, measured)
    assert not set(ids(snapshot, measured)) & set(ids(snapshot, silent))


def test_hits_are_counted_and_nothing_searched_has_none(snapshot: Snapshot) -> None:
    assert count_hits(snapshot, CallFilter(ALL_DAYS, text="refund")) == 2
    assert count_hits(snapshot, CallFilter(ALL_DAYS, text="customer:refund")) == 1
    assert count_hits(snapshot, CallFilter(ALL_DAYS)) is None
    assert count_hits(snapshot, CallFilter(ALL_DAYS, text="-refund")) is None


def test_ids_and_names_are_offered_whatever_the_dates(snapshot: Snapshot) -> None:
    found = [(row["kind"], row["id"]) for row in suggestions(snapshot, "C0102")]
    assert found == [("call", "c0102")]
    assert [row["id"] for row in suggestions(snapshot, "c01")] == ["c0101", "c0102", "c0103", "c0104"]
    assert next((row["kind"], row["id"]) for row in suggestions(snapshot, "a-ortiz")) == ("agent", "a-ortiz")
    for name in ("lucia ORTIZ", "agent:ortiz", "Lucía", "ａ－ｏｒｔｉｚ"):
        assert [row["id"] for row in suggestions(snapshot, name)] == ["a-ortiz"], name
    assert [row["id"] for row in suggestions(snapshot, "K C0102")] == ["k-c0102"]
    assert suggestions(snapshot, "refund late") == []
    assert suggestions(snapshot, "%") == []


def test_every_filter_is_left_out_once_to_say_which_to_drop() -> None:
    chosen = CallFilter(ALL_DAYS, queues=("billing",), text="zeppelin", metrics=(("dead_air_s", Span(1)),))
    assert {name: without.queues for name, without in without_each(chosen)} == {
        "queue": (), "q": ("billing",), "m.dead_air_s": ("billing",)
    }  # fmt: skip


def test_a_hit_is_shown_within_what_is_said_around_it() -> None:
    text = "a" * 100 + " refund " + "b" * 100
    parts = parts_of(text, [(101, 107)])
    assert [part for part, is_hit in parts if is_hit] == ["refund"]
    assert parts[0] == ("…", False) == parts[-1]
    assert len("".join(part for part, _ in parts)) == 60 + 6 + 60 + 2
    assert parts_of("refund", [(0, 6)]) == [("refund", True)]
    assert merged([(5, 9), (0, 3), (8, 12), (3, 4)]) == ((0, 4), (5, 12))
