"""The paid stage against the local service, beside the official SDK on the same work."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.file_server import serve_folder
from benchmarks.measuring import Measured, neutral_environment, run_measured
from benchmarks.workload import Workload, write_recordings
from qa_pipeline.service.local_process import start_local_service

MAX_RATIO = 1.10
MAX_RSS_MIB = 300
CHILD_TASK_TIMEOUT_S = 300
"""A measured pipeline whose service is gone (this program was killed) gives up after this time."""

NAME_WIDTH, COLUMN_WIDTH = 42, 10
COLUMNS = ("channels", "wall s", "÷ ideal", "earliest", "÷ earliest", "p50 s", "p95 s", "RSS MiB", "at start", "CPU s")


@dataclass(frozen=True, slots=True)
class StageOptions:
    """What to run: the pipeline for each way of the audio and each burst of submits, and the size of the SDK trials."""

    audio: tuple[str, ...]
    submit_bursts: tuple[int, ...]
    repeats: int
    sdk_pool_channels: int
    sdk_pool_threads: int
    sdk_loop_channels: int


def transcription_stage(workload: Workload, options: StageOptions, say: Callable[[str], None]) -> bool:
    """Runs and prints; False when a channel was left without its result, which makes the figures worthless."""
    for line in _introduction(workload):
        say(line)
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as scratch:
        recordings = Path(scratch) / "recordings"
        recordings.mkdir()
        write_recordings(recordings, workload.recordings)
        with serve_folder(recordings) as files_url:
            bench = _Bench(workload, Path(scratch), files_url, say)
            for audio in options.audio:
                for burst in options.submit_bursts:
                    for _ in range(options.repeats):
                        bench.pipeline(audio, burst)
            bench.sdk(options.sdk_pool_channels, options.sdk_pool_threads)
            bench.sdk(options.sdk_loop_channels, 1)
    targets = {"÷ ideal": f"≤ {MAX_RATIO:.2f}", "RSS MiB": f"< {MAX_RSS_MIB}"}
    say(_row("target for the pipeline", targets))
    return bench.complete


def _introduction(workload: Workload) -> list[str]:
    low, high = workload.task_s
    longest_s = max(workload.task_times_s())
    return [
        f"Transcription stage: {workload.channels:,} channels, one task each; tasks take {low:g}-{high:g} s at the "
        "local service;",
        f"limits raised to {workload.submits_per_minute:,} submits a minute and {workload.queries_per_second:,} "
        f"queries a second; {os.cpu_count()} processor cores for all.",
        f"ideal {workload.ideal_s():.2f} s: the larger of submits ÷ rate ({workload.submits_s:.2f} s) and longest task "
        f"({longest_s:.2f} s). It leaves out that the last task begins",
        "when the last submit leaves; earliest does not: the last task's end if each submit leaves when the pace lets "
        "it and nothing else takes time.",
        "p50, p95: of a channel, from its submit to its result on the disk. RSS: peak of the measured process.",
        "",
        _row("", {column: column for column in COLUMNS}),
    ]


class _Bench:
    """The trials of one workload; each meets a service of its own, started for it."""

    def __init__(self, workload: Workload, scratch: Path, files_url: str, say: Callable[[str], None]) -> None:
        self._workload = workload
        self._scratch = scratch
        self._files_url = files_url
        self._say = say
        self.complete = True

    def pipeline(self, audio: str, burst: int) -> None:
        """One run from an empty ledger; `burst` submits may leave at once, 1 spreads them as the paid service asks."""
        home = Path(tempfile.mkdtemp(dir=self._scratch))
        with start_local_service(self._workload.service()) as service:
            environment = self._environment(home, service.base_url, audio, burst)
            arguments = [str(self._scratch / "recordings"), str(self._workload.channels)]
            found = run_measured("benchmarks.pipeline_run", arguments, environment)
        way = "uploads" if audio == "upload" else "http"
        pace = "submits spread" if burst == 1 else f"burst of {burst:,}"
        self._show(f"pipeline, audio by {way}, {pace}", found, self._workload.earliest_end_s(burst))

    def sdk(self, channels: int, threads: int) -> None:
        """The SDK on the first `channels`; its time for all of them is in proportion."""
        with start_local_service(self._workload.service()) as service:
            arguments = [service.base_url, self._files_url, str(min(channels, self._workload.channels)), str(threads)]
            found = run_measured("benchmarks.sdk_run", arguments, neutral_environment())
        how = f"{threads} threads" if threads > 1 else "plain loop"
        self._show(f"official SDK, audio by http, {how}", found, None)

    def _show(self, name: str, found: Measured, earliest_s: float | None) -> None:
        wanted = self._workload.channels
        wall_s = found.wall_s * wanted / found.channels
        cells = {
            "channels": f"{found.channels:,}",
            "wall s": f"{wall_s:,.2f}",
            "÷ ideal": f"{wall_s / self._workload.ideal_s():.2f}",
            "p50 s": f"{found.channel_p50_s:.2f}",
            "p95 s": f"{found.channel_p95_s:.2f}",
            "RSS MiB": f"{found.rss_mib:.0f}",
            "at start": f"{found.rss_before_mib:.0f}",
            "CPU s": f"{found.cpu_s:.1f}",
        }
        if earliest_s is not None:
            cells |= {"earliest": f"{earliest_s:.2f}", "÷ earliest": f"{wall_s / earliest_s:.2f}"}
        self._say(_row(name, cells))
        if found.channels < wanted:
            self._say(f"  wall extrapolated to {wanted:,} channels from {found.wall_s:.2f} s for {found.channels:,}")
        if found.answered < found.channels:
            self.complete = False
            self._say(f"  INVALID: only {found.answered:,} got their result ({found.trouble or 'see the log above'})")

    def _environment(self, home: Path, base_url: str, audio: str, burst: int) -> dict[str, str]:
        config = home / "qa.toml"
        config.touch()
        return neutral_environment() | {
            "QA_CONFIG": str(config),
            "QA_HOME": str(home),
            "QA_RECORDINGS": str(self._scratch / "recordings"),
            "QA_AUDIO_URLS": audio,
            "QA_AUDIO_BASE_URL": self._files_url,
            "QA_REQUESTS_PER_MINUTE": str(self._workload.submits_per_minute),
            "QA_SUBMIT_BURST": str(burst),
            "QA_QUERIES_PER_SECOND": str(self._workload.queries_per_second),
            "QA_TASK_TIMEOUT_S": str(CHILD_TASK_TIMEOUT_S),
            "DASHSCOPE_HTTP_BASE_URL": base_url,
        }


def _row(name: str, cells: dict[str, str]) -> str:
    """One line of the table; a column without a cell stays empty."""
    return f"{name:<{NAME_WIDTH}}" + "".join(
        f"{cells.get(column, ''):>{max(len(column) + 2, COLUMN_WIDTH)}}" for column in COLUMNS
    )
