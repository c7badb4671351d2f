"""A worker of the trial job, in a process of its own: `python -m tests.workers.trial_worker QUEUES N`."""

from __future__ import annotations

import sys

from qa_pipeline.runs.dagster_home import prepare_dagster_home
from qa_pipeline.settings import load_settings
from qa_pipeline.workers.worker import Worker, quiet_libraries


def say(line: str) -> None:
    """Says a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(queues: str, at_once: str) -> None:
    """Works until it is told to stop."""
    settings = load_settings()
    prepare_dagster_home(settings)
    worker = Worker(settings, queues.split(","), int(at_once), say, definitions="tests.workers.trial_job")
    worker.prepare()
    quiet_libraries(say)
    say(f"ready {worker.program.name}")
    worker.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
