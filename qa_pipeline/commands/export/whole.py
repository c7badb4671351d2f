"""`qa-pipeline export --format duckdb`: the whole snapshot as one database file, to be sent away."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.commands.export.command import Choice, refuse_overwriting
from qa_pipeline.commands.progress_bar import counting
from qa_pipeline.commands.taking import note_taken
from qa_pipeline.looks.taken import InIt
from qa_pipeline.published.newest import open_published
from qa_pipeline.published.output import complete_or_absent, refuse_the_database
from qa_pipeline.published.whole_file import count_rows, write_whole
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, CommandError, err

WHOLE_FILE = "duckdb"


def export_whole_command(choice: Choice, *, output: Path, force: bool) -> int:
    """Writes the newest snapshot with all its rows to the file `output`; returns the exit code.

    Raises:
        CommandError: wrong use, a file that would be overwritten or that cannot be written, or no snapshot.
        WarehouseUnusable: a part of the snapshot is gone or damaged.
        LakeUnusable: the lake's catalog or store does not answer.
    """
    if choice.calls or choice.days or choice.query:
        raise CommandError("--format duckdb writes the whole snapshot; leave out --call, --from, --to and --query")
    settings = load_settings()
    refuse_the_database(output, settings)
    if not force:
        refuse_overwriting([output])
    with (
        open_published(settings) as snapshot,
        complete_or_absent(output) as path,
        counting("rows", count_rows(snapshot)) as advance,
    ):
        write_whole(snapshot, path, advance)
        note_taken(settings, "database", output, InIt(count_rows(snapshot), calls=None))
    err.print(f"wrote the whole snapshot to {output}", markup=False)
    return EXIT_OK
