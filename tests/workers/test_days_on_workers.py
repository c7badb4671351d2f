"""A day of sample calls on four workers, `up` and real servers, some killed and frozen meanwhile: the tables are
those of one machine, and nothing is billed twice."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from samples import scale_services, servers
from tests.pipeline.harness import COMPARED, GOLDEN_DAY, Pipeline, charges
from tests.serving import running_service

pytestmark = pytest.mark.chaos

WORKERS = ("one", "two", "three", "four")
WITHIN_S = 420.0


@dataclass
class Machines:
    """Four workers and `up`, each with a home of its own, and the servers that they share."""

    folder: Path
    landing: Path
    base_url: str
    services: scale_services.Services
    processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    def on(self, name: str) -> Pipeline:
        """A machine of that name."""
        ports = {"QA_DAGSTER_PORT": str(servers.free_port()), "QA_DASHBOARDS_PORT": str(servers.free_port())}
        own = self.services.environment | ports
        return Pipeline(self.folder / name, self.landing, self.base_url, own, in_process=False)

    def start(self, name: str, *arguments: str, until: str) -> None:
        """Starts a program on a machine; waits until it says `until`."""
        with (self.folder / f"{name}.log").open("w") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-u", "-m", "qa_pipeline", *arguments],
                env=self.on(name).environment,
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.wait(name, until)

    def said(self, name: str) -> str:
        """What a program has said."""
        return (self.folder / f"{name}.log").read_text()

    def wait(self, name: str, words: str) -> None:
        """Waits until a program has said something."""
        deadline = time.monotonic() + WITHIN_S
        while words not in self.said(name):
            assert time.monotonic() < deadline, f"{name} never said {words!r}\n{self.everything()}"
            assert self.processes[name].poll() in (None, 0), self.everything()
            time.sleep(0.2)

    def everything(self) -> str:
        """All logs."""
        return "\n".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.folder.glob("*.log")))

    def tables(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything that a user could notice, of the lake's newest version."""
        whole = self.folder / "whole.duckdb"
        done = self.on("reader").command("export", "--format", "duckdb", "--output", str(whole), "--force")
        assert done.returncode == 0, done.stderr
        with duckdb.connect(str(whole), read_only=True) as connection:
            return {
                table: connection.execute(f"select {columns} from {table} order by all").fetchall()
                for table, columns in COMPARED.items()
            }


@pytest.fixture
def machines() -> Iterator[Machines]:
    folder = Path(tempfile.mkdtemp(prefix="qa-machines-"))
    folder.chmod(0o755)  # the database's user goes through it
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        base_url = stack.enter_context(running_service(folder / "service"))
        try:
            services = scale_services.start(stack, folder / "servers", None, "rabbitmq")
        except servers.NotInstalled as error:
            pytest.skip(str(error))
        found = Machines(folder, folder / "landing", base_url, services)
        stack.callback(lambda: [(process.kill(), process.wait()) for process in found.processes.values()])
        Pipeline(folder, found.landing, base_url).land_sample_day(GOLDEN_DAY)
        found.start("up", "up", until="Logs are in")
        for name in WORKERS:
            found.start(name, "worker", "--concurrency", "1", until="takes steps from")
        yield found


def test_killed_workers_and_servers_change_neither_tables_nor_bill(machines: Machines, tmp_path: Path) -> None:
    machines.start("run", "run", "--from", GOLDEN_DAY, until="acoustics")
    machines.processes["one"].kill()
    machines.services.broker.kill()
    time.sleep(5.0)  # as long as a broker takes to be started again
    machines.services.broker.start()
    machines.wait("run", "transcriptions")
    machines.services.database.stop()
    time.sleep(2.0)
    machines.services.database.start()
    machines.wait("run", "transcripts")
    machines.services.store.server.freeze()
    machines.processes["two"].kill()
    time.sleep(20.0)
    machines.services.store.server.thaw()
    assert machines.processes["run"].wait(WITHIN_S) == 0, machines.everything()

    billed = charges(machines.base_url)
    assert {count for _, count in billed.values()} == {1}
    with running_service(tmp_path / "service") as base_url:
        alone = Pipeline(tmp_path / "home", machines.landing, base_url)
        alone.run(GOLDEN_DAY)
        assert machines.tables() == alone.tables()
        assert {key[:2] for key in billed} == {key[:2] for key in charges(base_url)}
