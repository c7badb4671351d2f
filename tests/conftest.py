"""What holds for all tests: nothing that they start outlives them, and a busy machine makes none of them fail."""

from __future__ import annotations

import fcntl
import gc
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import certifi
import pytest
from hypothesis import HealthCheck, settings

from tests.orphans import NAME

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Where nothing is compiled yet, as in a fresh clone, one process compiles what all of them import; the others wait
    for it instead of compiling the same."""
    with (ROOT / "pyproject.toml").open() as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(held, fcntl.LOCK_SH)
        with _nothing_looked_through():
            return (yield)


@contextmanager
def _nothing_looked_through() -> Iterator[None]:
    """Thousands of collected tests stay until the end: looked through again and again, they cost a sixth of what it
    takes to collect them, and later a twentieth of the suite's computing."""
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)
        gc.enable()


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
def _one_certificate(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each of the thousands of clients reads all authorities that are trusted, a third of what small tests compute.
    Nothing here is asked over TLS, but where a test makes an authority of its own."""
    first, end, _ = Path(certifi.where()).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----\n")
    trusted = tmp_path_factory.mktemp("trusted") / "one.pem"
    trusted.write_text(first + end, encoding="utf-8")
    os.environ["SSL_CERT_FILE"] = str(trusted)


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_is_heard() -> None:
    """A shell has its background jobs ignore Ctrl-C, and so would every program that a test interrupts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_service_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The local service of all tests of this process that need none of their own."""
    from tests.serving import running_service  # half a second, which most tests need not spend

    with running_service(tmp_path_factory.mktemp("service")) as base_url:
        yield base_url


@pytest.fixture
def service_url(shared_service_url: str) -> Iterator[str]:
    """The shared service, which stops misbehaving when the test ends."""
    from tests.serving import set_faults

    yield shared_service_url
    set_faults(shared_service_url)
