"""Backups of evaluations that are known: an erasure is not done while one of them holds a call."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from sqlalchemy import Engine, delete, select

from qa_pipeline.erasing.needles import Needles
from qa_pipeline.erasing.opening import reader_of
from qa_pipeline.ledger.erasure_tables import review_backups
from qa_pipeline.ledger.writing import put_rows


def note_backup(engine: Engine, path: Path, rows: int, head_hash: str) -> None:
    """Remembers a backup that was written."""
    row = {"path": str(path.absolute()), "made_at": time.time(), "rows": rows, "head_hash": head_hash}
    with engine.begin() as connection:
        put_rows(connection, review_backups, [row])


def holding_backups(engine: Engine, needles: Needles) -> list[str]:
    """The known backups in which something is found; those that are gone are forgotten."""
    with engine.connect() as connection:
        known = list(connection.execute(select(review_backups.c.path).order_by(review_backups.c.path)).scalars())
    gone = [path for path in known if not Path(path).is_file()]
    with engine.begin() as connection:
        connection.execute(delete(review_backups).where(review_backups.c.path.in_(gone)))
    return [path for path in known if path not in gone and _holds(Path(path), needles)]


def _holds(path: Path, needles: Needles) -> bool:
    _, read = reader_of(path)
    with tempfile.TemporaryDirectory(prefix="qa-proof-") as scratch:
        contents = read(path, Path(scratch))
        return any(needles.in_text(each) if isinstance(each, str) else needles.in_bytes(each) for each in contents)
