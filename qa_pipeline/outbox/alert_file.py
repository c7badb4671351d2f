"""Finds alerts.yaml: in QA_HOME, else beside qa.toml."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.alerts.plan import AlertPlan
from qa_pipeline.alerts.reading import read_alerts
from qa_pipeline.settings import Settings
from qa_pipeline.yaml_files.texts import read_text

NAME = "alerts.yaml"


def alert_file(settings: Settings) -> Path | None:
    """Where it is; None where nobody has written any."""
    return settings.project_file(NAME)


def read_alert_file(path: Path) -> AlertPlan:
    """The channels, causes and routes that a file sets up.

    Raises:
        BadFile: it can't be read, or is not one; its sentences say what to correct, with file and line.
    """
    return read_alerts(read_text(path), str(path))
