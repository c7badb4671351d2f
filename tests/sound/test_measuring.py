"""Listening to many recordings: in order, in as many processes as there are cores, and nobody is left behind."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qa_pipeline.audio.acoustic_options import AcousticOptions
from qa_pipeline.audio.defects import Defect
from qa_pipeline.landing.call_sounds import call_sounds
from qa_pipeline.processes.existence import process_exists
from qa_pipeline.recordings.channels import stereo_sources
from qa_pipeline.recordings.identity import recording_id
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.settings import load_settings
from qa_pipeline.sound import measuring as listening
from qa_pipeline.sound.measuring import Measured, NotMeasured, greeting_channel, measure_recordings

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples" / "recordings" / "2025-09-01"
PATIENCE_S = 300


def call_of(path: Path, *, duration_s: float = 20.0, direction: str | None = None) -> UsableCall:
    identity = recording_id(path) if path.is_file() else "0" * 64
    return UsableCall(
        call_id=path.stem,
        recording_id=identity,
        call_date=dt.date(2025, 9, 1),
        duration_s=duration_s,
        agent_channel=0,
        language=None,
        source_uri=path.as_uri(),
        sources=stereo_sources(identity, path.as_uri(), duration_s, 0),
        direction=direction,
    )


def heard(calls: list[UsableCall]) -> list[Measured | NotMeasured]:
    return list(measure_recordings(calls, call_sounds(load_settings()), AcousticOptions()))


@pytest.fixture
def calls(tmp_path: Path) -> list[UsableCall]:
    """Dual mono, one that is text, one that is gone, a silent customer."""
    text = tmp_path / "text.wav"
    text.write_text("this is no sound", encoding="utf-8")
    paths = [SAMPLES / "c0190.wav", text, tmp_path / "gone.wav", SAMPLES / "c0191.wav"]
    return [call_of(path, duration_s=1.0 if "text" in path.name else 18.0) for path in paths]


@pytest.mark.parametrize("in_processes", [False, True])
def test_recordings_are_measured_in_order_and_a_bad_one_costs_nobody_else(
    in_processes: bool, calls: list[UsableCall], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "WORTH_PROCESSES_S", 0.0 if in_processes else 1e9)
    monkeypatch.setattr(listening, "usable_cores", lambda: 2)
    dual, text, gone, silent = heard(calls)
    assert isinstance(dual, Measured)
    assert isinstance(silent, Measured)
    assert dual.defects == ((Defect.DUAL_MONO,), (Defect.DUAL_MONO,))
    assert silent.defects == ((Defect.ONE_SIDED,), (Defect.SILENT,))
    assert isinstance(text, NotMeasured)
    assert (text.code, "text.wav is not audio" in text.sentence) == ("not_audio", True)
    assert isinstance(gone, NotMeasured)
    assert (gone.code, "gone.wav is gone; put it back" in gone.sentence) == (None, True)


def test_the_agent_is_to_greet_but_where_the_customer_was_called() -> None:
    path = SAMPLES / "c0190.wav"
    directions = (None, "inbound", "internal", "outbound")
    assert [greeting_channel(call_of(path, direction=direction)) for direction in directions] == [0, 0, 0, None]


START = """
import multiprocessing, sys, time
from concurrent.futures import ProcessPoolExecutor
from qa_pipeline.sound import measuring as listening
if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, mp_context=context, initializer=listening._become_worker)
    import os
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(600)
"""


@pytest.mark.process
def test_a_worker_does_not_outlive_the_run_that_started_it(tmp_path: Path) -> None:
    script = tmp_path / "start.py"
    script.write_text(START, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, str(script)], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        assert process_exists(worker)
        process.kill()
    waited_until = time.monotonic() + PATIENCE_S
    while runs(worker) and time.monotonic() < waited_until:
        time.sleep(0.05)
    assert not runs(worker)


def runs(pid: int) -> bool:
    """Whether a process runs; a zombie that waits to be collected does not."""
    status = Path(f"/proc/{pid}/stat")
    is_zombie = status.is_file() and status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    return process_exists(pid) and not is_zombie
