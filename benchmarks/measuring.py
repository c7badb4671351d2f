"""One measured process: started fresh, told by its arguments, heard by one line of JSON, weighed by the system."""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds from the first wish to the last result on the disk; of single channels the median and 95th percentile,
    from their submit to their result. `rss_mib` is the process's peak, `rss_before_mib` its size at the start."""

    channels: int
    answered: int
    wall_s: float
    channel_p50_s: float
    channel_p95_s: float
    rss_mib: float
    rss_before_mib: float
    cpu_s: float
    trouble: str | None = None

    def say(self) -> None:
        """To the parent process, as the last line of standard output."""
        sys.stdout.write(f"{json.dumps(asdict(self))}\n")


class ChildFailed(RuntimeError):
    """A measured process ended without a result."""


def run_measured(module: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Measured:
    """Runs `python -m module` and returns what it measured.

    Raises:
        ChildFailed: it ended with an error, which it has written to standard error.
    """
    return Measured(**run_child(module, arguments, environment))


def run_child(module: str, arguments: Sequence[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """Runs `python -m module` and returns the JSON object that it prints as its last line.

    Raises:
        ChildFailed: it ended with an error, which it has written to standard error.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={**environment, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0 or not done.stdout.strip():
        raise ChildFailed(f"{module} ended with status {done.returncode} and no result; its error stands above")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def neutral_environment() -> dict[str, str]:
    """This environment without anybody's settings or key: a benchmark must neither bend to them nor spend them."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("QA_", "DASHSCOPE_"))}


def peak_rss_mib() -> float:
    """The most memory this process has had, in MiB.

    Linux is asked for VmHWM: its ru_maxrss also counts the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024 / MIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MIB if sys.platform == "darwin" else peak * 1024 / MIB


def quantile(values: Sequence[float], share: float) -> float:
    """Nearest-rank quantile; NaN of nothing."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else math.nan
