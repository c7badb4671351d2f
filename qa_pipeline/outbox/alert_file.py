"""Finds alerts.yaml: in QA_HOME, else beside qa.toml."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.alerts.plan import AlertPlan
from qa_pipeline.alerts.reading import read_alerts
from qa_pipeline.settings import Settings
from qa_pipeline.yaml_files.reading import BadFile

NAME = "alerts.yaml"


def alert_file(settings: Settings) -> Path | None:
    """Where it is; None where nobody has written any."""
    places = (settings.home / NAME, settings.resolve(Path(NAME)))
    return next((path for path in places if path.is_file()), None)


def read_alert_file(path: Path) -> AlertPlan:
    """What a file says.

    Raises:
        BadFile: it can't be read, or is not one; its sentences say what to correct, with file and line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile([f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8."]) from None
    except OSError as error:
        raise BadFile([f"{path}: {error.strerror}."]) from None
    return read_alerts(text, str(path))
