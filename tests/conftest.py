"""What holds for all tests: nothing that they start outlives them, and a busy machine makes none of them fail."""

from __future__ import annotations

import os
import signal
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


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> None:
    """A shell has its background jobs ignore Ctrl-C, and so would every program that a test interrupts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
