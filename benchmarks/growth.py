"""What one more day costs after histories of several lengths: `python -m benchmarks growth`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.growth_history import NEW_DAY, HistorySize, environment_of
from benchmarks.growth_steps import Cost, io_mib
from benchmarks.measuring import ChildFailed, neutral_environment, run_child

COMMANDS = {
    "qa-pipeline --help": ("--help",),
    "qa-pipeline status": ("status",),
    "qa-pipeline cost": ("cost", "--from", str(NEW_DAY)),
    "qa-pipeline doctor": ("doctor",),
}
AGAIN = "again, nothing new: "


def growth(sizes: Sequence[HistorySize], folder: Path | None, say: Callable[[str], None]) -> bool:
    """Makes a home for each size, measures it and prints one table with the ratio of the last to the first.

    A home in `folder` that is there already is used as it is; without a folder they are made in a temporary one.
    """
    with tempfile.TemporaryDirectory(prefix="qa-growth-") as scratch:
        found = [measure(folder or Path(scratch), size, say) for size in sizes]
    names = [name for name in found[-1] if all(name in each for each in found)]
    heads = [f"{size.days} days" for size in sizes]
    say(f"One more day of {sizes[0].calls:,} calls; CPU s / peak MiB / MiB of I/O, and CPU, I/O of last ÷ first:")
    say(f"{'':<42}" + "".join(f"{head:>24}" for head in heads) + f"{'÷':>12}")
    for name in names:
        costs = [each[name] for each in found]
        cells = [f"{cost.cpu_s:,.1f} / {cost.rss_mib:,.0f} / {cost.io_mib:,.0f}" for cost in costs]
        ratios = f"{_ratio(costs[-1].cpu_s, costs[0].cpu_s)} {_ratio(costs[-1].io_mib, costs[0].io_mib)}"
        say(f"{name:<42}" + "".join(f"{cell:>24}" for cell in cells) + f"{ratios:>12}")
    return True


def _ratio(last: float, first: float) -> str:
    return f"{last / first:.1f}" if first >= 0.1 else "-"


def measure(folder: Path, size: HistorySize, say: Callable[[str], None]) -> dict[str, Cost]:
    """Costs by name, in the order in which they are measured. The home is used up: its new day has been run then.

    Raises:
        ChildFailed: a part of it did not come to its end.
    """
    home = folder / f"{size.days}x{size.calls}"
    environment = neutral_environment() | environment_of(home, size)
    if not home.exists():
        say(f"making {home} ...")
        arguments = [str(home), str(size.days), str(size.calls), str(size.sentences)]
        run_child("benchmarks.growth_history", arguments, environment)
    costs: dict[str, Cost] = {}
    # the first run after another version's, or after none, reads the whole landing zone once
    ticks = _child("tick", environment)
    costs |= {name: cost for name, cost in ticks.items() if name == "first tick"}
    costs |= _child("day", environment)
    costs |= {f"{AGAIN}{name}": cost for name, cost in _child("day", environment).items()}
    costs |= {name: cost for name, cost in _child("tick", environment).items() if name != "first tick"}
    costs |= {name: _command(arguments, environment) for name, arguments in COMMANDS.items()}
    return costs


def _child(what: str, environment: Mapping[str, str]) -> dict[str, Cost]:
    found = run_child("benchmarks.growth_steps", [what], environment)
    return {name: Cost(**cost) for name, cost in found.items()}


def _command(arguments: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """A command from its start to its end; whether it finds something wrong is not looked at."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "qa_pipeline", *arguments],
            env=dict(environment),
            cwd=Path(__file__).resolve().parents[1],
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        used_io = io_mib(process.pid)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode < 0 or process.returncode == 2:
            said.seek(0)
            raise ChildFailed(f"qa-pipeline {' '.join(arguments)} ended with {process.returncode}:\n{said.read()}")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - began, used.ru_maxrss / 1024, used_io)
