"""Finds sampling.yaml: in QA_HOME, else beside qa.toml."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.sampling.plans import Plans
from qa_pipeline.sampling.reading import read_plans
from qa_pipeline.settings import Settings
from qa_pipeline.yaml_files.texts import read_text

NAME = "sampling.yaml"


def plan_file(settings: Settings) -> Path | None:
    """Where the plans are; None where nobody has written any."""
    return settings.project_file(NAME)


def read_plan_file(path: Path) -> Plans:
    """The plans of a file.

    Raises:
        BadFile: it can't be read, or is not one; its sentences say what to correct, with file and line.
    """
    return read_plans(read_text(path), str(path))
