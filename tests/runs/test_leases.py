"""A lease lives as long as the process that holds it, and says who that is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.runs import leases as leases_module
from qa_pipeline.runs.leases import SILENT_AFTER_S, Leases

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys, time
from pathlib import Path
from qa_pipeline.runs.leases import Leases
Leases(Path(sys.argv[1])).take("r", "2025-09-01")
print("held", flush=True)
time.sleep(600)
"""


def left_behind(folder: Path, *, silent_s: float, **fields: Any) -> Leases:
    """The file of a run whose process is gone, touched so long ago."""
    holder = Leases(folder)
    holder.take("r", "2025-09-01")
    file = folder / "r.lease"
    text = file.read_text()
    holder.release("r")
    file.write_text(json.dumps({**json.loads(text), **fields}))
    at = time.time() - silent_s
    os.utime(file, (at, at))
    return Leases(folder)


def test_a_lease_is_held_from_take_to_release_and_says_who_holds_it(tmp_path: Path) -> None:
    mine, other = Leases(tmp_path / "leases"), Leases(tmp_path / "leases")
    assert not other.is_alive("r")
    mine.take("r", "2025-09-01 to 2025-09-03")
    assert mine.is_alive("r")
    assert other.is_alive("r")
    holder = other.holder("r")
    assert holder is not None
    assert (holder.pid, holder.days) == (os.getpid(), "2025-09-01 to 2025-09-03")
    mine.release("r")
    assert not other.is_alive("r")
    assert list((tmp_path / "leases").iterdir()) == []


@pytest.mark.process
def test_a_lease_dies_with_a_killed_process(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert Leases(tmp_path).is_alive("r")
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert not Leases(tmp_path).is_alive("r")


def test_the_number_of_a_living_process_keeps_no_lease_alive(tmp_path: Path) -> None:
    """A container that is started again has the same numbers, often the number 1."""
    assert not left_behind(tmp_path / "own", silent_s=0, pid=os.getpid()).is_alive("r")
    assert not left_behind(tmp_path / "first", silent_s=0, pid=1).is_alive("r")


def test_another_machine_waits_for_silence(tmp_path: Path) -> None:
    assert left_behind(tmp_path / "fresh", silent_s=0, kernel="another").is_alive("r")
    assert not left_behind(tmp_path / "old", silent_s=SILENT_AFTER_S + 1, kernel="another").is_alive("r")


def test_a_lease_is_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases_module, "HEARTBEAT_S", 0.01)
    mine = Leases(tmp_path)
    mine.take("r", "")
    file = tmp_path / "r.lease"
    os.utime(file, (0, 0))
    deadline = time.monotonic() + 60
    while file.stat().st_mtime == 0:
        assert time.monotonic() < deadline, "nobody renews it"
        time.sleep(0.01)
    mine.release_all()


def test_a_file_that_says_nothing_is_alive_while_it_is_fresh(tmp_path: Path) -> None:
    (tmp_path / "r.lease").write_text("")
    assert Leases(tmp_path).is_alive("r")
    assert Leases(tmp_path).holder("r") is None
    os.utime(tmp_path / "r.lease", (0, 0))
    assert not Leases(tmp_path).is_alive("r")
