"""Evaluations to a file, and from one."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.commands.progress_bar import counting
from qa_pipeline.erasing.backups import note_backup
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.tombstones import read_tombstones
from qa_pipeline.reviews.backup import restore, write_backup
from qa_pipeline.reviews.backup_lines import read_header
from qa_pipeline.reviews.store import open_reviews
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, CommandError, out
from qa_pipeline.wording.figures import count


def backup_command(path: Path) -> int:
    """Writes the backup and says what is in it.

    Raises:
        CommandError: the file can't be written.
        ReviewError: see `reviews.backup.write_backup`.
    """
    url = load_settings().operations_database_url
    reviews = open_reviews(url)
    total = reviews.head()
    reviews.close()
    engine = open_operations(url)
    try:
        with counting("rows", total) as advance:
            contents = write_backup(engine, path, advance)
        note_backup(engine, path, contents.rows, contents.head_hash)
    except OSError as error:
        raise CommandError(f"{error.filename or path}: {error.strerror}", 1) from None
    finally:
        engine.dispose()
    cards = count(len(contents.cards), "card")
    out.print(f"{path}: {count(contents.rows, 'row')} of the log, {cards}, up to {contents.head_hash}", markup=False)
    return EXIT_OK


def restore_command(path: Path, *, is_trial: bool) -> int:
    """Restores the backup and says what was added.

    Raises:
        CommandError: the file can't be read.
        ReviewError: see `reviews.backup.restore`.
    """
    try:
        total = read_header(path).rows
        settings = load_settings()
        engine = open_operations(settings.operations_database_url)
        try:
            with counting("rows read", 2 * total) as advance:
                erased = read_tombstones(engine, settings.home)
                restored = restore(engine, path, advance, is_trial=is_trial, erased=erased)
        finally:
            engine.dispose()
    except OSError as error:
        raise CommandError(f"{error.filename or path}: {error.strerror}", 1) from None
    would = "would be added" if is_trial else "added"
    out.print(f"{count(restored.added, 'row')} {would}; {restored.known:,} were here already", markup=False)
    if restored.drawn:
        out.print(f"{count(restored.drawn, 'row')} of what sampling plans have drawn {would} too", markup=False)
    if restored.ahead:
        out.print(f"{count(restored.ahead, 'row')} here came after this backup, and stay", markup=False)
    return EXIT_OK
