"""The daily marts on made-up rows and on the scenario: every call once, means with intervals, tests that bite."""

from __future__ import annotations

import math
import re
import shutil
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.statements.files import read_sql
from qa_pipeline.warehouse.daily import MARTS, VIEWS, days_without_marts, mart_test, refill_mart
from qa_pipeline.warehouse.database import apply_schema, insert_rows
from tests import scenario
from tests.docs.markdown import fences, page
from tests.reviews.in_tables import add_evaluation
from tests.scenario import CALLS, CALLS_WITH_DEFECTS, DAY_1, DAY_2, DAY_3, LOCAL, MODEL

DAYS = [DAY_1, DAY_2, DAY_3]
LOADED_AT = scenario.LOADED_AT


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenario with its marts, and with the calls on whose sound something was done."""
    path = tmp_path_factory.mktemp("filled") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        apply_schema(connection)
        scenario.seed(connection, CALLS + CALLS_WITH_DEFECTS)
        for number, (call_id, day) in enumerate((("c0101", DAY_1), ("c0102", DAY_1), ("c0201", DAY_2))):
            add_evaluation(connection, call_id, day, score=40.0 * number, agent_id=f"a-{number}")
    return path


@pytest.fixture
def seeded(filled: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of the test's own, filled."""
    with duckdb.connect(str(shutil.copy(filled, tmp_path / "warehouse.duckdb"))) as connection:
        yield connection


def measured(*calls: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """A database whose calls of DAY_1 have these metrics; keys of `calls` go there, all others to `call_metrics`."""
    connection = duckdb.connect()
    apply_schema(connection)
    of_calls = {"agent_id", "agent_name", "queue", "status", "duration_s", "form", "voices_unsure"}
    for number, given_values in enumerate(calls):
        ids = {"call_id": f"c{number}", "call_date": given_values.get("call_date", DAY_1)}
        call = {key: value for key, value in given_values.items() if key in of_calls}
        metrics = {key: value for key, value in given_values.items() if key not in {*of_calls, "call_date"}}
        usual = {"source_uri": "file:///x", "status": "ok", "agent_id": "a-1", "queue": "q", "duration_s": 60.0}
        insert_rows(connection, "calls", [{**ids, **usual, "loaded_at": LOADED_AT, **call}])
        row = {"definition_version": "1.0", "thresholds": "{}", "duration_s": 60.0, "loaded_at": LOADED_AT, **metrics}
        if given_values.get("status") != "quarantined":
            insert_rows(connection, "call_metrics", [{**ids, **row}])
    return connection


def refilled(connection: duckdb.DuckDBPyConnection, mart: str, minimum_n: int = 5) -> list[dict[str, Any]]:
    """The mart's rows of DAY_1, whose test finds nothing wrong."""
    for name in (mart, "counts_daily", "metrics_daily"):
        refill_mart(connection, name, [DAY_1], minimum_n=minimum_n)
    assert connection.execute(mart_test(mart), {"days": [DAY_1]}).fetchall() == []
    answer = connection.execute(f"select * from {mart} order by all")
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def quantile_975(degrees: int) -> float:
    """Student's quantile by bisection over Simpson's rule: independent of the series in sql/schema."""
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(degrees * math.pi)

    def density(x: float) -> float:
        return scale * (1 + x * x / degrees) ** (-(degrees + 1) / 2)

    def above_zero(t: float, steps: int = 2000) -> float:
        width = t / steps
        inner = sum((4 if step % 2 else 2) * density(step * width) for step in range(1, steps))
        return (density(0) + density(t) + inner) * width / 3

    low, high = 1.9, 13.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if above_zero(middle) < 0.475 else (low, middle)
    return low


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 10, 31, 500])
def test_the_width_of_an_interval_is_students(n: int) -> None:
    with measured() as connection:
        (found,) = connection.execute("select t_95(?)", [n]).fetchone() or ()
    assert found == pytest.approx(quantile_975(n - 1), abs=1e-3)


def test_of_fewer_than_two_calls_no_spread_is_known() -> None:
    with measured() as connection:
        assert connection.execute("select t_95(1), t_95(0), t_95(null)").fetchone() == (None, None, None)


def test_a_mean_stands_with_its_calls_its_spread_and_its_interval() -> None:
    ratios = [0.2, 0.4, 0.6]
    with measured(*({"talk_ratio": ratio, "silence_s": 1.0} for ratio in ratios), {"talk_ratio": None}) as connection:
        (row,) = refilled(connection, "agents_daily")
    half = quantile_975(2) * statistics.stdev(ratios) / math.sqrt(3)
    assert (row["calls"], row["n"], row["talk_ratio_n"]) == (4, 3, 3)
    assert row["talk_ratio_mean"] == pytest.approx(0.4)
    assert row["talk_ratio_sd"] == pytest.approx(0.2)
    assert (row["talk_ratio_ci_low"], row["talk_ratio_ci_high"]) == pytest.approx((0.4 - half, 0.4 + half), abs=1e-3)


def test_one_call_has_a_mean_and_no_interval_and_none_has_nothing() -> None:
    with measured({"talk_ratio": 0.3}) as connection:
        (row,) = refilled(connection, "queues_daily")
    assert (row["talk_ratio_n"], row["talk_ratio_mean"], row["talk_ratio_sd"], row["talk_ratio_ci_low"]) == (
        1, 0.3, None, None,
    )  # fmt: skip
    assert (row["valence_shift_n"], row["valence_shift_mean"]) == (0, None)


@pytest.mark.parametrize(("minimum", "is_enough"), [(2, True), (3, False)])
def test_an_agent_is_ranked_only_with_enough_calls_of_which_both_roles_are_known(minimum: int, is_enough: bool) -> None:
    known = {"silence_s": 2.0, "talk_ratio": 0.5}
    with measured(known, known, {"silence_s": None}, {"status": "quarantined"}) as connection:
        (row,) = refilled(connection, "agents_daily", minimum)
    assert (row["calls"], row["n"], row["minimum_n"], row["is_enough"]) == (3, 2, minimum, is_enough)


def test_words_and_characters_a_minute_are_never_averaged() -> None:
    words = {"agent_talk_speed": 150.0, "agent_talk_speed_unit": "words/min"}
    characters = {"agent_talk_speed": 250.0, "agent_talk_speed_unit": "characters/min"}
    with measured(words, characters, {**words, "agent_talk_speed": 170.0}, {}) as connection:
        (row,) = refilled(connection, "agents_daily")
    assert (row["agent_talk_speed_unit"], row["agent_talk_speed_n"], row["agent_talk_speed_mean"]) == (
        "words/min", 2, 160.0,
    )  # fmt: skip


@pytest.mark.parametrize("missing", [None, "", "  "])
def test_calls_of_nobody_known_stand_together_and_are_lost_nowhere(missing: str | None) -> None:
    with measured({"agent_id": missing, "queue": missing}, {}) as connection:
        assert [row["agent_id"] for row in refilled(connection, "agents_daily")] == ["a-1", "unknown"]
        assert [row["queue"] for row in refilled(connection, "calls_daily")] == ["q", "unknown"]


def test_counts_say_how_many_calls_of_the_means_were_told_apart_by_voice() -> None:
    sure = {"form": "diarized", "silence_s": 2.0, "talk_ratio": 0.2}
    unsure = {"form": "diarized", "voices_unsure": True}
    with measured(sure, unsure, {"form": "stereo", "silence_s": 1.0}) as connection:
        counts = refilled(connection, "counts_daily")
    assert [(row["both_roles"], row["told_by_voice"]) for row in counts if row["dimension"] == "all"] == [(2, 1)]


def test_metrics_are_those_of_agents_of_queues_and_of_all() -> None:
    one = {"agent_id": "a-1", "queue": "q", "talk_ratio": 0.2, "overlap_s": 3.0}
    other = {"agent_id": "a-2", "queue": "q", "talk_ratio": 0.6}
    with measured(one, other, {"status": "quarantined"}) as connection:
        rows = refilled(connection, "metrics_daily")
        counts = refilled(connection, "counts_daily")
    found = {(row["dimension"], row["key"], row["metric"]): (row["n"], row["mean"]) for row in rows}
    assert found == {
        ("agent", "a-1", "talk_ratio"): (1, 0.2), ("agent", "a-1", "overlap_s"): (1, 3.0),
        ("agent", "a-2", "talk_ratio"): (1, 0.6),
        ("queue", "q", "talk_ratio"): (2, 0.4), ("queue", "q", "overlap_s"): (1, 3.0),
        ("all", "all", "talk_ratio"): (2, 0.4), ("all", "all", "overlap_s"): (1, 3.0),
    }  # fmt: skip
    assert {(row["dimension"], row["key"]): (row["calls"], row["quarantined"]) for row in counts} == {
        ("agent", "a-1"): (2, 1), ("agent", "a-2"): (1, 0), ("queue", "q"): (3, 1), ("all", "all"): (3, 1),
    }  # fmt: skip


def test_every_metric_of_the_list_is_a_column_of_call_metrics_and_has_rows(seeded: duckdb.DuckDBPyConnection) -> None:
    [listed] = re.findall(r"columns\(\[(.*?)\]\)", read_sql("marts/metrics_daily.sql"), re.DOTALL)
    metrics = set(re.findall(r"'(\w+)'", listed))
    assert metrics <= {row[0] for row in seeded.execute("describe call_metrics").fetchall()}
    assert metrics == {name for (name,) in seeded.execute("select distinct metric from metrics_daily").fetchall()}


def test_a_day_measured_by_two_definitions_says_so() -> None:
    with measured({"definition_version": "1.a"}, {"definition_version": "1.b"}) as connection:
        assert refilled(connection, "calls_daily")[0]["definition_version"] == "mixed"
        assert refilled(connection, "agents_daily")[0]["definition_version"] == "mixed"


def test_calls_are_counted_by_what_became_of_them(seeded: duckdb.DuckDBPyConnection) -> None:
    found = seeded.execute(
        "select call_date, sum(calls), sum(ok), sum(partial), sum(failed), sum(quarantined), sum(defects) "
        "from calls_daily group by all order by all"
    ).fetchall()
    assert found == [(DAY_1, 4, 2, 1, 0, 1, 1), (DAY_2, 5, 3, 0, 1, 1, 0), (DAY_3, 6, 3, 1, 0, 2, 4)]


def test_a_call_without_a_date_is_in_no_mart(seeded: duckdb.DuckDBPyConnection) -> None:
    assert seeded.execute("select count(*) from calls where call_date is null").fetchone() == (1,)
    assert seeded.execute("select sum(calls) from calls_daily").fetchone() == (15,)


def test_what_nobody_labelled_has_a_row_and_no_share(seeded: duckdb.DuckDBPyConnection) -> None:
    rows = seeded.execute(
        "select emotion, sentences, speech_s, round(share, 3) from emotions_daily "
        "where call_date = ? and queue = 'retention' and role = 'customer' order by emotion", [DAY_2],
    ).fetchall()  # fmt: skip
    assert rows == [("happy", 1, 3.0, 0.462), ("neutral", 1, 3.5, 0.538), ("unlabelled", 1, 5.0, None)]


def test_sentences_without_times_are_counted_and_take_no_share_of_speech() -> None:
    with measured({}) as connection:
        said = {"call_id": "c0", "channel_id": 1, "call_date": DAY_1, "role": "customer", "text": "x", "emotion": "sad"}
        insert_rows(connection, "sentences", [{**said, "sentence_id": number} for number in (0, 1)])
        insert_rows(connection, "emotions", [
            {"call_id": "c0", "channel_id": 1, "call_date": DAY_1, "role": "customer", "emotion": "sad",
             "sentence_count": 2, "speech_s": None, "share": 1.0},
        ])  # fmt: skip
        (row,) = refilled(connection, "emotions_daily")
    assert (row["sentences"], row["untimed_sentences"], row["speech_s"], row["share"]) == (2, 2, None, 1.0)


def test_channels_that_nobody_was_paid_for_stand_under_the_reason(seeded: duckdb.DuckDBPyConnection) -> None:
    rows = seeded.execute(
        "select engine, model, channels, skipped_channels, attempts, billed_s from costs_daily where call_date = ? "
        "order by engine", [DAY_3],
    ).fetchall()  # fmt: skip
    assert rows == [
        ("none (copy of the other channel)", "none", 1, 1, 0, 0),
        ("none (silent channel)", "none", 1, 1, 0, 0),
        (LOCAL, MODEL, 6, 0, 6, 420),
    ]


def test_a_transcript_taken_in_is_a_skipped_channel(seeded: duckdb.DuckDBPyConnection) -> None:
    seeded.execute(
        "insert into transcription_tasks by name select * replace ('r-import' as recording_id, 'import' as model, "
        "'import vcon' as engine, 0 as billed_s, 0 as cost_usd) from transcription_tasks "
        "where submission_id = 'c0101-agent-1'"
    )
    refill_mart(seeded, "costs_daily", [DAY_1], minimum_n=5)
    row = seeded.execute(
        "select channels, skipped_channels, attempts, cost_usd from costs_daily where engine = 'import vcon'"
    ).fetchone()
    assert row == (1, 1, 0, 0)
    assert seeded.execute(mart_test("costs_daily"), {"days": DAYS}).fetchall() == []


def test_costs_of_all_days_are_those_of_the_tasks(seeded: duckdb.DuckDBPyConnection) -> None:
    (found,) = seeded.execute("select sum(cost_usd) from costs_daily").fetchone() or ()
    (paid,) = seeded.execute("select sum(cost_usd) from transcription_tasks").fetchone() or ()
    assert found == pytest.approx(paid)


def test_making_the_marts_again_changes_nothing_and_other_days_stay(seeded: duckdb.DuckDBPyConnection) -> None:
    before = {mart: seeded.execute(f"select * from {mart} order by all").fetchall() for mart in MARTS}
    seeded.execute("update calls set queue = 'elsewhere' where call_date = ?", [DAY_1])
    for mart in MARTS:
        refill_mart(seeded, mart, [DAY_2, DAY_3], minimum_n=5)
    assert {mart: seeded.execute(f"select * from {mart} order by all").fetchall() for mart in MARTS} == before


def test_days_with_calls_and_no_mart_are_found(seeded: duckdb.DuckDBPyConnection) -> None:
    assert days_without_marts(seeded) == []
    seeded.execute("delete from counts_daily where call_date = ?", [DAY_2])
    assert days_without_marts(seeded) == [DAY_2]


@pytest.mark.parametrize("mart", MARTS)
def test_no_mart_compares_every_call_of_a_day_with_every_call_there_is(
    seeded: duckdb.DuckDBPyConnection, mart: str
) -> None:
    statements = [mart_test(mart)] + ([] if mart in VIEWS else [read_sql(f"marts/{mart}.sql")])
    for statement in statements:
        given_values = {"days": DAYS} | ({"minimum_n": 5} if "$minimum_n" in statement else {})
        ((_, plan),) = seeded.execute(f"explain {statement}", given_values).fetchall()
        assert "HASH_JOIN" in plan or "GROUP_BY" in plan
        assert not re.search("NL_JOIN|NESTED_LOOP|CROSS_PRODUCT", plan)


PLANTED = [
    ("counts_daily", "update counts_daily set calls = calls + 1, ok = ok + 1"),
    ("counts_daily", "update counts_daily set ok = ok + 1"),
    ("counts_daily", "delete from counts_daily where dimension = 'queue' and key = 'billing'"),
    ("counts_daily", "insert into counts_daily select * from counts_daily where dimension = 'agent' limit 1"),
    ("counts_daily", "update counts_daily set escalated = 99"),
    ("counts_daily", "update counts_daily set both_roles = calls + 1"),
    ("metrics_daily", "update metrics_daily set mean = 1.2 where metric = 'talk_ratio' and n = 1"),
    ("metrics_daily", "update metrics_daily set ci_low = 4 where metric = 'customer_valence' and n > 1"),
    ("metrics_daily", "update metrics_daily set n = 9 where metric = 'talk_ratio'"),
    ("metrics_daily", "update metrics_daily set n = 99 where metric = 'overlap_s'"),
    ("metrics_daily", "update metrics_daily set mean = mean / 2 where metric = 'talk_ratio'"),
    ("metrics_daily", "update metrics_daily set mean = -1 where metric = 'response_ms_p50' and n = 1"),
    ("metrics_daily", "update metrics_daily set mean = 11 where metric = 'valence_shift' and n = 1"),
    ("metrics_daily", "update metrics_daily set mean = 1.1 where metric = 'negative_share' and n = 1"),
    ("metrics_daily", "insert into metrics_daily by name select * replace ('ghost' as key) from metrics_daily limit 1"),
    ("metrics_daily", "insert into metrics_daily select * from metrics_daily where metric = 'overlap_s' limit 1"),
    ("calls_daily", "delete from counts_daily where dimension = 'queue' and key = 'billing'"),
    ("agents_daily", "delete from counts_daily where dimension = 'agent'"),
    ("queues_daily", "update counts_daily set calls = calls + 1 where dimension = 'queue'"),
    ("emotions_daily", "update emotions_daily set sentences = sentences + 1"),
    ("emotions_daily", "update emotions_daily set share = share / 2"),
    ("emotions_daily", "update emotions_daily set calls = 99"),
    ("emotion_steps", "delete from emotion_steps where emotion = following"),
    ("emotion_steps", "update emotion_steps set times = times + 1"),
    ("languages_daily", "delete from languages_daily where role = 'agent'"),
    ("languages_daily", "update languages_daily set untimed_sentences = sentences + 1"),
    ("costs_daily", "update costs_daily set cost_usd = 0"),
    ("costs_daily", "update costs_daily set attempts = attempts + 1"),
    ("costs_daily", "update costs_daily set failed = attempts + 1"),
    ("costs_daily", "update costs_daily set skipped_channels = 1 where billed_s > 0"),
    ("costs_daily", "delete from costs_daily where attempts > 0"),
    ("scores_daily", "insert into agents (agent_id, loaded_at) values ('a-1', now()), ('a-1', now())"),
    (
        "rules_daily",
        "insert into rule_outcomes by name select call_id, call_date, 'greeting' as rule_id, 'v1' as rule_version, "
        "'hit' as outcome, 1 as hit_count, 'Greets' as title, 'low' as severity, false as needs_review, "
        "now() as loaded_at from calls where call_date is not null limit 1",
    ),
    ("question_rates", "insert into scorecard_questions from scorecard_questions limit 1"),
]


@pytest.mark.parametrize(("mart", "fault"), PLANTED)
def test_a_fault_in_a_mart_is_found_by_its_test(seeded: duckdb.DuckDBPyConnection, mart: str, fault: str) -> None:
    assert seeded.execute(mart_test(mart), {"days": DAYS}).fetchall() == []
    seeded.execute(fault)
    assert seeded.execute(mart_test(mart), {"days": DAYS}).fetchall() != []


def test_every_mart_has_faults_planted() -> None:
    assert {mart for mart, _ in PLANTED} == set(MARTS)


RATIOS = st.lists(st.floats(0, 1).map(lambda value: round(value, 6)), max_size=5)


def by_day(days: Sequence[Sequence[float]]) -> duckdb.DuckDBPyConnection:
    """Calls with these talk ratios on the days; marts filled."""
    dates = DAYS[: len(days)]
    calls = [{"talk_ratio": ratio, "call_date": date} for date, own in zip(dates, days, strict=True) for ratio in own]
    connection = measured(*calls)
    for mart in ("counts_daily", "metrics_daily"):
        refill_mart(connection, mart, DAYS, minimum_n=5)
    return connection


@pytest.mark.thorough
@settings(max_examples=15, deadline=None)
@given(st.tuples(RATIOS, RATIOS, RATIOS))
def test_means_of_several_days_put_together_are_those_of_all_their_calls(days: tuple[list[float], ...]) -> None:
    every = [ratio for own in days for ratio in own]
    with by_day(days) as connection:
        asked = {"from_date": DAY_1, "to_date": DAY_3, "dimensions": ["agent", "queue", "all"]}
        answer = connection.execute(read_sql("pages/how_metrics_went.sql"), asked)
        found = [row[1:] for row in answer.fetchall() if row[2] == "talk_ratio"]
        if not every:
            assert found == []
            return
        assert {key for key, *_ in found} == {"all", "a-1", "q"}
        for _, _, _, n, mean, low, high in found:
            assert (n, mean) == (len(every), pytest.approx(statistics.fmean(every), abs=1e-5))
            if n == 1:
                assert (low, high) == (None, None)
            else:
                half = connection.execute("select t_95(?)", [n]).fetchall()[0][0] * statistics.stdev(every) / n**0.5
                assert (low, high) == pytest.approx((mean - half, mean + half), abs=1e-4)


def test_the_pages_way_to_put_days_together_gives_the_same() -> None:
    [query] = [fence.body for fence in fences(page("docs/metrics.md")) if fence.language == "sql"]
    every = [0.2, 0.3, 0.7, 0.5]
    with by_day([every[:2], every[2:3], every[3:]]) as connection:
        rows = [row for row in connection.execute(query).fetchall() if row[1] == "talk_ratio"]
    ((agent, _, _, n, mean, sd, half),) = rows
    assert (agent, n) == ("a-1", 4)
    assert (mean, sd) == pytest.approx((statistics.fmean(every), statistics.stdev(every)))
    assert half == pytest.approx(quantile_975(3) * sd / 2, abs=1e-3)
