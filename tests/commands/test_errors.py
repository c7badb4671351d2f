"""The exit code that each error ends a command with: 2 is wrong use, 1 is something outside that must change."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from qa_pipeline.cli import app
from qa_pipeline.errors import UserError
from qa_pipeline.object_storage.faults import StorageError, StorageUnreachable
from qa_pipeline.recordings.file_names import BadPattern
from qa_pipeline.recordings.landing_files import LandingZoneMissing
from qa_pipeline.service.access import ServiceUnavailable
from qa_pipeline.settings import SettingsError
from qa_pipeline.terminal import EXIT_WORK_REMAINS, EXIT_WRONG_USE, CommandError
from qa_pipeline.transcription.context import ContextError
from qa_pipeline.transcription.models import UnknownPrice
from qa_pipeline.warehouse.held import WarehouseBusy


@pytest.mark.parametrize("kind", [SettingsError, CommandError, BadPattern, ContextError, UnknownPrice])
def test_wrong_use_ends_with_2(kind: type[UserError]) -> None:
    assert kind("…").exit_code == EXIT_WRONG_USE


@pytest.mark.parametrize(
    "kind", [ServiceUnavailable, WarehouseBusy, LandingZoneMissing, StorageError, StorageUnreachable]
)
def test_what_must_change_outside_ends_with_1(kind: type[UserError]) -> None:
    assert kind("…").exit_code == EXIT_WORK_REMAINS


def test_the_former_name_of_a_command_is_refused_by_its_new_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "qa_pipeline", "evaluate", "references", "--from", "2025-09-01"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == EXIT_WRONG_USE
    assert "is now `qa-pipeline accuracy`" in done.stderr


@pytest.mark.parametrize("command", [["cost"], ["export"], ["exports"], ["looks"], ["retry"], ["rules", "run"]])
@pytest.mark.parametrize("written", ["nonsense", "2026-13-40", "01.02.2026", "2026-02-30", ""])
def test_what_is_not_a_day_is_refused_in_plain_words(command: list[str], written: str) -> None:
    refused = CliRunner().invoke(app, [*command, "--from", written])
    assert refused.exit_code == EXIT_WRONG_USE
    shown = " ".join(refused.output.replace("│", " ").split())
    assert f"Invalid value for '--from': {written!r} is not a day; write year, month and day, as in 2025-09-01" in shown
