"""SQLite files without what was deleted from them: pages that nothing uses any more keep their bytes until they are
written over, and the log keeps what was written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from qa_pipeline.erasing.history_columns import is_told
from qa_pipeline.erasing.needles import Needles
from qa_pipeline.errors import UserError

LOCK_WAIT_S = 60.0


class FileInUse(UserError):
    """Another program has a SQLite file to itself; the message says which file and what to do."""


def compact(path: Path) -> None:
    """Writes a database anew without what was deleted, and empties its log.

    Raises:
        FileInUse: another program has it open for writing for longer than a minute.
    """
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path, timeout=LOCK_WAIT_S, isolation_level=None)) as connection:
            connection.execute("pragma secure_delete = on")
            connection.execute("vacuum")
            (is_busy, _, _) = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    except sqlite3.OperationalError as error:
        raise _in_use(path, error) from error
    if is_busy:
        raise FileInUse(f"another program is reading {path}, so its log can't be emptied; stop it and run this again")


def scrub(path: Path, needles: Needles) -> int:
    """Takes what is looked for out of every text of a history that tells something; returns how many cells changed.

    Raises:
        FileInUse: as `compact`.
    """
    try:
        with closing(sqlite3.connect(path, timeout=LOCK_WAIT_S, isolation_level=None)) as connection:
            connection.execute("pragma secure_delete = on")
            connection.execute("begin immediate")
            changed = sum(_scrub_table(connection, table, needles) for table in _tables(connection))
            connection.execute("commit")
    except sqlite3.OperationalError as error:
        raise _in_use(path, error) from error
    return changed


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
    return [name for (name,) in rows.fetchall()]


def _scrub_table(connection: sqlite3.Connection, table: str, needles: Needles) -> int:
    columns = [name for _, name, *_ in connection.execute(f'pragma table_info("{table}")').fetchall()]
    told = [place for place, name in enumerate(columns) if is_told(name)]
    rows = connection.execute(f'select rowid, * from "{table}"').fetchall()
    if not needles.in_texts(cells[place] for _, *cells in rows for place in told if isinstance(cells[place], str)):
        return 0
    count = 0
    for rowid, *cells in rows:
        changed = {
            name: needles.without(cell)
            for name, cell in zip(columns, cells, strict=True)
            if isinstance(cell, str) and is_told(name) and needles.in_text(cell)
        }
        for name, cell in changed.items():
            connection.execute(f'update "{table}" set "{name}" = ? where rowid = ?', (cell, rowid))
        count += len(changed)
    return count


def _in_use(path: Path, error: sqlite3.OperationalError) -> FileInUse:
    return FileInUse(f"{path} is in use by another program ({error}); stop it and run this again")
