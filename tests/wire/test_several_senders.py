"""Several machines send from one ledger in PostgreSQL: killed, frozen, with wrong clocks, and the server restarted.

Each sender is a process with a home of its own. Nothing may be billed twice or uploaded twice, and the account's pace
holds over all of them.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from tests.dispatch.trial import write_recording
from tests.postgres import PostgresServer, postgres_server
from tests.serving import ROOT
from tests.wire.service import CountingService

logger = logging.getLogger(__name__)

LEASE_S = 4.0
"""How long a claim lasts in these trials; a minute in earnest."""


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@dataclass
class Senders:
    """Machines that share a ledger."""

    folder: Path
    url: str
    names: tuple[str, ...]
    per_minute: float
    running: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    def start(self, name: str, **trial: object) -> None:
        """A machine called `name` begins; `trial` are the switches of `one_sender`."""
        switches = {f"QA_TRIAL_{key.upper()}": str(value) for key, value in {"lease_s": LEASE_S, **trial}.items()}
        with (self.folder / f"{name}.log").open("a") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "tests.wire.one_sender", str(self.folder / name),
                 str(self.folder / "landing"), self.url, str(self.per_minute), *self.names],
                cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **switches}, text=True,
                stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip

    def end(self, name: str) -> str:
        """Waits for a machine, and returns what it said last: channels answered, remaining, unknown."""
        process = self.running.pop(name)
        said = process.communicate()[0].splitlines()
        assert process.returncode == 0, (self.folder / f"{name}.log").read_text()[-3000:]
        return said[-1]

    def until_frozen(self, name: str) -> None:
        """Waits until a machine has frozen itself."""
        while not self.is_frozen(name):
            assert self.running[name].poll() is None, "it ended without freezing"
            time.sleep(0.02)

    def is_frozen(self, name: str) -> bool:
        stat = Path(f"/proc/{self.running[name].pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.kill()
        process.communicate()

    def thaw(self, name: str) -> None:
        self.running[name].send_signal(signal.SIGCONT)


def senders(folder: Path, postgres: PostgresServer, count: int, per_minute: float) -> Senders:
    names = tuple(f"call{number:03}" for number in range(count))
    for number, name in enumerate(names):
        write_recording(folder / "landing" / f"{name}.wav", 200 + 10 * number)
    return Senders(folder, postgres.url, names, per_minute)


def states(url: str) -> dict[UnitState, int]:
    ledger = Ledger(open_operations(url))
    found = ledger.counts()
    ledger.engine.dispose()
    return found


@pytest.mark.process
def test_two_machines_share_the_work_and_one_that_was_frozen_before_its_request_sends_nothing(
    service: CountingService, postgres: PostgresServer, tmp_path: Path
) -> None:
    """Frozen between `sending` and the request, and its clock ten minutes behind: the others take what was not sent."""
    trial = senders(tmp_path, postgres, 6, 6000.0)
    trial.start("frozen", stops=2, skew_s=-600)
    trial.until_frozen("frozen")
    trial.start("other", skew_s=600)
    assert trial.end("other") == "12 0 0"
    assert service.bills.twice == {}
    trial.thaw("frozen")
    assert trial.running["frozen"].stdout is not None
    while trial.running["frozen"].poll() is None:
        trial.thaw("frozen")  # it freezes at every second request
        time.sleep(0.05)
    assert trial.end("frozen") == "12 0 0", "what the other one fetched is there for it too"
    assert service.bills.twice == {}
    assert states(postgres.url) == {UnitState.FETCHED: 12}


FOUR = ("a", "b", "c", "d")
PER_MINUTE = 150
CHAOS_S = 100.0
RUNS_TO_THE_END = 6
LAST = "last"
"""Sent after all others: what is lost is then known to be lost."""


@pytest.mark.chaos
@pytest.mark.parametrize("home", range(3))
def test_four_machines_bill_nothing_twice_and_lose_nothing_whatever_falls(
    home: int, service: CountingService, postgres: PostgresServer, tmp_path: Path
) -> None:
    """200 channels; machines are killed and frozen at random moments, and PostgreSQL crashes and comes back."""
    submits = note_submits(service)
    trial = senders(tmp_path, postgres, 100, PER_MINUTE)
    chance, struck = random.Random(home), Counter[str]()
    skews = dict(zip(FOUR, (0, 600, -600, 120), strict=True))
    for name in FOUR:
        trial.start(name, skew_s=skews[name])
    until, thaw_at = time.monotonic() + CHAOS_S, dict[str, float]()
    while time.monotonic() < until:
        time.sleep(chance.uniform(0.2, 1.5))
        for name in [name for name, at in thaw_at.items() if time.monotonic() > at]:
            trial.thaw(name)
            del thaw_at[name]
        name, blow = chance.choice(FOUR), chance.choices(("kill", "freeze", "restart"), (5, 5, 1))[0]
        if blow == "restart":
            postgres.stop()
            time.sleep(chance.uniform(0.1, 2.0))
            postgres.start()
        elif blow == "freeze" and name not in thaw_at and trial.running[name].poll() is None:
            trial.running[name].send_signal(signal.SIGSTOP)
            thaw_at[name] = time.monotonic() + chance.uniform(0.5, 3 * LEASE_S)
        else:
            trial.kill(name)
            thaw_at.pop(name, None)
            trial.start(name, skew_s=skews[name])
        struck[blow] += 1
    for name in thaw_at:
        trial.thaw(name)
    for name in FOUR:
        trial.running.pop(name).communicate()
    write_recording(tmp_path / "landing" / f"{LAST}.wav", 90)
    trial.names = (*trial.names, LAST)
    for number in range(RUNS_TO_THE_END):
        trial.start(f"end {number}")
        if trial.end(f"end {number}").split()[0] == "202":
            break
    logger.info("%s; %d submits, %d uploads", struck, len(submits), service.count("upload"))
    assert service.bills.twice == {}, "billed twice"
    assert states(postgres.url) == {UnitState.FETCHED: 202}
    assert len(service.bills.by_channel) == 202
    assert most_in_a_minute(submits) <= PER_MINUTE


def note_submits(service: CountingService) -> list[float]:
    """The moments at which whole submits arrive from now on, by this machine's clock."""
    moments: list[float] = []

    def note(place: str) -> None:
        if place == "submit":
            moments.append(time.monotonic())

    service.chance = note  # type: ignore[assignment]
    return moments


def most_in_a_minute(moments: list[float]) -> int:
    return max(sum(begin <= moment < begin + 60 for moment in moments) for begin in moments)
