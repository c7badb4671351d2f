"""DAGSTER_HOME: made on first use, with the project's dagster.yaml in it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from qa_pipeline.settings import Settings

INSTANCE_FILE = "dagster.yaml"


def prepare_dagster_home(settings: Settings) -> Path:
    """Makes the folder, copies dagster.yaml when it is new or changed, and sets DAGSTER_HOME for this process.

    Returns the folder. Children inherit the variable, so every Dagster process uses the same instance.
    """
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    source = Path(__file__).resolve().parents[2] / INSTANCE_FILE
    target = home / INSTANCE_FILE
    if not target.is_file() or target.read_bytes() != source.read_bytes():
        temporary = target.with_suffix(f".{os.getpid()}")
        shutil.copyfile(source, temporary)
        temporary.replace(target)
    os.environ["DAGSTER_HOME"] = str(home)
    return home
