"""Turns and metrics of a day, from recordings to the published snapshot, and again when a threshold changes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pipeline.harness import GOLDEN_DAY, Pipeline
from tests.serving import SAMPLES

DAY = GOLDEN_DAY
DEAD_AIR, SILENT_CUSTOMER = "c0108", "c0191"


def metrics(pipeline: Pipeline) -> dict[str, dict[str, Any]]:
    columns = [row[0] for row in pipeline.query("describe call_metrics")]
    rows = pipeline.query("select * from call_metrics order by call_id")
    return {
        row[0]: {name: value for name, value in zip(columns, row, strict=True) if name != "loaded_at"} for row in rows
    }


def everything(pipeline: Pipeline) -> dict[str, list[tuple[Any, ...]]]:
    return {
        "turns": pipeline.query("select * from turns order by all"),
        "acoustics": pipeline.query("select * from acoustics order by call_id, channel_id"),
    }


@pytest.mark.whole_run
def test_a_day_gets_turns_and_metrics_and_a_changed_threshold_recounts_them_for_nothing(
    ran: Pipeline,
) -> None:
    first, tables = metrics(ran), everything(ran)
    called = ran.query("select call_id from calls where status <> 'quarantined'")
    assert sorted(first) == sorted(call_id for (call_id,) in called)
    two_sided = {
        call_id
        for (call_id,) in ran.query("select call_id from calls where status = 'ok'")
        if first[call_id]["customer_talk_s"]
    }
    assert len(two_sided) == 9
    assert {row[0] for row in tables["turns"]} == two_sided | {SILENT_CUSTOMER}
    for call_id in two_sided:
        row = first[call_id]
        total = row["agent_talk_s"] + row["customer_talk_s"] - row["overlap_s"] + row["silence_s"]
        assert total == pytest.approx(row["duration_s"], abs=0.002), call_id
        assert row["agent_words_without_sound"] == row["customer_words_without_sound"] == 0, call_id
        assert row["agent_channel_suspect"] is False, call_id
    silent = first[SILENT_CUSTOMER]
    assert (silent["customer_talk_s"], silent["customer_sentences"], silent["customer_valence"]) == (0.0, 0, None)
    longest = first[DEAD_AIR]["longest_silence_s"]
    by_sql = ran.query(
        "with said as (select begin_ms, max(end_ms) over (order by begin_ms, end_ms rows between unbounded preceding "
        "and 1 preceding) as before from sentences where call_id = ?) select max(begin_ms - before) / 1000 from said",
        DEAD_AIR,
    )
    assert longest == by_sql[0][0]
    quarters = ran.query(
        "select count(*) from (select unnest([customer_valence_q1, customer_valence_q4]) as q from call_metrics) "
        "where q not between -5 and 5"
    )
    assert quarters == [(0,)]

    paid = ran.usage()
    ran.settings |= {"QA_METRICS": '{"dead_air_ms": 1000}', "QA_EMOTION_ROLES": "customer"}
    again = ran.run(DAY)
    second = metrics(ran)
    assert ran.usage() == paid
    assert "nothing was sent to be transcribed again" in again.stdout
    assert {row["definition_version"] for row in second.values()}.isdisjoint(
        row["definition_version"] for row in first.values()
    )
    assert all('"dead_air_ms": 1000' in row["thresholds"] for row in second.values())
    assert sum(row["dead_air_count"] or 0 for row in second.values()) > sum(
        row["dead_air_count"] or 0 for row in first.values()
    )
    assert {row["agent_valence"] for row in second.values()} == {None}
    assert any(row["agent_valence"] is not None for row in first.values())
    assert [row["customer_valence"] for row in second.values()] == [row["customer_valence"] for row in first.values()]
    assert everything(ran) == tables, "turns do not depend on it"


@pytest.mark.chaos
def test_sentences_without_times_give_nulls_and_no_error(pipeline: Pipeline) -> None:
    pipeline.land(SAMPLES / DAY / "c0101.mp3", f"{DAY}/c0101.mp3")
    pipeline.settings["QA_MODEL"] = "qwen3-asr-flash"
    pipeline.run(DAY)
    row = metrics(pipeline)["c0101"]
    assert (row["agent_sentences"], row["customer_sentences"], row["languages"]) == (1, 1, 1)
    for name in ("agent_talk_s", "talk_ratio", "silence_s", "dead_air_count", "response_ms_p50", "agent_talk_speed"):
        assert row[name] is None, name
    assert pipeline.query("select * from turns") == []
    assert pipeline.query("select count(*) from acoustics") == [(2,)], "sound is measured all the same"
