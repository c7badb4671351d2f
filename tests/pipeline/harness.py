"""Runs the product's commands against a real local service, in the process of the tests or in one of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import httpx

from tests.pipeline.in_process import run_command
from tests.serving import ROOT, SAMPLES

GOLDEN_DAY = "2025-09-01"
LONG_AGO = 1_757_000_000  # 2025-09-04: nothing waits for a recording to settle

COMPARED = {
    "calls": "call_id, recording_id, call_date, agent_id, status, status_reason, duration_s, codec, agent_channel",
    "acoustics": "call_id, channel_id, role, action, defects, speech_s, segments, channel_sha256, definition_version",
    "transcripts": "call_id, channel_id, role, text, language, emotion, sentence_count, speech_s, model, engine",
    "sentences": "call_id, channel_id, sentence_id, role, begin_ms, end_ms, text, language, emotion",
    "languages": "call_id, channel_id, language, sentence_count, speech_s, share",
    "emotions": "call_id, channel_id, emotion, sentence_count, speech_s, share",
    "turns": "*",
    "call_metrics": "* exclude (loaded_at)",
}
"""What must be the same however often a run was disturbed: everything but times of loading and ids of tasks."""

Charges = dict[tuple[str, int, str], tuple[float, int]]
"""Audio (sha256), channel and model → seconds billed and how often."""


@dataclass
class Pipeline:
    """One QA_HOME with its landing zone.

    `billed_before` is what the service had billed to others; `usage` leaves it out. With `in_process` False every
    command gets a process of its own, as a user's does.
    """

    home: Path
    landing: Path
    base_url: str
    settings: dict[str, str] = field(default_factory=dict)
    billed_before: Charges = field(default_factory=dict)
    in_process: bool = True

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the command: nothing of the developer's own settings leaks in."""
        clean = {
            key: value for key, value in os.environ.items() if not key.startswith(("QA_", "DASHSCOPE_", "DAGSTER"))
        }
        own = {
            "QA_HOME": str(self.home),
            "QA_RECORDINGS": str(self.landing),
            "QA_RECONCILE_GRACE_S": "1",
            "DASHSCOPE_HTTP_BASE_URL": self.base_url,
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "200",
        }
        return clean | own | self.settings

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts `qa-pipeline ARGUMENTS` in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "qa_pipeline", *arguments],
            cwd=ROOT,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs `qa-pipeline ARGUMENTS` to its end."""
        if self.in_process:
            return subprocess.CompletedProcess(arguments, *run_command(arguments, self.environment, ROOT))
        process = self.start(*arguments)
        out, err = process.communicate()
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def run(self, first: str, last: str | None = None) -> subprocess.CompletedProcess[str]:
        """`qa-pipeline run`, which must succeed."""
        done = self.command("run", "--from", first, "--to", last or first)
        assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def land(self, source: Path, relative: str) -> Path:
        """Puts a recording into the landing zone as a phone system would have, some days ago."""
        target = self.landing / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        os.utime(target, (LONG_AGO, LONG_AGO))
        return target

    def land_sample_day(self, day: str, most: int | None = None) -> None:
        """Lands one sample day with its metadata and without its transcripts; of its calls only the first `most`."""
        files = [file for file in sorted((SAMPLES / day).iterdir()) if not file.name.endswith(".transcript.json")]
        calls = sorted({file.stem for file in files if file.suffix not in (".json", ".csv")})[:most]
        for source in files:
            if source.stem in calls or source.suffix == ".csv":
                self.land(source, f"{day}/{source.name}")

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of the published snapshot."""
        with duckdb.connect(str((self.home / "qa.duckdb").resolve()), read_only=True) as connection:
            return connection.execute(sql, list(parameters)).fetchall()

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything a user could notice, in a fixed order."""
        with duckdb.connect(str((self.home / "qa.duckdb").resolve()), read_only=True) as connection:
            return {
                table: connection.execute(f"select {columns} from {table} order by all").fetchall()
                for table, columns in COMPARED.items()
            }

    def usage(self) -> Usage:
        """What the service billed since this pipeline began, by its own count."""
        return Usage(without(charges(self.base_url), self.billed_before))


@dataclass(frozen=True)
class Golden:
    """A QA_HOME after one run of `GOLDEN_DAY`, with its landing zone, and what the run was billed. Only to be read."""

    pipeline: Pipeline
    charges: Charges


@dataclass(frozen=True)
class Usage:
    """A service's own count of what it billed."""

    charges: Charges

    @property
    def seconds(self) -> float:
        return sum(seconds for seconds, _ in self.charges.values())

    @property
    def times(self) -> set[int]:
        """How often each channel was billed: {1} where none was billed twice."""
        return {count for _, count in self.charges.values()}


def charges(base_url: str) -> Charges:
    """All that the service ever billed."""
    reply = httpx.get(base_url.replace("/api/v1", "/_local/usage"), trust_env=False)
    return {
        (row["audio_sha256"], row["channel_id"], row["model"]): (float(row["billed_s"]), int(row["count"]))
        for row in reply.raise_for_status().json()["by_channel"]
    }


def without(found: Charges, others: Mapping[tuple[str, int, str], tuple[float, int]]) -> Charges:
    """What is left of the charges when those of others are taken away."""
    left = {}
    for key, (seconds, count) in found.items():
        seconds_before, count_before = others.get(key, (0.0, 0))
        if count > count_before:
            left[key] = (seconds - seconds_before, count - count_before)
    return left
