"""The growth benchmark: what it takes for a year of published days, and when it says that a target is missed."""

from __future__ import annotations

import datetime as dt

from benchmarks.growth_history import NEW_DAY, HistorySize
from benchmarks.growth_publishing import layout
from benchmarks.growth_targets import AGAIN, WHOLE_RUN, Cost, Found, missed
from qa_pipeline.warehouse.merging import LARGEST_BYTES

FEW = Cost(cpu_s=1.0, wall_s=1.0, rss_mib=200.0, io_mib=10.0)


def found(days: int, questions: tuple[float, float] = (1.0, 1.0), five: float = 1.1, **costs: Cost) -> Found:
    return Found(HistorySize(days, 10, 2), costs, {"overview": questions}, five_snapshots=five)


def test_every_day_of_a_history_is_in_one_part_none_of_which_is_too_large() -> None:
    days = HistorySize(365, 10, 2).dates
    assert days[-1] == NEW_DAY - dt.timedelta(days=1)
    for size in (20_000, 1_500_000, 2 * LARGEST_BYTES):
        groups = layout("sentences", days, dict.fromkeys(days, size))
        assert sorted(day for group in groups for day in group) == days
        assert max(len(group) for group in groups) * size <= max(size, LARGEST_BYTES)
    assert len(layout("calls", days, dict.fromkeys(days, 20_000))) < 16


def test_what_grows_with_the_history_is_named_and_what_does_not_is_met() -> None:
    assert list(missed([found(30, calls=FEW), found(365, calls=FEW)])) == ["all targets are met"]
    more = Cost(cpu_s=2.0, wall_s=1.0, rss_mib=200.0, io_mib=90.0)
    lines = list(missed([found(30, calls=FEW), found(365, calls=more)]))
    assert lines == [
        "MISSED: calls: 2.00 times the CPU s of the shortest history, at most 1.2",
        "MISSED: calls: 9.00 times the MiB of I/O of the shortest history, at most 1.2",
    ]


def test_what_is_too_dear_whatever_the_history_is_named() -> None:
    costs = {"published": Cost(3.5, 1.0, 601.0, 120.0), f"{AGAIN}{WHOLE_RUN}": Cost(11.0, 1.0, 300.0, 1.0)}
    said = "\n".join(missed([found(365, questions=(1.3, 1.0), five=1.4, **costs)]))
    for part in (
        "published: 3.5 CPU s",
        "601.0 MiB of memory",
        "120.0 MiB of I/O",
        "whole run: 11.0",
        "1.30 times one whole",
    ):
        assert part in said
    assert "five snapshots: 1.40 times one" in said
