"""A home whose calls were judged by rules, and the project that these are files of."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
from streamlit.testing.v1 import AppTest

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.judging.judged import judge_stored
from qa_pipeline.judging.rule_files import load_book, rule_files
from qa_pipeline.judging.stored_calls import metrics_named, read_days
from qa_pipeline.warehouse.daily import refill_mart
from qa_pipeline.warehouse.rule_rows import replace_rule_rows
from tests import scenario
from tests.scenario import DAY_1, DAY_2, DAY_3, LOADED_AT, MINIMUM_N, ROOT

SAMPLES = ROOT / "samples" / "rules"
CHANGED = """\
id: greeting
title: Greets the customer
condition:
  phrases: {any: [nobody ever says this]}
  role: agent
"""
"""A rule of the project that was changed, so that it finds nothing."""
DAYS = (DAY_1, DAY_2, DAY_3)


def project_with_rules(folder: Path) -> Path:
    """A project with the rules that are shipped as samples; its settings."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "qa.toml").touch()
    shutil.copytree(SAMPLES, folder / "rules")
    return folder / "qa.toml"


def judge(snapshot: Path, rules: Path) -> None:
    """Applies the rules of a folder to the calls of a snapshot, as a run does."""
    book = load_book(rule_files(rules))
    with duckdb.connect(str(snapshot)) as connection:
        found = judge_stored(read_days(connection, DAYS, metrics_named(book)), book, MetricThresholds(), processes=1)
        replace_rule_rows(connection, DAYS, found, LOADED_AT)
        refill_mart(connection, "rules_daily", list(DAYS), minimum_n=MINIMUM_N)


def judged_home(home: Path, rules: Path, recordings: Path) -> Path:
    """A QA_HOME with the scenario, judged and published."""
    judge(scenario.publish_snapshot(home, recordings=recordings), rules)
    return home


def rows_of(card: Any) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in card["body"]["rows"]]


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
