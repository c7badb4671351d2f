"""The options of `qa-pipeline doctor`."""

from __future__ import annotations

from typing import Annotated

import typer


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Write the findings as JSON.")] = False,
) -> None:
    """Check settings, key, service, folders, disk, ledger and snapshot, and say what to do about each."""
    from qa_pipeline.commands.doctor.command import doctor_command

    raise typer.Exit(doctor_command(as_json=as_json))
