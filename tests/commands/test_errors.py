"""The exit code that each error ends a command with: 2 is wrong use, 1 is something outside that must change."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
