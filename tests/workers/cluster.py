"""Workers with homes of their own, a broker and PostgreSQL on loopback, and runs of the trial job."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from samples import servers
from tests.postgres import PostgresServer, postgres_server
from tests.serving import ROOT
from tests.workers.trial_job import FOLDER

WITHIN_S = 240.0


@dataclass
class Cluster:
    """What several machines share, and the processes that stand for them."""

    folder: Path
    postgres: PostgresServer
    broker: servers.ServerProcess
    broker_url: str
    processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    @property
    def trial(self) -> Path:
        """Where the parts of the trial job leave notes."""
        return self.folder / "trial"

    def environment(self, name: str) -> dict[str, str]:
        """The environment of a machine: a home of its own, and nothing of the developer's settings."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("QA_", "DASHSCOPE", "DAGSTER"))}
        return clean | {
            "QA_HOME": str(self.folder / name),
            "QA_OPERATIONS_URL": self.postgres.url,
            "QA_BROKER_URL": self.broker_url,
            "QA_LAKE": "s3://nowhere/lake",
            "QA_RAW_BUCKET": "s3://nowhere/raw",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            FOLDER: str(self.trial),
        }

    def start(self, name: str, module: str, *arguments: str) -> subprocess.Popen[str]:
        """Starts a module of the tests on a machine of that name; its output goes into a log."""
        with self.log(name).open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT, env=self.environment(name), text=True, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.processes[name] = process
        return process

    def worker(self, name: str, at_once: int = 1, queues: str = "sound,tables") -> None:
        """Starts a worker and waits until it is ready."""
        before = self.said(name).count("ready")
        process = self.start(name, "tests.workers.trial_worker", queues, str(at_once))
        self.wait(lambda: self.said(name).count("ready") > before or process.poll() is not None, f"{name} to be ready")
        assert process.poll() is None, self.said(name)

    def run(self, *parts: str, name: str = "run") -> subprocess.Popen[str]:
        """Starts a run of the trial job over these parts."""
        self.trial.mkdir(exist_ok=True)
        (self.trial / "parts").write_text(" ".join(parts), encoding="utf-8")
        return self.start(name, "tests.workers.trial_run")

    def status_of(self, name: str = "run") -> str:
        """How a run ended."""
        self.processes[name].wait(WITHIN_S)
        return self.said(name).split()[-1]

    def log(self, name: str) -> Path:
        """What a machine's program says."""
        return self.folder / f"{name}.log"

    def said(self, name: str) -> str:
        """The text of its log."""
        return self.log(name).read_text() if self.log(name).exists() else ""

    def noted(self, event: str) -> Counter[str]:
        """How often each part began, or ended."""
        found = {path.name.partition("_")[2]: path for path in self.trial.glob(f"{event}_*")}
        return Counter({part: len(path.read_text().splitlines()) for part, path in found.items()})

    def who_began(self, part: str) -> list[str]:
        """The machines that have begun a part, in order."""
        path = self.trial / f"began_{part}"
        return [Path(line).name for line in path.read_text().splitlines()] if path.exists() else []

    def let_go(self, part: str) -> None:
        """Lets a slow part end."""
        (self.trial / f"go_{part}").touch()

    def kill(self, name: str) -> None:
        """Kills a machine's programs as a power cut would: the worker, and the process of its steps with it."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def tree(self, name: str) -> list[int]:
        """The process of a machine and all below it."""
        found, parents = [self.processes[name].pid], _parents()
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def wait(self, is_so: Callable[[], object], what: str, within_s: float = WITHIN_S) -> None:
        """Waits until something is so."""
        deadline = time.monotonic() + within_s
        while not is_so():
            assert time.monotonic() < deadline, f"waited in vain for {what}\n{self.everything()}"
            time.sleep(0.1)

    def everything(self) -> str:
        """All logs, for whoever looks at a failure."""
        return "\n".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.folder.glob("*.log")))

    def stop_all(self) -> None:
        """Ends all processes."""
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGCONT)
            process.kill()
            process.wait()


@contextmanager
def cluster(broker: str, rabbit_options: str = "") -> Iterator[Cluster]:
    """The servers of a cluster, for as long as the block lasts; `broker` is redis or rabbitmq."""
    folder = Path(tempfile.mkdtemp(prefix="qa-cluster-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = stack.enter_context(postgres_server())
        server, url = _broker(broker, folder / broker, stack, rabbit_options)
        found = Cluster(folder, postgres, server, url)
        stack.callback(found.stop_all)
        yield found


def _parents() -> dict[int, int]:
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            found[int(path.parent.name)] = int(fields[1])
    return found


def _broker(kind: str, folder: Path, stack: ExitStack, rabbit_options: str) -> tuple[servers.ServerProcess, str]:
    try:
        if kind == "redis":
            server = servers.redis(folder)
            stack.callback(server.stop)
            server.start()
            return server, f"redis://{servers.LOOPBACK}:{server.port}/0"
        rabbit = servers.rabbit(folder, options=rabbit_options)
    except servers.NotInstalled as error:
        if os.environ.get(f"QA_REQUIRE_{kind.upper()}"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    stack.callback(rabbit.stop)
    rabbit.start()
    return rabbit.server, rabbit.url
