"""What dagster.yaml says: the project's own, what one machine or several need, and what the user wants otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from qa_pipeline.settings import Settings, SettingsError

INSTANCE_FILE = "dagster.yaml"
_SHIPPED = Path(__file__).resolve().parents[2] / INSTANCE_FILE

_ONE_MACHINE = """
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

_WITH_WORKERS: Mapping[str, Any] = {
    "storage": {"custom": {"module": "qa_pipeline.workers.storage", "class": "SharedStorage", "config": {}}},
    "run_launcher": {"module": "qa_pipeline.workers.launcher", "class": "SharedRunLauncher"},
    # a run is seen as dead half a minute after its last sign of life, and looked at this often
    "run_monitoring": {
        "enabled": True,
        "poll_interval_seconds": 10,
        "cancel_timeout_seconds": 60,
        "free_slots_after_run_end_seconds": 60,
    },
    # what a step prints is in the log of its worker; nobody else could read a file of its machine
    "compute_logs": {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"},
}


def instance_text(settings: Settings) -> str:
    """The text of dagster.yaml in DAGSTER_HOME.

    Raises:
        SettingsError: `dagster_yaml` names a file that cannot be used.
    """
    shipped = _SHIPPED.read_text(encoding="utf-8")
    one_machine = _ONE_MACHINE.format(folder=json.dumps(str(settings.dagster_home)))
    if settings.dagster_yaml is None and not settings.uses_workers:
        return shipped + one_machine
    ours = yaml.safe_load(shipped)
    ours |= _WITH_WORKERS if settings.uses_workers else yaml.safe_load(one_machine)
    if settings.dagster_yaml is not None:
        ours |= _users(settings.resolve(settings.dagster_yaml))
    return yaml.safe_dump(ours, sort_keys=False)


def _users(path: Path) -> dict[str, Any]:
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"QA_DAGSTER_YAML names {path}, which cannot be read: {error}") from None
    if written is None:
        return {}
    if not isinstance(written, dict):
        raise SettingsError(f"QA_DAGSTER_YAML names {path}, which is not a file of Dagster's instance settings")
    return written
