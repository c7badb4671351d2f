"""How long people and schedulers wait for a program to begin."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.measuring import ChildFailed, neutral_environment

PROGRAMS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("python -c pass (for comparison)", ("-c", "pass"), ""),
    ("import qa_pipeline.definitions", ("-c", "import qa_pipeline.definitions"), "< 3.0"),
    ("qa-pipeline --help", ("-m", "qa_pipeline", "--help"), "< 0.7"),
)


def start_up(times: int, say: Callable[[str], None]) -> None:
    """Starts each program once to warm the file cache, then `times` times; prints median and quickest in seconds.

    Raises:
        ChildFailed: a program does not start.
    """
    say(f"Start-up, fresh processes, {times} times each:")
    say(f"{'':<44}{'median s':>9}{'quickest s':>12}{'target':>9}")
    for name, arguments, target in PROGRAMS:
        _started(arguments)
        took = [_started(arguments) for _ in range(times)]
        say(f"{name:<44}{statistics.median(took):>9.2f}{min(took):>12.2f}{target:>9}")


def _started(arguments: Sequence[str]) -> float:
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, *arguments]
    began = time.perf_counter()
    done = subprocess.run(command, cwd=root, env=neutral_environment(), stdout=subprocess.DEVNULL, check=False)
    took_s = time.perf_counter() - began
    if done.returncode != 0:
        raise ChildFailed(f"{' '.join(arguments)} ended with status {done.returncode}; its error stands above")
    return took_s
