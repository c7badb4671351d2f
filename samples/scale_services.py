"""`python -m samples.scale_services`: all servers that several machines share, on this one, for a trial.

Prints what workers and `qa-pipeline up` need in their environment, and stops everything on Ctrl-C. PostgreSQL and the
broker keep their data in the folder; the S3 store (moto) keeps everything in memory, so a trial ends with it.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from samples import servers

DATABASE, BROKER, STORE = 0, 1, 2
BUCKET = "calls"


def main() -> None:
    """Starts the servers, prints the exports, and waits for the end."""
    parser = argparse.ArgumentParser(prog="python -m samples.scale_services", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".qa/scale-trial"), help="where data and logs go")
    parser.add_argument("--port", type=int, default=9700, help="the first of three ports")
    parser.add_argument("--broker", choices=("rabbitmq", "redis"), default="rabbitmq")
    chosen = parser.parse_args()
    folder, port = chosen.folder.absolute(), chosen.port
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as stack:
        try:
            exports = start(stack, folder, port, chosen.broker).environment
        except (servers.NotInstalled, RuntimeError) as error:
            sys.exit(str(error))
        print("# paste this into the shell of each worker, and of `qa-pipeline up`")
        for name, value in exports.items():
            print(f"export {name}={value}")
        print(f"# logs are in {folder}; Ctrl-C stops all three", flush=True)
        stop.wait()
        print("stopping ...", flush=True)


@dataclass(frozen=True)
class Services:
    """The running servers, and the environment of whoever uses them."""

    database: servers.PostgresServer
    broker: servers.ServerProcess
    store: servers.S3Store
    environment: Mapping[str, str]


def start(stack: ExitStack, folder: Path, port: int | None, broker: str) -> Services:
    """Starts the servers on three ports from `port` on (None: any free ones), to be stopped with `stack`."""

    def chosen(number: int) -> int | None:
        return None if port is None else port + number

    database = servers.postgres(folder / "postgres", chosen(DATABASE))
    database.start()
    stack.callback(database.stop)
    if broker == "redis":
        redis = servers.redis(folder / "redis", chosen(BROKER))
        redis.start()
        stack.callback(redis.stop)
        process, broker_url = redis, f"redis://{servers.LOOPBACK}:{redis.port}/0"
    else:
        rabbit = servers.rabbit(folder / "rabbitmq", chosen(BROKER))
        stack.callback(rabbit.stop)
        rabbit.start()
        process, broker_url = rabbit.server, rabbit.url
    store = servers.s3(folder / "s3", chosen(STORE))
    store.server.start()
    stack.callback(store.server.stop)
    store.make_bucket(BUCKET)
    environment = {
        "QA_OPERATIONS_URL": database.url,
        "QA_BROKER_URL": broker_url,
        "QA_LAKE": f"s3://{BUCKET}/lake",
        "QA_RAW_BUCKET": f"s3://{BUCKET}/raw",
        "QA_BUCKET_ENDPOINT": store.url,
        "AWS_ACCESS_KEY_ID": servers.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": servers.SECRET_KEY,
        "AWS_REGION": "us-east-1",
    }
    return Services(database, process, store, environment)


if __name__ == "__main__":
    main()
