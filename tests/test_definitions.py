"""What Dagster is told: names, order, partitions, pools and checks are a contract, so a change must be meant."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from qa_pipeline.definitions import defs
from qa_pipeline.defs.assets.conversations import conversation_tables
from qa_pipeline.defs.assets.daily import daily_marts
from qa_pipeline.defs.resources import SettingsResource, WarehouseResource
from qa_pipeline.settings import load_settings
from qa_pipeline.warehouse.daily import MARTS

ROOT = Path(__file__).resolve().parents[1]
REPOSITORY = defs.get_repository_def()
GRAPH = REPOSITORY.asset_graph

PARENTS = {
    "calls": set(),
    "agents": {"calls"},
    "outcomes": {"calls"},
    "evaluations": {"calls", "agents", "turns", "call_metrics", "rule_outcomes", "rule_hits", "sampling_draws"},
    "acoustics": {"calls"},
    "transcriptions": {"calls", "acoustics"},
    "transcripts": {"transcriptions"},
    "sentences": {"transcriptions"},
    "languages": {"sentences"},
    "emotions": {"sentences"},
    "turns": {"acoustics", "transcripts", "sentences"},
    "call_metrics": {"acoustics", "transcripts", "sentences"},
    "sampling_draws": {"calls", "agents", "outcomes", "acoustics", "languages", "call_metrics", "rule_outcomes"},
    "published": {
        "calls",
        "agents",
        "outcomes",
        "sampling_draws",
        "evaluations",
        "acoustics",
        "transcripts",
        "sentences",
        "languages",
        "emotions",
        "turns",
        "call_metrics",
        "rule_outcomes",
        "rule_hits",
        *MARTS,
    },
    "alerts": {"published"},
    "rule_outcomes": {"calls", "acoustics", "transcripts", "sentences", "turns", "call_metrics"},
    "rule_hits": {"calls", "acoustics", "transcripts", "sentences", "turns", "call_metrics"},
    "counts_daily": {"calls", "transcripts", "acoustics", "call_metrics"},
    "metrics_daily": {"calls", "transcripts", "call_metrics"},
    "calls_daily": {"counts_daily", "metrics_daily"},
    "agents_daily": {"counts_daily", "metrics_daily"},
    "queues_daily": {"counts_daily", "metrics_daily"},
    "emotions_daily": {"calls", "sentences", "emotions"},
    "languages_daily": {"calls", "sentences", "languages"},
    "emotion_steps": {"sentences"},
    "costs_daily": {"calls", "transcripts", "acoustics"},
    "scores_daily": {"evaluations"},
    "question_rates": {"evaluations"},
    "rules_daily": {"calls", "rule_outcomes"},
}
POOLS = {name: {"warehouse"} for name in PARENTS} | {
    "acoustics": {"sound"},
    "transcriptions": {"dashscope"},
    "alerts": set(),
}
BLOCKING = {
    ("calls", "calls_are_told_apart"): True,
    ("agents", "the_list_of_people_was_taken"): False,
    ("sampling_draws", "the_plans_were_taken"): False,
    ("acoustics", "recordings_are_without_defects"): False,
    ("transcriptions", "every_channel_came_to_its_end"): False,
    ("transcriptions", "no_outcome_is_unknown"): False,
    ("transcripts", "ok_calls_have_both_roles"): True,
    ("transcripts", "failed_share_is_acceptable"): False,
    ("sentences", "sentences_lie_inside_the_recording_in_order"): True,
    ("sentences", "emotions_and_languages_are_known"): True,
    ("sentences", "text_is_not_empty_where_speech_was_found"): False,
    ("turns", "turns_lie_inside_the_recording_in_order"): True,
    ("call_metrics", "talk_overlap_and_silence_add_up"): True,
    ("call_metrics", "every_call_has_metrics"): False,
    ("evaluations", "the_cards_were_taken"): False,
    ("evaluations", "evaluations_are_whole"): True,
    ("rule_outcomes", "the_rules_were_taken"): False,
    ("alerts", "the_alerts_were_taken"): False,
    **{(mart, "adds_up"): True for mart in MARTS},
}
"""Blocking where data would be wrong; the others tell a person and let what is right go on."""


def nodes() -> dict[str, Any]:
    return {key.to_user_string(): GRAPH.get(key) for key in GRAPH.get_all_asset_keys()}


def test_the_assets_and_what_each_is_made_of() -> None:
    assert {name: {key.to_user_string() for key in node.parent_keys} for name, node in nodes().items()} == PARENTS


def test_one_writer_of_the_warehouse_and_one_sender() -> None:
    assert {name: set(node.pools) for name, node in nodes().items()} == POOLS


def test_every_asset_is_partitioned_by_the_call_date_and_backfilled_in_one_run() -> None:
    for name, node in nodes().items():
        assert isinstance(node.partitions_def, dg.DailyPartitionsDefinition), name
        assert node.backfill_policy == dg.BackfillPolicy.single_run(), name


def test_every_asset_says_what_it_is_whose_and_of_what_kind() -> None:
    for name, node in nodes().items():
        assert node.description, name
        assert node.owners == ["team:data-platform"], name
        assert node.kinds, name
        assert node.group_name != "default", name


def test_the_checks_and_which_of_them_stop_what_follows() -> None:
    found = {(key.asset_key.to_user_string(), key.name): GRAPH.get(key).blocking for key in GRAPH.asset_check_keys}
    assert found == BLOCKING


def test_one_job_over_every_asset_and_check_and_short_ones() -> None:
    assert {job.name for job in REPOSITORY.get_all_jobs()} - {"__ASSET_JOB"} == {"daily", "evaluated", "ruled"}
    short = defs.resolve_job_def("evaluated").asset_layer.selected_asset_keys
    assert {key.to_user_string() for key in short} == {
        "evaluations",
        "scores_daily",
        "question_rates",
        "published",
        "alerts",
    }
    job = defs.resolve_job_def("daily")
    assert {key.to_user_string() for key in job.asset_layer.selected_asset_keys} == set(PARENTS)
    checked = {(spec.key.asset_key.to_user_string(), spec.name) for node in job.nodes for spec in checks_of(node)}
    assert checked == set(BLOCKING)


def test_changed_rules_are_applied_without_what_costs_money() -> None:
    job = defs.resolve_job_def("ruled")
    made = {key.to_user_string() for key in job.asset_layer.selected_asset_keys}
    answered = {"evaluations", "scores_daily", "question_rates"}
    assert made == {"rule_outcomes", "rule_hits", "rules_daily", "published", "alerts"} | answered


def checks_of(node: Any) -> list[dg.AssetCheckSpec]:
    """The checks that a node of the job carries out in its own step."""
    of_node = [asset for asset in defs.assets or () if isinstance(asset, dg.AssetsDefinition)]
    return [spec for asset in of_node if asset.node_def.name == node.name for spec in asset.check_specs]


def test_no_run_of_an_asset_is_repeated_by_dagster_behind_the_ledgers_back() -> None:
    job = defs.resolve_job_def("daily")
    assert [node.name for node in job.nodes if node.definition.retry_policy is not None] == []


def test_a_run_may_ask_for_some_of_a_steps_assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_HOME", str(tmp_path))
    resources = {"settings": SettingsResource(), "warehouse": WarehouseResource()}
    result = dg.materialize(
        [conversation_tables, daily_marts],
        selection=["languages", "call_metrics", "costs_daily"],
        partition_key="2025-09-01",
        resources=resources,
    )
    made = {event.asset_key.to_user_string() for event in result.get_asset_materialization_events() if event.asset_key}
    assert made == {"languages", "call_metrics", "costs_daily"}
    checked = {check.check_name for check in result.get_asset_check_evaluations()}
    assert checked == {"talk_overlap_and_silence_add_up", "every_call_has_metrics", "adds_up"}


def test_the_partitions_are_the_days_from_the_first_to_today_in_the_zone_of_the_settings() -> None:
    settings = load_settings()
    partitions = nodes()["calls"].partitions_def
    assert partitions.timezone == settings.timezone
    keys = partitions.get_partition_keys()
    assert keys[0] == settings.start_date.isoformat()
    today = dt.datetime.now(ZoneInfo(settings.timezone)).date()
    assert keys[-1] in (today.isoformat(), (today - dt.timedelta(days=1)).isoformat()), "midnight may just have passed"


# -- schedule and sensor ------------------------------------------------------------------------------------------


def tick(moment: str) -> dg.RunRequest | dg.SkipReason:
    schedule = REPOSITORY.get_schedule_def("yesterday")
    context = dg.build_schedule_context(scheduled_execution_time=dt.datetime.fromisoformat(moment))
    result = schedule(context)
    assert isinstance(result, dg.RunRequest | dg.SkipReason)
    return result


def test_every_night_the_day_before_is_asked_for() -> None:
    schedule = REPOSITORY.get_schedule_def("yesterday")
    assert (schedule.cron_schedule, schedule.job_name) == ("0 2 * * *", "daily")
    assert schedule.execution_timezone == load_settings().timezone
    asked = tick("2025-09-02T02:00:00+00:00")
    assert isinstance(asked, dg.RunRequest)
    assert asked.partition_key == "2025-09-01"


def test_a_night_before_the_first_day_asks_for_nothing_and_says_why() -> None:
    first = load_settings().start_date
    skipped = tick(f"{first.isoformat()}T02:00:00+00:00")
    assert isinstance(skipped, dg.SkipReason)
    assert "before the first day of the partitions" in str(skipped.skip_message)


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "landing"
    folder.mkdir()
    monkeypatch.setenv("QA_RECORDINGS", str(folder))
    monkeypatch.setenv("QA_HOME", str(tmp_path / "home"))
    return folder


def land(folder: Path, name: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFF")
    os.utime(path, (1_757_000_000, 1_757_000_000))


def sense(cursor: str | None) -> tuple[list[dg.RunRequest], str | None]:
    """What the sensor asks for, and the cursor it leaves."""
    sensor = REPOSITORY.get_sensor_def("new_recordings")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=REPOSITORY)
        data = sensor.evaluate_tick(context)
    return list(data.run_requests or []), data.cursor


def test_the_sensor_asks_once_for_each_day_that_changed(landing: Path) -> None:
    land(landing, "2025-09-01/a.wav")
    land(landing, "2025-09-02/b.wav")
    asked, cursor = sense(None)
    assert [request.partition_key for request in asked] == ["2025-09-01", "2025-09-02"]
    again, cursor = sense(cursor)
    assert again == []
    land(landing, "2025-09-01/late.wav")
    late, _ = sense(cursor)
    assert [request.partition_key for request in late] == ["2025-09-01"]
    assert late[0].run_key not in {request.run_key for request in asked}


def test_the_sensor_asks_for_no_day_without_a_partition(landing: Path) -> None:
    land(landing, "1999-01-01/old.wav")
    land(landing, "2025-09-01/a.wav")
    asked, cursor = sense(None)
    assert [request.partition_key for request in asked] == ["2025-09-01"]
    assert "1999-01-01" in json.loads(str(cursor))["//"]["seen"]


# -- loading ------------------------------------------------------------------------------------------------------


def clean_environment(tmp_path: Path, **settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QA_", "DASHSCOPE_", "DAGSTER"))}
    home = {"QA_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return kept | home | settings


WATCHED_IMPORT = """
import json, sys
seen = []

def watch(event, arguments):
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        seen.append([event, str(arguments[0])])
    elif event in ("socket.connect", "socket.bind", "os.mkdir", "os.rename", "os.remove", "sqlite3.connect"):
        seen.append([event, str(arguments[:2])])

sys.addaudithook(watch)
import qa_pipeline.definitions
print(json.dumps({
    "seen": seen,
    "first": qa_pipeline.definitions.defs.get_repository_def().asset_graph.get(
        __import__("dagster").AssetKey("calls")).partitions_def.get_first_partition_key(),
}))
"""


@pytest.mark.process
def test_importing_the_definitions_asks_no_network_and_writes_nothing(tmp_path: Path) -> None:
    environment = clean_environment(tmp_path, QA_START_DATE="2025-06-01", QA_TIMEZONE="Asia/Shanghai")
    done = subprocess.run(
        [sys.executable, "-c", WATCHED_IMPORT], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert found["seen"] == []
    assert found["first"] == "2025-06-01"
    assert not (tmp_path / "home").exists()
