"""What a run costs besides the work: the processor time of one call's run, and of a rerun that finds nothing to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import ChildFailed, neutral_environment
from qa_pipeline.local_service.config import ServiceConfig
from qa_pipeline.service.local_process import start_local_service

ROOT = Path(__file__).resolve().parents[1]
CALL, DAY = "c0101", "2025-09-01"
LANDED_AT = 1_757_000_000.0
"""Long enough ago for the landing zone to take the call at once."""

IMPORT = ("-c", "import dagster")
RUN = ("-m", "qa_pipeline", "run", "--from", DAY)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process, without that of the service: seconds of processor time and from beginning to end."""

    cpu_s: float
    wall_s: float


def run_cpu(times: int, say: Callable[[str], None]) -> None:
    """Runs one call from nothing and again, `times` times, beside the import of Dagster; prints the cheapest of each.

    Raises:
        ChildFailed: a run does not end with 0.
    """
    costs: dict[str, list[Cost]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="qa-benchmark-") as scratch,
        start_local_service(ServiceConfig(references=(ROOT / "samples" / "recordings",))) as service,
    ):
        environment = neutral_environment() | {"DASHSCOPE_HTTP_BASE_URL": service.base_url}
        for number in range(times):
            home = Path(scratch, str(number))
            environment |= _land_one_call(home)
            costs.setdefault("import dagster, do nothing", []).append(_cost(IMPORT, environment))
            costs.setdefault("a run of one call", []).append(_cost(RUN, environment))
            costs.setdefault("a rerun that does nothing", []).append(_cost(RUN, environment))
    say(f"Processor time of one call's run, without that of the service; the cheapest of {times}:")
    say(f"{'':<44}{'CPU s':>9}{'÷ import':>10}{'wall s':>9}")
    bare = min(cost.cpu_s for cost in costs["import dagster, do nothing"])
    for name, found in costs.items():
        cheapest = min(found, key=lambda cost: cost.cpu_s)
        say(f"{name:<44}{cheapest.cpu_s:>9.2f}{cheapest.cpu_s / bare:>10.1f}{cheapest.wall_s:>9.1f}")


def _land_one_call(home: Path) -> dict[str, str]:
    """The settings of a QA_HOME in `home` whose landing zone has one call."""
    landing = home / "landing" / DAY
    landing.mkdir(parents=True)
    for name in (f"{CALL}.mp3", f"{CALL}.json"):
        shutil.copyfile(ROOT / "samples" / "recordings" / DAY / name, landing / name)
        os.utime(landing / name, (LANDED_AT, LANDED_AT))
    config = home / "qa.toml"
    config.touch()
    return {"QA_CONFIG": str(config), "QA_HOME": str(home / "home"), "QA_RECORDINGS": str(landing.parent)}


def _cost(arguments: Sequence[str], environment: Mapping[str, str]) -> Cost:
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=dict(environment), stdout=said, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            raise ChildFailed(f"{' '.join(arguments)} ended with status {process.returncode}:\n{said.read()}")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - began)
