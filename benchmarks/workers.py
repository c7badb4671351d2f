"""What the engine adds: a day's sound measured by one worker and by several, from the run's launch to its end.

The calls are those of the benchmark `shards`. Each worker has a home of its own and one place. The run's own process
counts as well; the workers' start does not.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from benchmarks.measuring import ChildFailed, neutral_environment
from benchmarks.shards import DAY, SECONDS, land_calls
from samples import scale_services, servers

ROOT = Path(__file__).resolve().parents[1]
READY_WITHIN_S = 300.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Trial:
    """One run: seconds by the clock from its launch to its end, and from the first part's start to the last one's end;
    processor seconds of the workers with their steps, and of the run's process."""

    wall_s: float
    parts_s: float
    workers_s: float
    run_s: float

    @property
    def cpu_s(self) -> float:
        """Processor seconds in all."""
        return self.workers_s + self.run_s


def workers(number: int, calls: int, broker: str, say: Callable[[str], None]) -> bool:
    """Measures a day of so many calls with one worker and with `number`; False where a run did not come to its end.

    Raises:
        ChildFailed: the servers are not installed, or a program did not start.
    """
    say(f"Sound of {calls} calls of {SECONDS / 60:g} min as runs on workers ({broker}); {os.cpu_count()} cores:")
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        folder.chmod(0o755)  # the database's user goes through it
        landing = land_calls(folder / "landing", calls)
        try:
            shared = scale_services.start(stack, folder / "servers", None, broker)
        except (servers.NotInstalled, RuntimeError) as error:
            raise ChildFailed(str(error)) from error
        common = neutral_environment() | dict(shared.environment) | {"QA_RECORDINGS": str(landing)}
        found = {count: _trial(folder, common, count) for count in (1, number)}
    for count, trial in found.items():
        say(
            f"{count:3} workers: {trial.wall_s:6.1f} s by the clock (parts {trial.parts_s:.1f}); "
            f"CPU {trial.cpu_s:6.1f} s "
            f"(workers {trial.workers_s:.1f}, the run's process {trial.run_s:.1f})"
        )
    one, several = found[1], found[number]
    say(
        f"CPU in all, {number} ÷ one: {several.cpu_s / one.cpu_s:.2f}; clock, one ÷ {number}: "
        f"{one.wall_s / several.wall_s:.2f} (parts {one.parts_s / several.parts_s:.2f})"
    )
    return True


def _trial(folder: Path, common: dict[str, str], number: int) -> Trial:
    """One run, in a lake and a database of its own."""
    own = {"QA_LAKE": f"s3://{scale_services.BUCKET}/of-{number}", "QA_OPERATIONS_URL": _database(common, number)}
    environment = common | own | {"PYTHONPATH": str(ROOT)}
    running: list[subprocess.Popen[bytes]] = []
    try:
        for place in range(number):
            log = folder / f"{number}-{place}.log"
            running.append(_worker(environment | {"QA_HOME": str(folder / f"home-{number}-{place}")}, log))
        before, began = _cpu_s(running), time.perf_counter()
        arguments = [sys.executable, "-m", "benchmarks.workers_run", DAY.isoformat()]
        home = {"QA_HOME": str(folder / f"run-{number}")}
        with (folder / f"run-{number}.log").open("w+b") as said:
            run = subprocess.Popen(arguments, env=environment | home, stdout=said)
            _, status, used = os.wait4(run.pid, 0)
            wall_s = time.perf_counter() - began
            said.seek(0)
            answer = said.read()
        if status:
            raise ChildFailed("the run did not end well; its error stands above")
        return Trial(wall_s, float(answer.split()[-1]), _cpu_s(running) - before, used.ru_utime + used.ru_stime)
    finally:
        for process in running:
            process.kill()
            process.wait()


def _database(common: dict[str, str], number: int) -> str:
    url = make_url(common["QA_OPERATIONS_URL"])
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"create database of_{number}"))
    engine.dispose()
    return url.set(database=f"of_{number}").render_as_string(hide_password=False)


def _worker(environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-u", "-m", "qa_pipeline", "worker", "--queues", "sound,tables", "--concurrency", "1"]
    with log.open("wb") as file:
        process = subprocess.Popen(arguments, env=environment, stdout=file, stderr=file)
    deadline = time.monotonic() + READY_WITHIN_S
    while b"takes steps from" not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline:
            raise ChildFailed(f"a worker did not start: {log.read_text(errors='replace')}")
        time.sleep(0.2)
    return process


def _cpu_s(workers: Sequence[subprocess.Popen[bytes]]) -> float:
    """Processor seconds so far of these processes and all below them, those that have ended among them."""
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        stats[int(path.parent.name)] = int(fields[1]), sum(int(field) for field in fields[11:15]) / _TICKS
    tree = [process.pid for process in workers]
    for pid in tree:
        tree += [child for child, (parent, _) in stats.items() if parent == pid]
    return sum(stats[pid][1] for pid in tree if pid in stats)
