"""Which runs are alive: each holds a lease for as long as its process lives, whoever started it and wherever.

A lease is a file that its run keeps locked and touches every few seconds. The kernel gives the lock up with the
process, however that ends, so on one machine a dead run is seen at once; names of hosts and numbers of processes,
which containers use again, decide nothing. Where another kernel looks at the file (a machine that took the folder
over), or the disk knows no locks, silence decides.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from qa_pipeline.errors import UserError

HEARTBEAT_S = 5.0
GATE = ".gate"
"""Ends the name of a file beside the folder. Every run locks it together with others, and whoever must have no run
beside it alone."""

GATE_WAIT_S = 600.0
GATE_POLL_S = 0.2
SILENT_AFTER_S = 30.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lease: process and host, since when (epoch seconds), and the days that the run is for.

    `kernel` names the running system whose locks the file has; empty where it has none.
    """

    pid: int
    host: str
    began_at: float
    days: str
    kernel: str


class RunsShut(UserError):
    """Something must have no run beside it, or a run is under way beside which it can't be done."""


class Leases:
    """The leases of one DAGSTER_HOME, one file per run in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, IO[str]] = {}
        self._gates: dict[str, IO[str]] = {}
        self._ended = threading.Event()

    def take(self, run_id: str, days: str) -> None:
        """Takes the lease of a run of this process and renews it until `release`. Taking it again changes nothing.
        Waits while something has no run beside it (`alone`).

        Raises:
            RunsShut: that takes longer than ten minutes.
        """
        if run_id in self._held:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        self._gates[run_id] = self._through_gate()
        file = self._path(run_id).open("a+", encoding="utf-8")
        kernel = _this_kernel() if _locked(file) else ""
        file.truncate(0)
        holder = Holder(os.getpid(), socket.gethostname(), time.time(), days, kernel)
        json.dump(asdict(holder), file)
        file.flush()
        self._held[run_id] = file
        if len(self._held) == 1:
            self._ended = threading.Event()
            threading.Thread(target=self._renew, args=(self._ended,), name="leases", daemon=True).start()

    def release(self, run_id: str) -> None:
        """Gives up the lease of a run of this process; nothing happens where it holds none."""
        file = self._held.pop(run_id, None)
        if (gate := self._gates.pop(run_id, None)) is not None:
            gate.close()
        if file is None:
            return
        self._path(run_id).unlink(missing_ok=True)  # before the lock goes: nobody finds an unlocked file
        file.close()
        if not self._held:
            self._ended.set()

    def release_all(self) -> None:
        """Gives up every lease that this object holds."""
        for run_id in list(self._held):
            self.release(run_id)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No run begins for the time of the block.

        Raises:
            RunsShut: one is under way.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._gate.open("a", encoding="utf-8") as gate:
            is_free = _try_lock(gate, fcntl.LOCK_EX)
            if not is_free or self.living():
                days = [holder.days for run_id in self.living() if (holder := self.holder(run_id)) and holder.days]
                of_days = f" (days {', '.join(days)})" if days else ""
                raise RunsShut(f"a run is under way{of_days}; wait until it has ended, and do this again")
            yield

    def _through_gate(self) -> IO[str]:
        gate = self._gate.open("a", encoding="utf-8")
        deadline = time.monotonic() + GATE_WAIT_S
        while not _try_lock(gate, fcntl.LOCK_SH):
            if time.monotonic() > deadline:
                gate.close()
                raise RunsShut("calls are being erased; run again when that has ended")
            time.sleep(GATE_POLL_S)
        return gate

    def forget(self, run_id: str) -> None:
        """Removes the file of a run that is dead."""
        if run_id not in self._held:
            self._path(run_id).unlink(missing_ok=True)

    def is_alive(self, run_id: str) -> bool:
        """Whether a run holds its lease; a run that has ended, or never took one, does not."""
        if run_id in self._held:
            return True
        try:
            file = self._path(run_id).open("r+", encoding="utf-8")
        except FileNotFoundError:
            return False
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            except OSError:
                pass  # a disk without locks: its holder wrote no kernel
            holder = _read(file)
            if holder is not None and holder.kernel == _this_kernel():
                return False
            return time.time() - os.fstat(file.fileno()).st_mtime < SILENT_AFTER_S

    def living(self) -> list[str]:
        """The runs that hold their lease."""
        return [file.stem for file in sorted(self._folder.glob("*.lease")) if self.is_alive(file.stem)]

    def holder(self, run_id: str) -> Holder | None:
        """What a run's lease says; None where it has none or is just taking it."""
        try:
            with self._path(run_id).open(encoding="utf-8") as file:
                return _read(file)
        except OSError:
            return None

    @property
    def _gate(self) -> Path:
        return self._folder.with_name(f"{self._folder.name}{GATE}")

    def _path(self, run_id: str) -> Path:
        return self._folder / f"{run_id}.lease"

    def _renew(self, ended: threading.Event) -> None:
        while not ended.wait(HEARTBEAT_S):
            for file in list(self._held.values()):
                with contextlib.suppress(OSError, ValueError):  # closed meanwhile
                    os.utime(file.fileno())


def _try_lock(file: IO[str], how: int) -> bool:
    """Whether a file could be locked without waiting; True where the disk knows no locks."""
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _locked(file: IO[str]) -> bool:
    """Locks a file, waiting for those who only look; False where the disk knows no locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError:
        return False
    return True


def _read(file: IO[str]) -> Holder | None:
    file.seek(0)
    try:
        return Holder(**json.load(file))
    except (ValueError, TypeError):
        return None


def _this_kernel() -> str:
    """Tells the running kernel from any other, also from the same machine's before it was started anew."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return socket.gethostname()
