"""Says at the end how much computing each test file and the costliest tests took, processes that they started
included: `pytest -p tests.cpu`. Unlike their durations this is about the same on a busy machine."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator

import pytest

SHOWN = 40
_NAME = "cpu_s"
_began: dict[str, float] = {}
_of_tests: Counter[str] = Counter()


def _computed_s() -> float:
    """Of this process and of all that it started and that have ended."""
    return sum(os.times()[:4])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    _began[item.nodeid] = _computed_s()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "teardown":
        report.user_properties.append((_NAME, _computed_s() - _began.pop(item.nodeid)))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "teardown":
        _of_tests[report.nodeid] = dict(report.user_properties)[_NAME]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    of_files: Counter[str] = Counter()
    for test, computed_s in _of_tests.items():
        of_files[test.split("::")[0]] += computed_s
    terminalreporter.section(f"{_of_tests.total():.0f} s of computing")
    for what in (of_files, _of_tests):
        for name, computed_s in what.most_common(SHOWN):
            terminalreporter.line(f"{computed_s:8.1f} s  {name}")
        terminalreporter.line("")
