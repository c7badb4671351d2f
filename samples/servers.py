"""Servers of several machines as programs of this one, on loopback and in a folder: PostgreSQL, RabbitMQ, Redis, S3.

They run as children of whoever starts them, from installed packages (Debian: postgresql, rabbitmq-server,
redis-server; Python: moto). They listen on 127.0.0.1 alone, ask for no password, and are no set-up for real use.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

LOOPBACK = "127.0.0.1"
STARTS_WITHIN_S = 60.0
STOPS_WITHIN_S = 15.0
ACCESS_KEY, SECRET_KEY = "AKIATRIAL", "secret-of-trials"

_POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_ERLANG = "+S 2:2 +sbwt none -noinput -kernel inet_dist_use_interface {127,0,0,1}"
_RABBIT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


class NotInstalled(RuntimeError):
    """A server's program is missing; the message names its package."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@dataclass
class ServerProcess:
    """A server as a child process, its data and its log in `folder`."""

    name: str
    folder: Path
    port: int
    arguments: list[str]
    variables: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it listens.

        Raises:
            RuntimeError: it ended, or did not listen in time; the message names its log.
        """
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self.arguments,
                cwd=self.folder,
                env={**os.environ, **self.variables},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _wait(self._listens, f"{self.name} does not listen; its log is {self.folder / 'log'}")

    def stop(self) -> None:
        """Asks it to end, and waits."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Lets it answer nobody until `thaw`."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets it go on."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGCONT)

    def _listens(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.name} ended with status {self._process.returncode}; see {self.folder / 'log'}")
        return listens(self.port)

    def _end(self, number: int) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOPS_WITHIN_S)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@dataclass(frozen=True)
class PostgresServer:
    """A PostgreSQL server; `url` is SQLAlchemy's."""

    folder: Path
    port: int
    control: tuple[str, ...]

    @property
    def url(self) -> str:
        """The address of its database `postgres`."""
        return f"postgresql+psycopg://qa@{LOOPBACK}:{self.port}/postgres"

    def start(self) -> None:
        """Starts it and waits until it answers."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses={LOOPBACK}"
        self._run("-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """At once, as if it had crashed: what was committed comes back, and nothing else."""
        self._run("-m", "immediate", "stop")

    def _run(self, *arguments: str) -> None:
        subprocess.run([*self.control, *arguments], check=True, cwd=self.folder)


def has_postgres() -> bool:
    """Whether a PostgreSQL server is installed."""
    return bool(_POSTGRES) or shutil.which("initdb") is not None


def postgres(folder: Path, port: int | None = None) -> PostgresServer:
    """A server with its data in `folder`, made where there is none; not started."""
    if not has_postgres():
        raise NotInstalled("there is no PostgreSQL server; on Debian: apt-get install postgresql")
    programs = _POSTGRES[-1] if _POSTGRES else Path(str(shutil.which("initdb"))).parent
    folder.mkdir(parents=True, exist_ok=True)
    as_user: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    data = folder / "data"
    if not data.exists():
        initialize = [*as_user, str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "qa"]
        subprocess.run(initialize, check=True, capture_output=True, cwd=folder)
    control = (*as_user, str(programs / "pg_ctl"), "-D", str(data), "-w", "-s")
    return PostgresServer(folder, port or free_port(), control)


@dataclass
class RabbitServer:
    """A RabbitMQ broker, and the name service of its own that Erlang wants beside it."""

    server: ServerProcess
    names: ServerProcess

    @property
    def url(self) -> str:
        """Its address as a broker."""
        return f"amqp://guest:guest@{LOOPBACK}:{self.server.port}//"

    def start(self) -> None:
        """Starts it and waits until it takes connections."""
        self.names.start()
        self.server.start()
        _wait(lambda: greets(self.server.port), f"RabbitMQ does not answer; its log is {self.server.folder / 'log'}")

    def restart(self) -> None:
        """Starts it again after `kill`."""
        self.server.start()
        _wait(lambda: greets(self.server.port), f"RabbitMQ does not answer; its log is {self.server.folder / 'log'}")

    def kill(self) -> None:
        """Ends the broker at once."""
        self.server.kill()

    def stop(self) -> None:
        """Ends both."""
        self.server.stop()
        self.names.stop()


def rabbit(folder: Path, port: int | None = None, options: str = "") -> RabbitServer:
    """A broker with its data in `folder`; not started. `options` are for Erlang: `-rabbit consumer_timeout 1000`."""
    names = shutil.which("epmd")
    if not _RABBIT.exists() or names is None:
        raise NotInstalled("there is no RabbitMQ server; on Debian: apt-get install rabbitmq-server")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plugins").write_text("[].\n", encoding="utf-8")
    (folder / "rabbitmq.conf").write_text("log.file = false\nlog.console = true\n", encoding="utf-8")
    port, names_port, between_nodes = port or free_port(), free_port(), free_port()
    variables = {
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"qa{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(between_nodes),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_ALLOW_INPUT": "1",  # without it a shell stands between us and the broker
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{_ERLANG} {options}",
        "ERL_EPMD_PORT": str(names_port),
        "ERL_EPMD_ADDRESS": LOOPBACK,
    }
    return RabbitServer(
        ServerProcess("RabbitMQ", folder, port, [str(_RABBIT)], variables),
        ServerProcess("epmd", folder, names_port, [names, "-port", str(names_port), "-address", LOOPBACK]),
    )


def redis(folder: Path, port: int | None = None) -> ServerProcess:
    """A Redis broker that keeps what it was given on disk, in `folder`; not started."""
    program = shutil.which("redis-server")
    if program is None:
        raise NotInstalled("there is no Redis server; on Debian: apt-get install redis-server")
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    options = ["--port", str(port), "--bind", LOOPBACK, "--dir", str(folder), "--appendonly", "yes", "--save", ""]
    return ServerProcess("Redis", folder, port, [program, *options])


@dataclass
class S3Store:
    """An S3 store that keeps everything in memory: moto's server, as a process."""

    server: ServerProcess

    @property
    def url(self) -> str:
        """Its address, for QA_BUCKET_ENDPOINT."""
        return f"http://{LOOPBACK}:{self.server.port}"

    def make_bucket(self, name: str) -> None:
        """Makes a bucket; one that is there already stays."""
        credential = f"{ACCESS_KEY}/20250901/us-east-1/s3/aws4_request"
        signed = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
        httpx.put(
            f"{self.url}/{name}", content=b"", headers={"Authorization": signed}, trust_env=False
        ).raise_for_status()


def s3(folder: Path, port: int | None = None) -> S3Store:
    """A store with its log in `folder`; not started."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    arguments = [sys.executable, "-m", "moto.server", "-H", LOOPBACK, "-p", str(port)]
    return S3Store(ServerProcess("moto", folder, port, arguments))


def listens(port: int) -> bool:
    """Whether somebody takes connections on a port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOOPBACK, port)) == 0


def greets(port: int) -> bool:
    """Whether a broker answers AMQP's first words."""
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=5.0) as connection:
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        return bool(connection.recv(8))
    return False


def _wait(is_there: Callable[[], bool], failure: str) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while not is_there():
        if time.monotonic() > deadline:
            raise RuntimeError(failure)
        time.sleep(0.05)
