"""DAGSTER_HOME: made on first use, with the project's dagster.yaml in it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from qa_pipeline.settings import Settings

INSTANCE_FILE = "dagster.yaml"

_STORAGE = """
storage:
  custom:
    module: qa_pipeline.runs.storage
    class: KeptSqliteStorage
    config:
      base_dir: {folder}
run_launcher:
  module: qa_pipeline.runs.launcher
  class: LeasedRunLauncher
"""
"""Not in the project's own file: Dagster reads that one too where DAGSTER_HOME is not set, for a temporary folder."""


def prepare_dagster_home(settings: Settings) -> Path:
    """Makes the folder, writes dagster.yaml when it is new or changed, and sets DAGSTER_HOME for this process.

    Returns the folder. Children inherit the variable, so every Dagster process uses the same instance.
    """
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    shared = (Path(__file__).resolve().parents[2] / INSTANCE_FILE).read_text(encoding="utf-8")
    text = shared + _STORAGE.format(folder=json.dumps(str(home)))
    target = home / INSTANCE_FILE
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        temporary = target.with_suffix(f".{os.getpid()}")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(target)
    os.environ["DAGSTER_HOME"] = str(home)
    return home
