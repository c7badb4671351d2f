"""What one more day costs in a home that is there: `python -m benchmarks.growth_steps WHAT`.

Settings are in the environment. WHAT is `day`, a run of the day after the history, step by step; `tick`, two looks of
the sensor; or `publish`, the days of the history that are not published yet, one by one. The last line that is printed
is a JSON object of costs by name. Costs are those of this process alone, from the beginning of a step to its end:
processor seconds, bytes asked of the system for reading and writing, peak of memory.
"""

import json
import os
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import dagster as dg
from dagster._core.events.log import EventLogEntry

from benchmarks.growth_history import NEW_DAY
from benchmarks.growth_targets import WHOLE_RUN, Cost
from benchmarks.measuring import MIB, peak_rss_mib
from qa_pipeline import __version__
from qa_pipeline.runs.dagster_home import prepare_dagster_home
from qa_pipeline.runs.launch import QUIET
from qa_pipeline.service.access import engine_kind
from qa_pipeline.settings import load_settings
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.memory import MIB_OF_STEPS, memory_of_step
from qa_pipeline.warehouse.parts import read_manifest
from qa_pipeline.warehouse.published_so_far import current_snapshot
from qa_pipeline.warehouse.snapshots import SnapshotInfo, publish


class Meter:
    """Costs by name."""

    def __init__(self) -> None:
        self.costs: dict[str, Cost] = {}
        self._begun: dict[str, tuple[float, float, float]] = {}

    def begin(self, name: str) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # the peak of memory begins again
        self._begun[name] = time.process_time(), time.perf_counter(), io_mib("self")

    def end(self, name: str) -> None:
        cpu_s, wall_s, before = self._begun.pop(name)
        self.costs[name] = Cost(
            time.process_time() - cpu_s, time.perf_counter() - wall_s, peak_rss_mib(), io_mib("self") - before
        )

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """The cost of the block."""
        self.begin(name)
        yield
        self.end(name)

    def say(self) -> None:
        """To the parent process, as the last line of standard output."""
        sys.stdout.write(f"{json.dumps({name: asdict(cost) for name, cost in self.costs.items()})}\n")


def io_mib(pid: int | str) -> float:
    """What a process has read and written so far, by its own account."""
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    counts = {name: int(count) for name, _, count in (line.partition(":") for line in lines)}
    return (counts["rchar"] + counts["wchar"]) / MIB


def run_day(meter: Meter) -> None:
    """One run of the job over the day after the history."""
    settings = load_settings()
    prepare_dagster_home(settings)
    from qa_pipeline.definitions import defs  # after DAGSTER_HOME is set

    job = defs.resolve_job_def("daily")

    def heard(entry: EventLogEntry) -> None:
        event = entry.dagster_event
        if event is not None and event.step_key and event.event_type_value == "STEP_START":
            meter.begin(event.step_key)
        elif event is not None and event.step_key and event.event_type_value in ("STEP_SUCCESS", "STEP_FAILURE"):
            meter.end(event.step_key)

    before = time.process_time(), time.perf_counter(), io_mib("self")
    with dg.DagsterInstance.get() as instance:
        run_id = str(uuid.uuid4())
        instance.add_event_listener(run_id, heard)
        job.execute_in_process(
            run_id=run_id, instance=instance, partition_key=str(NEW_DAY), run_config=QUIET, raise_on_error=True
        )
    meter.costs[WHOLE_RUN] = Cost(
        time.process_time() - before[0],
        time.perf_counter() - before[1],
        max(cost.rss_mib for cost in meter.costs.values()),
        io_mib("self") - before[2],
    )


def publish_days(meter: Meter) -> None:
    """Each day that is loaded and not published yet, as the step `published` does it."""
    settings = load_settings()
    current = current_snapshot(settings.snapshot_path)
    manifest = read_manifest(current) if current else None
    published = manifest.days() if manifest else set()
    with Warehouse(settings.warehouse_path).transaction() as connection:
        loaded = connection.execute("select distinct call_date from calls order by call_date").fetchall()
    note = SnapshotInfo("a benchmark", engine_kind(settings), __version__)
    for (day,) in loaded:
        if day not in published:
            with meter.measure(str(day)), memory_of_step(MIB_OF_STEPS[0]):
                publish(
                    settings.warehouse_path,
                    settings.snapshot_path,
                    [day],
                    note,
                    keep=settings.snapshots_kept,
                    minimum_n=settings.minimum_n,
                )


def tick(meter: Meter) -> None:
    """A look of the sensor after one that has seen everything."""
    settings = load_settings()
    prepare_dagster_home(settings)
    from qa_pipeline.definitions import defs  # after DAGSTER_HOME is set
    from qa_pipeline.defs.asked_days import Cursor
    from qa_pipeline.defs.sensors import new_recordings

    repository = defs.get_repository_def()
    cursor: str | None = None
    with dg.DagsterInstance.get() as instance:
        for name in ("first tick", "tick, nothing new"):
            with meter.measure(name):
                while True:  # a first look takes more ticks than one
                    context = dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository)
                    new_recordings.evaluate_tick(context)
                    cursor = str(context.cursor)
                    if Cursor.read(cursor, "").seen:
                        break


def main() -> None:
    """See the module."""
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    meter = Meter()
    {"day": run_day, "tick": tick, "publish": publish_days}[sys.argv[1]](meter)
    meter.say()


if __name__ == "__main__":
    main()
