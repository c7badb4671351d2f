"""What one more day costs after histories of several lengths: `python -m benchmarks growth`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.growth_history import MADE, NEW_DAY, HistorySize, environment_of
from benchmarks.growth_steps import io_mib
from benchmarks.growth_targets import AGAIN, DEAREST, Cost, Found, missed
from benchmarks.measuring import ChildFailed, neutral_environment, run_child
from qa_pipeline.warehouse.parts import PARTS, manifest_path, read_manifest
from qa_pipeline.warehouse.pruning import SNAPSHOTS

COMMANDS = {
    "qa-pipeline --help": ("--help",),
    "qa-pipeline status": ("status",),
    "qa-pipeline cost": ("cost", "--from", str(NEW_DAY)),
    "qa-pipeline doctor": ("doctor",),
}
SNAPSHOTS_WEIGHED = 5
WAYS = ("questions", "opened")
"""What `growth_questions` says of pages."""


def growth(sizes: Sequence[HistorySize], folder: Path | None, say: Callable[[str], None]) -> bool:
    """Makes a home for each size, measures it and prints tables, with the ratio of the last to the first, and which
    targets are missed.

    A home in `folder` that is there already is measured again, as it was made; without a folder they are made in a
    temporary one.
    """
    with tempfile.TemporaryDirectory(prefix="qa-growth-") as scratch:
        found = [measure(folder or Path(scratch), size, say) for size in sizes]
    for line in (*_costs(found), *_questions(found), *_opened(found), *_snapshots(found), *missed(found)):
        say(line)
    return True


def _costs(found: Sequence[Found]) -> Iterator[str]:
    first, last = found[0].costs, found[-1].costs
    yield f"One more day of {found[0].size.calls:,} calls; CPU s / peak MiB / MiB of I/O, and each of last ÷ first:"
    yield f"{'':<44}" + "".join(f"{f'{each.size.days} days':>24}" for each in found) + f"{'÷':>18}"
    for name in last:
        if all(name in each.costs for each in found):
            costs = [each.costs[name] for each in found]
            cells = [_cell(cost) for cost in costs]
            one, other = first[name], last[name]
            cpu, memory, io = (
                _ratio(getattr(other, figure), getattr(one, figure)) for figure in ("cpu_s", "rss_mib", "io_mib")
            )
            yield f"{name:<44}" + "".join(f"{cell:>24}" for cell in cells) + f"{f'{cpu} / {memory} / {io}':>20}"


def _questions(found: Sequence[Found]) -> Iterator[str]:
    yield "Questions of pages, CPU ms on the snapshot / on one whole file, and snapshot ÷ file:"
    for each in found:
        yield f"after {each.size.days} days"
        for name, (shared_s, whole_s) in [*each.questions.items(), ("all of them", each.all_questions())]:
            cells = f"{1000 * shared_s:,.1f} / {1000 * whole_s:,.1f}"
            yield f"  {name:<42}{cells:>24}{_ratio(shared_s, whole_s):>20}"


def _opened(found: Sequence[Found]) -> Iterator[str]:
    yield "Pages, CPU ms of the server where they are opened first / again, while nothing new is published:"
    yield f"{'':<44}" + "".join(f"{f'{each.size.days} days':>24}" for each in found)
    for name in found[-1].opened:
        taken = [each.opened[name] for each in found]
        cells = [f"{1000 * first_s:,.0f} / {1000 * again_s:,.0f}" for first_s, again_s in taken]
        yield f"{name:<44}" + "".join(f"{cell:>24}" for cell in cells)


def _snapshots(found: Sequence[Found]) -> Iterator[str]:
    for each in found:
        if each.five_snapshots is not None:
            yield f"disk of five snapshots ÷ one, after {each.size.days} days: {each.five_snapshots:.2f}"


def _ratio(last: float, first: float) -> str:
    return f"{last / first:.2f}" if first else "-"


def measure(folder: Path, size: HistorySize, say: Callable[[str], None]) -> Found:
    """What a day costs after a history of this size. It is run in a copy of the home, which is removed.

    Raises:
        ChildFailed: a part of it did not come to its end.
    """
    home = folder / f"{size.days}x{size.calls}"
    environment = neutral_environment() | environment_of(home, size)
    if not (home / MADE).exists():
        say(f"making {home} ...")
        arguments = [str(home), str(size.days), str(size.calls), str(size.sentences)]
        run_child("benchmarks.growth_history", arguments, environment)
    trial = home / "trial"
    shutil.rmtree(trial, ignore_errors=True)
    shutil.copytree(home / "home", trial, symlinks=True)
    try:
        say(f"measuring after {size.days} days ...")
        return _measured(size, environment | {"QA_HOME": str(trial)}, trial, say)
    finally:
        shutil.rmtree(trial, ignore_errors=True)


def _measured(size: HistorySize, environment: Mapping[str, str], home: Path, say: Callable[[str], None]) -> Found:
    costs: dict[str, Cost] = {}

    def found(some: Mapping[str, Cost]) -> None:
        """Says what was found at once: all of it takes an hour."""
        for name, cost in some.items():
            say(f"  {name:<44}{_cell(cost):>24}")
        costs.update(some)

    # the first run after another version's, or after none, reads the whole landing zone once
    found({name: cost for name, cost in _child("tick", environment).items() if name == "first tick"})
    if published := _child("publish", environment):
        found({DEAREST: max(published.values(), key=lambda cost: cost.cpu_s)})
    found(_child("day", environment))
    five_snapshots = _weighed(home / "published")
    found({f"{AGAIN}{name}": cost for name, cost in _child("day", environment).items()})
    found({name: cost for name, cost in _child("tick", environment).items() if name != "first tick"})
    found({name: _command(arguments, environment) for name, arguments in COMMANDS.items()})
    asked = run_child("benchmarks.growth_questions", [str(home / "whole.duckdb")], environment)
    questions, opened = ({name: (one, other) for name, (one, other) in asked[key].items()} for key in WAYS)
    return Found(size, costs, questions, opened, five_snapshots)


def _cell(cost: Cost) -> str:
    return f"{cost.cpu_s:,.2f} / {cost.rss_mib:,.0f} / {cost.io_mib:,.1f}"


def _weighed(published: Path) -> float | None:
    """Bytes of the newest five snapshots ÷ those of the newest, with all that they need; None where there are fewer."""
    snapshots = sorted(published.glob(SNAPSHOTS))[-SNAPSHOTS_WEIGHED:]
    if len(snapshots) < SNAPSHOTS_WEIGHED:
        return None
    needed = [_files_of(snapshot) for snapshot in snapshots]
    every = set[Path]().union(*needed)
    return sum(path.stat().st_size for path in every) / sum(path.stat().st_size for path in needed[-1])


def _files_of(snapshot: Path) -> set[Path]:
    manifest = read_manifest(snapshot)
    parts = manifest.files() if manifest else set()
    return {snapshot, manifest_path(snapshot), *(snapshot.parent / PARTS / part for part in parts)}


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
