"""Whether evaluations are as they were written, and what follows from them made again."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from qa_pipeline.commands.progress_bar import counting
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.tombstones import read_tombstones
from qa_pipeline.reviews.backup import is_beginning, lost_draws
from qa_pipeline.reviews.backup_lines import read_header
from qa_pipeline.reviews.checking import check_all, make_again
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, out, print_faults
from qa_pipeline.wording.figures import count


def verify_command(backup: Path | None) -> int:
    """Names every row that is not as it was written; 1 where there is one.

    Raises:
        CommandError: the backup can't be read.
        BadBackup: it is none.
    """
    settings = load_settings()
    engine = open_operations(settings.operations_database_url)
    try:
        with counting("rows", _rows(engine)) as advance:
            checked = check_all(engine, advance)
        faults = [str(fault) for fault in checked.faults]
        if backup is not None:
            contents = read_header(backup)
            if not is_beginning(engine, contents):
                faults.append(f"{backup}: the log does not go on from this backup: rows up to {contents.rows:,} differ")
            if lost := lost_draws(engine, backup, read_tombstones(engine, settings.home)):
                faults.append(
                    f"{backup}: {count(lost, 'row')} of what sampling plans had drawn are not here, or are otherwise; "
                    "`qa-pipeline reviews restore` adds what is missing"
                )
    except OSError as error:
        raise CommandError(f"{error.filename or backup}: {error.strerror}", 1) from None
    finally:
        engine.dispose()
    print_faults(faults)
    if faults:
        return EXIT_WORK_REMAINS
    erased = f"; {count(checked.erased, 'row')} without what was erased, as later rows say" if checked.erased else ""
    out.print(f"✓ {count(checked.rows, 'row')} as they were written, up to {checked.head_hash}{erased}", markup=False)
    return EXIT_OK


def rebuild_command() -> int:
    """Makes again what follows from the log."""
    engine = open_operations(load_settings().operations_database_url)
    try:
        with counting("rows", _rows(engine)) as advance:
            rows = make_again(engine, advance)
    finally:
        engine.dispose()
    out.print(f"Made again from {count(rows, 'row')} of the log", markup=False)
    return EXIT_OK


def _rows(engine: Engine) -> int:
    return Reviews(engine).head()
