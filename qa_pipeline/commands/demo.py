"""`qa-pipeline demo`: the sample days, end to end and offline, with the code that runs against the paid service."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import time
from pathlib import Path

from qa_pipeline.commands.run import run_and_report
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.service.local_process import local_service
from qa_pipeline.settings import DEMO_FIRST_DAY, Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, CommandError, out

SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples" / "recordings"
DAYS = DayRange(DEMO_FIRST_DAY, dt.date(2025, 9, 3))
TRANSCRIPT_ENDING = ".transcript.json"


def demo_command() -> int:
    """Fills a landing zone of its own with the samples, runs every sample date, says what to do next."""
    if not SAMPLES.is_dir():
        raise CommandError(f"the sample recordings are not at {SAMPLES}; run this from a clone of the project")
    began = time.monotonic()
    settings = demo_settings()
    copied = fill_landing_zone(settings.demo_recordings)
    out.print(f"Landing   {copied} files copied to {settings.demo_recordings}", markup=False)
    with local_service(settings) as service:
        recognizer = service.recognizer if service else "none"
        if recognizer not in ("reference", "auto"):
            raise CommandError(
                f"the local service that runs for {settings.home} recognizes by {recognizer}, "
                "and the sample calls are answered from their reference transcripts: stop it, or name another QA_HOME"
            )
        code = run_and_report(settings, DAYS)
    out.print(f"Took      {time.monotonic() - began:.0f} s")
    if code == EXIT_OK:
        _print_next_steps()
    return code


def demo_settings() -> Settings:
    """The settings in force, made offline: own landing zone, local service whatever key is set.

    The demo must never spend money, so the service's own variables are taken out of this process's environment.
    """
    for name in ("DASHSCOPE_API_KEY", "DASHSCOPE_HTTP_BASE_URL"):
        os.environ.pop(name, None)
    settings = load_settings()
    if settings.start_date > DAYS.first:
        os.environ["QA_START_DATE"] = DAYS.first.isoformat()
    os.environ["QA_RECORDINGS"] = str(settings.demo_recordings)
    os.environ["QA_AUDIO_URLS"] = "upload"  # the samples need no bucket and no file server
    os.environ["QA_LOCAL_RECOGNIZER"] = "reference"
    os.environ["QA_LOCAL_REFERENCES"] = str(SAMPLES)  # whichever qa.toml is in force: paths in it are beside it
    os.environ.setdefault("QA_ON_TRUNCATED", "quarantine")  # nobody wrote down what is said in a half call
    os.environ["QA_TIMEZONE"] = "UTC"  # the samples' folders are named by it
    return load_settings()


def fill_landing_zone(folder: Path) -> int:
    """Copies the sample recordings and their metadata, without the transcripts; returns how many files were new."""
    copied = 0
    for source in sorted(SAMPLES.rglob("*")):
        target = folder / source.relative_to(SAMPLES)
        if source.is_dir() or source.name.endswith(TRANSCRIPT_ENDING) or _is_same(source, target):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        # As a phone system leaves them: finished long ago, so that nothing waits for them to settle.
        moment = dt.datetime.combine(DAYS.last, dt.time(23), dt.UTC).timestamp()
        os.utime(target, (moment, moment))
        copied += 1
    return copied


def _is_same(source: Path, target: Path) -> bool:
    return target.is_file() and source.read_bytes() == target.read_bytes()


def _print_next_steps() -> None:
    out.print(
        "\nNext:\n"
        "  make up                                                     dashboards, Dagster and the local service\n"
        '  .venv/bin/qa-pipeline sql "from calls limit 5"              your own SQL on the snapshot\n'
        "  .venv/bin/qa-pipeline sql --list                            questions that are ready to be asked\n"
        "  make whisper                                                then it hears calls of your own, offline,\n"
        "  .venv/bin/qa-pipeline models pull whisper                   in a hundred languages\n"
        "  README.md, «Your own recordings»                            ten lines to the first real day",
        markup=False,
    )
