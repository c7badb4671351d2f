"""What each page of the dashboards costs its server and a browser, beside the bare queries that it asks.

A fresh server for each page, so that nothing is remembered, and a fresh visitor. Pages are those of the app's
navigation, with the dates of the whole snapshot in the address.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from benchmarks.browsing import CHROMIUM, Settled, Unsettled, changed, chromium, new_page, opened, pages_of
from benchmarks.measuring import ChildFailed, neutral_environment
from benchmarks.page_server import Asked, read_log
from benchmarks.snapshot import SnapshotSize, make_snapshot
from qa_pipeline.published.snapshot import Snapshot, open_newest

ROOT = Path(__file__).resolve().parents[1]
USERS, ROUNDS = 5, 2
STARTUP_S = 120.0
SEARCH = "refund"
SENTENCES, DAYS = 60, 365
NAME_WIDTH = 24
COLUMNS = (
    "settled s", "browser CPU s", "elements", "server CPU s", "queries", "bare s", "÷ bare", "change s", "its CPU s",
    "its bare s",
)  # fmt: skip
TARGETS = {"settled s": "< 2.5", "browser CPU s": "< 3", "elements": "< 3,000"}


@dataclass(frozen=True, slots=True)
class Visit:
    """One page: how it settled, the server's processor seconds meanwhile, and what was asked."""

    settled: Settled
    server_cpu_s: float
    asked: list[Asked]


@dataclass(slots=True)
class Server:
    """A running server of the dashboards."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    def cpu_s(self) -> float:
        """Processor seconds of the server so far; Linux only."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mib(self) -> float:
        """The most memory that it has had."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def pages(home: Path | None, calls: int, say: Callable[[str], None]) -> bool:
    """Measures every page on the snapshot of `home`, or on one of `calls` calls that is made for it and removed; then
    the memory of a server that five people use. False where a page does not come to rest.

    Raises:
        ChildFailed: the server does not start.
    """
    if not CHROMIUM.exists() or not Path("/proc/self/stat").exists():
        say(f"pages: left out, since they need Linux and {CHROMIUM}")
        return True
    if home is not None:
        return _pages(home, say)
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as scratch:
        size = SnapshotSize(calls, SENTENCES, min(DAYS, calls), dt.datetime.now(dt.UTC).date(), 7)
        make_snapshot(Path(scratch, "home"), size, lambda _: None)
        return _pages(Path(scratch, "home"), say)


def _pages(home: Path, say: Callable[[str], None]) -> bool:
    with open_newest(home / "qa.duckdb", "UTC") as snapshot:
        [(calls, first, last, sentences)] = snapshot.tuples(
            "select count(*), min(call_date), max(call_date), (select count(*) from sentences) from calls"
        )
        [(call_id,)] = snapshot.tuples(
            "select call_id from calls where status = 'ok' order by call_date desc, duration_s desc, call_id limit 1"
        )
        say(f"Pages on {calls:,} calls with {sentences:,} sentences, {first} to {last}; fresh servers and visitors:")
        say(_row("", dict(zip(COLUMNS, COLUMNS, strict=True))))
        say(_row("target", TARGETS))
        complete = True
        for name, path in _addresses(home, first, last, call_id).items():
            try:
                say(_row(name, _measured(home, path, snapshot)))
            except Unsettled as error:
                say(f"  INVALID: {error}")
                complete = False
    say(_several(home, first, last, call_id))
    return complete


def _addresses(home: Path, first: dt.date, last: dt.date, call_id: str) -> dict[str, str]:
    dates = f"from={first}&to={last}"
    with _serve(home) as server, chromium() as browser:
        page = new_page(browser)
        opened(browser, page, server.address)
        found = {name: f"{urlsplit(href).path}?{dates}" for name, href in pages_of(page).items()}
    return found | {
        "(a search)": f"/calls?{dates}&q={SEARCH}",
        "(the newest month)": f"/?from={last - dt.timedelta(days=30)}&to={last}",
        "(a call)": f"/call?call={quote(call_id)}",
    }


def questions_of_pages(home: Path) -> dict[str, list[Asked]]:
    """What the overview, the list, a search and a call's page ask of a snapshot, by page, as a visitor opens each."""
    with open_newest(home / "qa.duckdb", "UTC") as snapshot:
        [(first, last)] = snapshot.tuples("select min(call_date), max(call_date) from calls")
        [(call_id,)] = snapshot.tuples(
            "select call_id from calls where status = 'ok' order by call_date desc, duration_s desc, call_id limit 1"
        )
    dates = f"from={first}&to={last}"
    found = {}
    for name, path in {
        "overview of a year": f"/?{dates}",
        "overview of a month": f"/?from={last - dt.timedelta(days=30)}&to={last}",
        "list of calls": f"/calls?{dates}",
        "search over a year": f"/calls?{dates}&q={SEARCH}",
        "a call": f"/call?call={quote(call_id)}",
    }.items():
        with _serve(home) as server, chromium() as browser:
            page = new_page(browser)
            visit = _visit(server, lambda page=page, path=path: opened(browser, page, f"{server.address}{path}"))  # type: ignore[misc]
        assert visit is not None
        found[name] = visit.asked
    return found


def _measured(home: Path, path: str, snapshot: Snapshot) -> dict[str, str]:
    with _serve(home) as server, chromium() as browser:
        page = new_page(browser)
        first = _visit(server, lambda: opened(browser, page, f"{server.address}{path}"))
        second = _visit(server, lambda: changed(browser, page))
    assert first is not None
    bare_s = _bare_s(snapshot, first.asked)
    cells = {
        "settled s": f"{first.settled.seconds:.2f}",
        "browser CPU s": f"{first.settled.browser_cpu_s:.2f}",
        "elements": f"{first.settled.nodes:,}",
        "server CPU s": f"{first.server_cpu_s:.2f}",
        "queries": f"{len(first.asked)}",
        "bare s": f"{bare_s:.3f}",
        "÷ bare": f"{first.server_cpu_s / bare_s:.1f}" if first.asked else "",
    }
    if second is not None:
        cells |= {
            "change s": f"{second.settled.seconds:.2f}",
            "its CPU s": f"{second.server_cpu_s:.2f}",
            "its bare s": f"{_bare_s(snapshot, second.asked):.3f}",
        }
    return cells


def _visit(server: Server, work: Callable[[], Settled | None]) -> Visit | None:
    asked, cpu_s = len(read_log(server.log)), server.cpu_s()
    settled = work()
    if settled is None:
        return None
    return Visit(settled, server.cpu_s() - cpu_s, read_log(server.log)[asked:])


def _bare_s(snapshot: Snapshot, asked: Sequence[Asked]) -> float:
    """Processor seconds of the queries alone, one after the other, all rows fetched."""
    began = time.process_time()
    for query in asked:
        with snapshot.cursor() as cursor:
            cursor.execute(query.sql, query.values or None).fetchall()
    return time.process_time() - began


def _several(home: Path, first: dt.date, last: dt.date, call_id: str) -> str:
    addresses = [path for name, path in _addresses(home, first, last, call_id).items() if not name.startswith("(the")]
    with _serve(home) as server, chromium() as browser:
        visitors = [new_page(browser) for _ in range(USERS)]
        for turn in range(ROUNDS * len(addresses)):
            for place, visitor in enumerate(visitors):
                visitor.goto(f"{server.address}{addresses[(turn + place) % len(addresses)]}", wait_until="commit")
            time.sleep(1)
        for visitor in visitors:
            visitor.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=120_000)
        return f"{USERS} people clicking through all pages: the server's peak is {server.peak_mib():,.0f} MiB (< 1,024)"


@contextmanager
def _serve(home: Path) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as scratch, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        log, errors = Path(scratch, "asked"), Path(scratch, "errors")
        log.touch()
        environment = neutral_environment() | {"QA_HOME": str(home), "PYTHONPATH": str(ROOT)}
        arguments = ["dashboards/app.py", "--server.port", str(port), "--server.headless", "true"]
        command = [sys.executable, "-m", "benchmarks.page_server", str(log), *arguments]
        with errors.open("wb") as said:
            process = subprocess.Popen(
                [*command, "--browser.gatherUsageStats", "false"], cwd=ROOT, env=environment, stdout=said, stderr=said
            )
        try:
            server = Server(f"http://127.0.0.1:{port}", process, log)
            _await(server, errors)
            yield server
        finally:
            process.terminate()
            process.wait()


def _await(server: Server, errors: Path) -> None:
    deadline = time.monotonic() + STARTUP_S
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise ChildFailed(f"the dashboards' server did not start: {errors.read_text(errors='replace')[-500:]}")


def _row(name: str, cells: dict[str, str]) -> str:
    line = "".join(f"{cells.get(column, ''):>{max(len(column) + 2, 9)}}" for column in COLUMNS)
    return f"{name:<{NAME_WIDTH}}{line}".rstrip()
