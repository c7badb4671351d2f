"""A job of the trials: a day cut into parts that workers take, as the heavy steps are. What each does is a file's name.

A part named `slow…` goes on until the test lets it; `dies…` kills its process as often as its file says; `away…` fails
as if a server were away, once.
"""

import os
import signal
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import dagster as dg
from sqlalchemy.exc import OperationalError

from qa_pipeline.defs.executors import chosen_executor
from qa_pipeline.workers.queues import QUEUE_TAG, SOUND

FOLDER = "QA_TRIAL_FOLDER"
GIVES_UP_AFTER_S = 300.0


def _folder() -> Path:
    return Path(os.environ[FOLDER])


def _note(event: str, part: str) -> None:
    with (_folder() / f"{event}_{part}").open("a", encoding="utf-8") as file:
        file.write(f"{os.environ['QA_HOME']}\n")


@dg.op(out=dg.DynamicOut(dg.Nothing))
def cut() -> Iterator[dg.DynamicOutput[None]]:
    for name in (_folder() / "parts").read_text(encoding="utf-8").split():
        yield dg.DynamicOutput(None, mapping_key=name)


@dg.op(ins={"cut": dg.In(dg.Nothing)}, out=dg.Out(dg.Nothing), tags={QUEUE_TAG: SOUND})
def part(context: dg.OpExecutionContext) -> None:
    name = context.get_mapping_key() or ""
    _note("began", name)
    if name.startswith("dies"):
        tries = _folder() / f"tries_{name}"
        left = int(tries.read_text(encoding="utf-8")) if tries.exists() else 1
        tries.write_text(str(left - 1), encoding="utf-8")
        if left > 0:
            os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("away") and len((_folder() / f"began_{name}").read_text(encoding="utf-8").splitlines()) == 1:
        raise OperationalError("select 1", {}, Exception("server closed the connection unexpectedly"))
    if name.startswith("wrong"):
        raise ValueError("this recording is no recording")
    if name.startswith("pool"):
        with get_context("spawn").Pool(2) as pool:
            assert pool.map(abs, [-1, -2]) == [1, 2]
    if name.startswith("slow"):
        deadline = time.monotonic() + GIVES_UP_AFTER_S
        while not (_folder() / f"go_{name}").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
    _note("ended", name)


@dg.op(ins={"parts": dg.In(dg.Nothing)}, out=dg.Out(dg.Nothing))
def join() -> None:
    _note("ended", "join")


@dg.graph
def trial_day() -> None:
    join(cut().map(part).collect())


trial = trial_day.to_job(name="trial")
defs = dg.Definitions(jobs=[trial], executor=chosen_executor())
