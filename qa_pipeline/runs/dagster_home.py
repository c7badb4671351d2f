"""DAGSTER_HOME: made on first use, with dagster.yaml in it."""

from __future__ import annotations

import os
from pathlib import Path

from qa_pipeline.runs.instance_file import INSTANCE_FILE, instance_text
from qa_pipeline.settings import Settings


def prepare_dagster_home(settings: Settings) -> Path:
    """Makes the folder, writes dagster.yaml when it is new or changed, and sets DAGSTER_HOME for this process.

    Returns the folder. Children inherit the variable, so every Dagster process uses the same instance.

    Raises:
        SettingsError: the user's own file of Dagster's settings cannot be used.
    """
    text = instance_text(settings)
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    target = home / INSTANCE_FILE
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        temporary = target.with_suffix(f".{os.getpid()}")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(target)
    os.environ["DAGSTER_HOME"] = str(home)
    return home
