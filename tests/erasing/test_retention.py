"""What is older than the settings keep is gone from every file; figures stay, and what is on hold stays whole."""

from __future__ import annotations

import shutil

import pytest

from tests.erasing.conftest import CALL, CUSTOMER, KEPT, Home
from tests.pipeline.harness import GOLDEN_DAY
from tests.serving import ROOT

FIGURES = {
    "call_metrics": "* exclude (loaded_at)",
    "metrics_daily": "*",
    "emotions": "*",
    "rule_outcomes": "* exclude (loaded_at)",
    "sentences": "call_id, channel_id, sentence_id, begin_ms, end_ms, emotion, language",
}


def texts_only(home: Home) -> None:
    home.canaries = {name: text for name, text in home.canaries.items() if name.startswith("sentence")}


def figures(home: Home) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: home.pipeline.query(f"select {columns} from {table} order by all") for table, columns in FIGURES.items()
    }


def test_texts_and_raw_json_go_and_figures_stay(home: Home) -> None:
    texts_only(home)
    before = figures(home)
    home.pipeline.settings |= {"QA_RETENTION_TEXT_DAYS": "30", "QA_RETENTION_RAW_DAYS": "30"}

    trial = home.pipeline.command("retention", "--dry-run")
    assert f"Texts     {GOLDEN_DAY} would go" in trial.stdout
    assert home.left() != []
    done = home.pipeline.command("retention")

    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in home.left() if not line.startswith("dagster/")] == []
    assert figures(home) == before
    assert home.pipeline.query("select count(*) from sentences where text <> '' or words is not null") == [(0,)]
    assert home.pipeline.query("select count(*) from calls where text_deleted_at is null and status = 'ok'") == [(0,)]
    assert "no day gone" in home.pipeline.command("retention").stdout
    refused = home.pipeline.command("run", "--from", GOLDEN_DAY)
    assert refused.returncode == 1
    assert "raw JSON was deleted by retention" in refused.stdout + refused.stderr
    assert figures(home) == before


@pytest.mark.whole_run
def test_a_day_that_is_run_again_forgets_its_texts_at_the_end(home: Home) -> None:
    home.pipeline.settings |= {"QA_RETENTION_TEXT_DAYS": "30"}
    home.pipeline.run(GOLDEN_DAY)
    before = figures(home)
    home.pipeline.run(GOLDEN_DAY)
    assert home.pipeline.query("select count(*) from sentences where text <> ''") == [(0,)]
    assert figures(home) == before


@pytest.mark.whole_run
def test_a_day_that_is_run_again_without_its_recordings_forgets_its_texts_too(home: Home) -> None:
    home.pipeline.settings |= {"QA_RETENTION_TEXT_DAYS": "30"}
    home.pipeline.run(GOLDEN_DAY)
    deleted = "select count(*), count(text_deleted_at) from calls where status = 'ok'"
    before = home.pipeline.query(deleted)
    assert before == [(3, 3)]
    shutil.rmtree(home.pipeline.landing / GOLDEN_DAY)
    for _ in range(2):
        home.pipeline.run(GOLDEN_DAY)
        assert home.pipeline.query("select count(*) from sentences where text <> ''") == [(0,)]
        assert home.pipeline.query(deleted) == before


def test_what_is_on_hold_keeps_its_texts_and_its_raw_json(home: Home) -> None:
    home.pipeline.settings |= {"QA_RETENTION_TEXT_DAYS": "30", "QA_RETENTION_RAW_DAYS": "30"}
    assert home.pipeline.command("hold", "--customer", CUSTOMER, "--reason", "court case").returncode == 0

    done = home.pipeline.command("retention")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 call stay whole" in done.stdout
    [(kept,)] = home.pipeline.query("select count(*) from sentences where text <> '' and call_id = ?", CALL)
    assert kept > 0
    assert home.pipeline.query("select count(*) from sentences where text <> '' and call_id <> ?", CALL) == [(0,)]
    assert len(list((home.home / "raw").rglob("*.json"))) == 2
    refused = home.pipeline.command("run", "--from", GOLDEN_DAY)
    assert refused.returncode == 1, "what is left of the calls without raw JSON would be lost"
    assert "raw JSON was, but for calls on hold, deleted by retention" in refused.stdout + refused.stderr
    assert home.pipeline.query("select count(*) from calls where status = 'ok'") == [(3,)]


def test_a_hold_on_a_customer_counts_for_calls_whose_texts_are_gone_already(home: Home) -> None:
    home.pipeline.settings |= {"QA_RETENTION_TEXT_DAYS": "30"}
    assert home.pipeline.command("retention").returncode == 0
    held = home.pipeline.command("hold", "--customer", CUSTOMER, "--reason", "court case")
    home.pipeline.settings |= {
        "QA_RETENTION_RAW_DAYS": "30", "QA_RETENTION_AUDIO_DAYS": "30", "QA_RETENTION_LANDING_ZONE": "true",
    }  # fmt: skip

    done = home.pipeline.command("retention")

    assert "1 call stay whole" in done.stdout
    assert len(list((home.home / "raw").rglob("*.json"))) == 2
    zone = home.pipeline.landing / GOLDEN_DAY
    assert sorted(path.name for path in zone.iterdir()) == [f"{CALL}.json", f"{CALL}.mp3"]
    assert home.pipeline.command("hold", "--release", held.stdout.split()[1]).returncode == 0
    assert home.pipeline.command("retention").returncode == 0
    assert list((home.home / "raw").rglob("*.json")) == []
    assert list(zone.iterdir()) == []
    assert "no day, 0 documents gone" in home.pipeline.command("retention").stdout, "nothing is left to do"


@pytest.mark.whole_run
def test_rules_leave_days_without_texts_as_they_were(home: Home) -> None:
    (home.scratch / "qa.toml").touch()
    shutil.copytree(ROOT / "samples" / "rules", home.scratch / "rules")
    home.pipeline.settings |= {"QA_CONFIG": str(home.scratch / "qa.toml")}
    assert home.pipeline.command("rules", "run").returncode == 0
    before = figures(home)
    assert "hit" in {row[4] for row in before["rule_outcomes"]}
    home.pipeline.settings["QA_RETENTION_TEXT_DAYS"] = "30"
    home.pipeline.command("retention")
    assert home.pipeline.command("rules", "run").returncode == 0
    assert figures(home) == before


def test_recordings_of_the_landing_zone_go_only_where_the_setting_says_so(home: Home) -> None:
    zone = home.pipeline.landing / GOLDEN_DAY
    home.pipeline.settings |= {"QA_RETENTION_AUDIO_DAYS": "30"}
    assert home.pipeline.command("retention").returncode == 0
    assert len(list(zone.iterdir())) == 6
    home.pipeline.settings |= {"QA_RETENTION_LANDING_ZONE": "true"}
    assert home.pipeline.command("retention").returncode == 0
    assert list(zone.iterdir()) == []
    assert home.calls() == sorted([CALL, *KEPT])


def test_nothing_is_forgotten_without_a_setting(home: Home) -> None:
    assert "Nothing is forgotten by age" in home.pipeline.command("retention").stdout
