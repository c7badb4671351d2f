"""The pipeline's own paid stage, in a process of its own: `python -m benchmarks.pipeline_run FOLDER CHANNELS`.

Settings come from the environment, as always. The definitions are imported first because the process that
runs the stage in production has them, so their memory counts.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib
import sys
import time
from pathlib import Path

from benchmarks.measuring import Measured, peak_rss_mib, quantile
from benchmarks.workload import RECORDING_S, recording_path
from qa_pipeline.dispatch.planning import Planner
from qa_pipeline.dispatch.run import dispatch
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.rows import WorkItem
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.recordings.channels import stereo_sources
from qa_pipeline.recordings.identity import recording_id
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.settings import Settings, load_settings

CALL_DATE = dt.date(2025, 9, 1)


def main() -> None:
    """Measures from the plan in an empty ledger to the report."""
    folder, channels = Path(sys.argv[1]), int(sys.argv[2])
    importlib.import_module("qa_pipeline.definitions")
    settings = load_settings()
    wanted = _wanted(folder, channels, settings)
    ledger = Ledger(open_operations(settings.operations_database_url))
    before_mib, cpu_before_s, began = peak_rss_mib(), time.process_time(), time.perf_counter()
    report = asyncio.run(dispatch(wanted, settings, ledger, RawStore(settings.raw_dir)))
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_before_s
    took = [
        unit.fetched_at - unit.submitted_at
        for unit in ledger.forecast(wanted, "local")
        if unit is not None and unit.fetched_at is not None and unit.submitted_at is not None
    ]
    Measured(
        channels=channels,
        answered=report.answered,
        wall_s=wall_s,
        channel_p50_s=quantile(took, 0.50),
        channel_p95_s=quantile(took, 0.95),
        rss_mib=peak_rss_mib(),
        rss_before_mib=before_mib,
        cpu_s=cpu_s,
        trouble=report.stopped_by or (str(report.failed_by_code) if report.failed else None),
    ).say()


def _wanted(folder: Path, channels: int, settings: Settings) -> list[WorkItem]:
    calls = []
    for index in range((channels + 1) // 2):
        path = recording_path(folder, index)
        calls.append(
            UsableCall(
                call_id=path.stem,
                recording_id=recording_id(path),
                call_date=CALL_DATE,
                duration_s=RECORDING_S,
                agent_channel=0,
                language=None,
                source_uri=path.as_uri(),
                sources=stereo_sources(recording_id(path), path.as_uri(), RECORDING_S, 0),
            )
        )
    return Planner(settings).plan(calls).wanted[:channels]


if __name__ == "__main__":
    main()
