"""`qa-pipeline doctor`: is everything in place? One line a check, with the way out where it is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

import typer

from qa_pipeline.commands.doctor.alerts import alerts
from qa_pipeline.commands.doctor.dashboards import dashboards
from qa_pipeline.commands.doctor.erasing import erasures
from qa_pipeline.commands.doctor.findings import Check, Finding, Level
from qa_pipeline.commands.doctor.landing import audio_bucket, landing_zone, people, sampling
from qa_pipeline.commands.doctor.ledger import ledger
from qa_pipeline.commands.doctor.looks import looks
from qa_pipeline.commands.doctor.machine import folders, ports, settings_in_force, versions
from qa_pipeline.commands.doctor.redaction import redaction
from qa_pipeline.commands.doctor.reviews import reviews
from qa_pipeline.commands.doctor.scale import broker, lake, workers
from qa_pipeline.commands.doctor.servers import lake_bucket, postgresql, raw_bucket
from qa_pipeline.commands.doctor.snapshot import snapshot
from qa_pipeline.commands.doctor.speech_service import key, recognizer, service, voices
from qa_pipeline.commands.without_pandas import without_pandas
from qa_pipeline.errors import UserError
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, out


@without_pandas()
def doctor_command(*, as_json: bool) -> int:
    """Runs all checks; 1 when one of them fails."""
    settings = load_settings()
    findings = [finding for check in CHECKS for finding in _run(check, settings)]
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            _print(finding)
    return EXIT_WORK_REMAINS if any(finding.level is Level.FAIL for finding in findings) else EXIT_OK


def _run(check: Check, settings: Settings) -> Iterator[Finding]:
    """A check that meets a file, folder or ledger it cannot use has found something; the others go on."""
    try:
        yield from check(settings)
    except OSError as error:
        yield Finding(check.__name__.replace("_", " "), Level.FAIL, f"{error.filename}: {error.strerror}")
    except UserError as error:
        yield Finding(check.__name__.replace("_", " "), Level.FAIL, str(error))


def _print(finding: Finding) -> None:
    mark = {Level.OK: "[green]ok  [/green]", Level.WARN: "[yellow]warn[/yellow]", Level.FAIL: "[red]FAIL[/red]"}
    out.print(f"{mark[finding.level]} [bold]{finding.name:<14}[/bold]", end="")
    out.print(finding.detail + (f" → {finding.fix}" if finding.fix else ""), markup=False)


CHECKS: tuple[Check, ...] = (
    versions,
    settings_in_force,
    key,
    service,
    recognizer,
    folders,
    landing_zone,
    people,
    sampling,
    audio_bucket,
    voices,
    postgresql,
    raw_bucket,
    lake_bucket,
    lake,
    broker,
    workers,
    ledger,
    reviews,
    erasures,
    looks,
    alerts,
    snapshot,
    redaction,
    dashboards,
    ports,
)
