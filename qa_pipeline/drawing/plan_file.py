"""Finds sampling.yaml: in QA_HOME, else beside qa.toml."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.sampling.plans import Plans
from qa_pipeline.sampling.reading import read_plans
from qa_pipeline.settings import Settings
from qa_pipeline.yaml_files.reading import BadFile

NAME = "sampling.yaml"


def plan_file(settings: Settings) -> Path | None:
    """Where the plans are; None where nobody has written any."""
    places = (settings.home / NAME, settings.resolve(Path(NAME)))
    return next((path for path in places if path.is_file()), None)


def read_plan_file(path: Path) -> Plans:
    """The plans of a file.

    Raises:
        BadFile: it can't be read, or is not one; its sentences say what to correct, with file and line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile([f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8."]) from None
    except OSError as error:
        raise BadFile([f"{path}: {error.strerror}."]) from None
    return read_plans(text, str(path))
