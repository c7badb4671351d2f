"""What it costs to measure a day's sound in shards: by one process, and by several that share a database and a bucket.

Each process has a home of its own and one core to compute with, as a worker has. The shards are dealt out before, so
the figures are those of the shards without an engine; what an engine adds is another benchmark's matter.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from benchmarks.measuring import ChildFailed, neutral_environment
from benchmarks.sound import call_body, write_mulaw
from benchmarks.taking_in import take_in
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.settings import load_settings
from qa_pipeline.sharding.opening import open_days, shards_of
from qa_pipeline.sharding.sound import KIND, cut_sound, measure_shard, register_sound
from qa_pipeline.sharding.states import DayStates
from samples import servers

ROOT = Path(__file__).resolve().parents[1]
DAY = dt.date(2025, 9, 1)
SECONDS = 180.0
BUCKET = "shards"
NO_BROKER = "redis://127.0.0.1:1/0"
"""Nobody is asked there: the shards are dealt out here."""

LONG_AGO = 1_757_000_000


@dataclass(frozen=True, slots=True)
class Trial:
    """What one way took: seconds by the clock of all shards, and processor seconds of cutting, of all shards together
    and of registering."""

    shards: int
    wall_s: float
    cut_s: float
    shards_s: float
    register_s: float

    @property
    def cpu_s(self) -> float:
        """Processor seconds in all."""
        return self.cut_s + self.shards_s + self.register_s


def shards(workers: int, calls: int, say: Callable[[str], None]) -> bool:
    """Measures so many calls of 3 minutes with one process and with `workers`. False if a call was not measured.

    Raises:
        ChildFailed: a process ended with an error, or the servers are not installed.
    """
    say(f"Sound of {calls} calls of {SECONDS / 60:g} min, 8 kHz stereo, in shards; {os.cpu_count()} cores:")
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own where this is root
        landing = land_calls(folder / "landing", calls)
        shared = _start(folder, stack)
        found = {number: _trial(folder, landing, shared, number) for number in (1, workers)}
    for number, trial in found.items():
        say(
            f"{number:3} at once: {trial.shards} shards, {trial.wall_s:6.1f} s by the clock; CPU {trial.cpu_s:6.1f} s "
            f"(cut {trial.cut_s:.1f}, shards {trial.shards_s:.1f}, register {trial.register_s:.1f})"
        )
    one, several = found[1], found[workers]
    say(
        f"CPU in all, {workers} ÷ one: {several.cpu_s / one.cpu_s:.2f}; the shards' clock, one ÷ {workers}: "
        f"{one.wall_s / several.wall_s:.2f}"
    )
    return True


def land_calls(folder: Path, calls: int) -> Path:
    """A landing zone with a day of calls that differ: each begins at another place of the same talk."""
    body = call_body(noisy=False)
    (folder / DAY.isoformat()).mkdir(parents=True)
    for number in range(calls):
        begin = 2 * 997 * number % len(body)
        path = folder / DAY.isoformat() / f"c{number:04}.wav"
        write_mulaw(path, body[begin:] + body[:begin], SECONDS)
        os.utime(path, (LONG_AGO, LONG_AGO))
    return folder


def _start(folder: Path, stack: ExitStack) -> dict[str, str]:
    try:
        database, store = servers.postgres(folder / "postgres"), servers.s3(folder / "s3")
        database.start()
        stack.callback(database.stop)
        store.server.start()
        stack.callback(store.server.stop)
    except (servers.NotInstalled, OSError, subprocess.CalledProcessError) as error:
        raise ChildFailed(str(error)) from error
    store.make_bucket(BUCKET)
    return {
        "QA_OPERATIONS_URL": database.url,
        "QA_BUCKET_ENDPOINT": store.url,
        "AWS_ACCESS_KEY_ID": servers.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": servers.SECRET_KEY,
    }


def _trial(folder: Path, landing: Path, shared: dict[str, str], number: int) -> Trial:
    """One way, in a lake of its own."""
    own = {
        "QA_LAKE": f"s3://{BUCKET}/of-{number}",
        "QA_RECORDINGS": str(landing),
        "QA_RAW_BUCKET": f"s3://{BUCKET}/raw",
    }
    own |= {"QA_BROKER_URL": NO_BROKER}  # shards as they are cut for workers
    environment = neutral_environment() | shared | own
    with patch.dict(os.environ, environment | {"QA_HOME": str(folder / f"home-{number}")}, clear=True):
        settings = load_settings()
        engine = open_operations(settings.operations_database_url)
        DayStates(engine).forget_days([DAY.isoformat()])  # of the trial before, which lie in another lake
        take_in(DAY)
        day, found = open_days(settings, engine, [DAY]), shards_of(settings, KIND)
        began = time.process_time()
        names = cut_sound(settings, day, found, [DAY])
        cut_s = time.process_time() - began
        began = time.perf_counter()
        homes = [folder / f"worker-{number}-{worker}" for worker in range(number)]
        shards_s = _measure([environment | {"QA_HOME": str(home)} for home in homes], names)
        wall_s, began = time.perf_counter() - began, time.process_time()
        with day.transaction() as connection:
            reviewed = register_sound(settings, connection, found, [DAY])
        register_s = time.process_time() - began
        engine.dispose()
    landed = sum(1 for _ in landing.glob("*/*.wav"))
    if len(reviewed.judged) != landed:
        raise ChildFailed(f"{len(reviewed.judged)} of {landed} calls were measured")
    return Trial(len(names), wall_s, cut_s, shards_s, register_s)


def _measure(environments: Sequence[dict[str, str]], names: Sequence[str]) -> float:
    """All shards by as many processes at once; returns their processor seconds."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.shards", *names[number :: len(environments)]],
            env=environment | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
        )
        for number, environment in enumerate(environments)
    ]  # fmt: skip
    said = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        raise ChildFailed("a process that measured shards ended with an error, which stands above")
    return float(sum(json.loads(line)["cpu_s"] for line in said))


def measure_here(names: Sequence[str]) -> None:
    """Measures these shards in this process and prints what processors it took, as JSON."""
    settings = load_settings()
    for name in names:
        measure_shard(settings, shards_of(settings, KIND), name, cores=1)
    used = resource.getrusage(resource.RUSAGE_SELF)
    sys.stdout.write(json.dumps({"cpu_s": used.ru_utime + used.ru_stime}) + "\n")


if __name__ == "__main__":
    measure_here(sys.argv[1:])
