"""What holds for all tests: nothing that they start outlives them, and a busy machine makes none of them fail."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.orphans import NAME

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session", autouse=True)
def _no_orphans() -> Iterator[None]:
    """Marks every child of this process, and has those that are left ended when it is over or killed."""
    mark = uuid.uuid4().hex
    with subprocess.Popen(
        [sys.executable, "-m", "tests.orphans", mark], cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True
    ):
        os.environ[NAME] = mark
        yield
        del os.environ[NAME]
