"""Runs the product as a user does: the command in a process of its own, against a real local service."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import httpx

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples" / "recordings"
REAL_RECORDINGS = ROOT.parent / "shared" / "audio" / "calls"
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


@dataclass
class Pipeline:
    """One QA_HOME with its landing zone."""

    home: Path
    landing: Path
    base_url: str
    settings: dict[str, str] = field(default_factory=dict)

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

    def command(self, *arguments: str, timeout_s: float = 180) -> subprocess.CompletedProcess[str]:
        """Runs `qa-pipeline ARGUMENTS` to its end."""
        process = self.start(*arguments)
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise AssertionError(f"{arguments} did not end in {timeout_s} s:\n{out}\n{err}") from None
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

    def land_sample_day(self, day: str) -> None:
        """Lands one sample day with its metadata and without its transcripts."""
        for source in sorted((SAMPLES / day).iterdir()):
            if not source.name.endswith(".transcript.json"):
                self.land(source, f"{day}/{source.name}")

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of the published snapshot."""
        with duckdb.connect(str((self.home / "qa.duckdb").resolve()), read_only=True) as connection:
            return connection.execute(sql, list(parameters)).fetchall()

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything a user could notice, in a fixed order."""
        return {table: self.query(f"select {columns} from {table} order by all") for table, columns in COMPARED.items()}


def usage(base_url: str) -> dict[str, Any]:
    """The service's own count of what it billed."""
    return dict(httpx.get(base_url.replace("/api/v1", "/_local/usage"), trust_env=False).raise_for_status().json())
