"""What a day may cost, however long the history is, and what of that was missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.growth_history import HistorySize

AGAIN = "again, nothing new: "
DEAREST = "published, the dearest of the days before"
WHOLE_RUN = "the whole run"
FIRST_TICK = "first tick"
"""Reads the whole landing zone, once: it may grow with it."""

MOST_GROWTH = 1.2
NOISE = {"cpu_s": 0.3, "rss_mib": 20.0, "io_mib": 4.0}
"""Differences that say nothing: what is measured shares its machine with others."""

MOST: dict[str, dict[str, float]] = {
    f"{AGAIN}{WHOLE_RUN}": {"cpu_s": 10},
    "published": {"cpu_s": 3, "io_mib": 100},
    DEAREST: {"cpu_s": 3, "io_mib": 100},
    "qa-pipeline status": {"cpu_s": 2},
    "qa-pipeline cost": {"cpu_s": 2},
    "qa-pipeline doctor": {"cpu_s": 3},
    "tick, nothing new": {"cpu_s": 2},
}
MOST_MIB = 600.0
MOST_TIMES_ONE_FILE = 1.2
MOST_TIMES_ONE_SNAPSHOT = 1.3
WORDS = {"cpu_s": "CPU s", "rss_mib": "MiB of memory", "io_mib": "MiB of I/O"}


@dataclass(frozen=True, slots=True)
class Cost:
    """`cpu_s` of all threads, `rss_mib` the peak, `io_mib` read and written, whether from disk or from its cache."""

    cpu_s: float
    wall_s: float
    rss_mib: float
    io_mib: float


@dataclass(frozen=True, slots=True)
class Found:
    """What was measured after one history: costs by name, in their order; processor seconds of questions on a snapshot
    and on one whole file, and of pages, opened first and again; the disk of the newest five snapshots ÷ that of the
    newest, None where there are fewer."""

    size: HistorySize
    costs: dict[str, Cost]
    questions: dict[str, tuple[float, float]] = field(default_factory=dict)
    opened: dict[str, tuple[float, float]] = field(default_factory=dict)
    five_snapshots: float | None = None

    def all_questions(self) -> tuple[float, float]:
        """Processor seconds of all questions, on the snapshot and on one whole file."""
        return sum(own for own, _ in self.questions.values()), sum(whole for _, whole in self.questions.values())


def missed(found: Sequence[Found]) -> Iterator[str]:
    """One line for each target that was missed, or one that all are met."""
    lines = [*_too_much(found[-1]), *_grown(found[0], found[-1])]
    yield from (f"MISSED: {line}" for line in lines)
    if not lines:
        yield "all targets are met"


def _too_much(found: Found) -> Iterator[str]:
    for name, cost in found.costs.items():
        for figure, most in ({"rss_mib": MOST_MIB} | MOST.get(name, {})).items():
            value = getattr(cost, figure)
            if value > most and name != FIRST_TICK:
                yield f"{name}: {value:,.1f} {WORDS[figure]}, at most {most:,.0f}"
    for name, (shared_s, whole_s) in [*found.questions.items(), ("all questions", found.all_questions())]:
        if shared_s > MOST_TIMES_ONE_FILE * whole_s:
            yield f"{name}: {shared_s / whole_s:.2f} times one whole file, at most {MOST_TIMES_ONE_FILE}"
    if found.five_snapshots is not None and found.five_snapshots > MOST_TIMES_ONE_SNAPSHOT:
        yield f"five snapshots: {found.five_snapshots:.2f} times one, at most {MOST_TIMES_ONE_SNAPSHOT}"


def _grown(first: Found, last: Found) -> Iterator[str]:
    for name, cost in last.costs.items():
        if name in first.costs and name != FIRST_TICK:
            for figure in _more(first.costs[name], cost):
                ratio = getattr(cost, figure) / getattr(first.costs[name], figure)
                yield f"{name}: {ratio:.2f} times the {WORDS[figure]} of the shortest history, at most {MOST_GROWTH}"


def _more(first: Cost, last: Cost) -> Iterator[str]:
    for figure, noise in NOISE.items():
        one, other = getattr(first, figure), getattr(last, figure)
        if other > MOST_GROWTH * one and other > one + noise:
            yield figure
