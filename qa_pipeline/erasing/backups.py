"""Backups of evaluations that are known: an erasure is not done while one of them holds a call, or can't be looked
at."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, delete, select

from qa_pipeline.erasing.needles import Needles
from qa_pipeline.erasing.opening import reader_of
from qa_pipeline.erasing.proof import UNREADABLE
from qa_pipeline.errors import UserError
from qa_pipeline.ledger.erasure_tables import review_backups
from qa_pipeline.ledger.writing import put_rows


class BackupThere(UserError):
    """A backup that is to be forgotten is not known, or there still."""


@dataclass(slots=True)
class Backups:
    """What became of the known backups: those `holding` something, and those `unseen`, each with the reason."""

    holding: list[str] = field(default_factory=list)
    unseen: dict[str, str] = field(default_factory=dict)


def note_backup(engine: Engine, path: Path, rows: int, head_hash: str) -> None:
    """Remembers a backup that was written."""
    row = {"path": str(path.absolute()), "made_at": time.time(), "rows": rows, "head_hash": head_hash}
    with engine.begin() as connection:
        put_rows(connection, review_backups, [row])


def look_into_backups(engine: Engine, needles: Needles) -> Backups:
    """Searches the known backups. One that is gone from a folder that is there is forgotten; where the folder is
    missing or empty its disk may not be mounted, and somebody has to say that it is gone (`forget_backups`)."""
    found = Backups()
    for each in _known(engine):
        path = Path(each)
        try:
            if path.is_file():
                found.holding += [each] if _holds(path, needles) else []
            elif path.parent.is_dir() and any(path.parent.iterdir()):
                _forget(engine, [each])
            else:
                found.unseen[each] = "its folder is missing or empty: is its disk mounted?"
        except UNREADABLE as error:
            found.unseen[each] = getattr(error, "strerror", None) or type(error).__name__
    return found


def forget_backups(engine: Engine, paths: Iterable[Path]) -> None:
    """Forgets backups of which somebody says that they are gone for good.

    Raises:
        BackupThere: there is a file, or no such backup is known.
    """
    known = set(_known(engine))
    wanted = [str(path.absolute()) for path in paths]
    for each in wanted:
        if each not in known:
            raise BackupThere(f"{each}: no backup of this name is known; an erasure names those that are in its way")
        if Path(each).exists():
            raise BackupThere(f"{each} is there: delete it, and run this again")
    _forget(engine, wanted)


def _known(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(review_backups.c.path).order_by(review_backups.c.path)).scalars())


def _forget(engine: Engine, paths: Iterable[str]) -> None:
    with engine.begin() as connection:
        for path in paths:
            connection.execute(delete(review_backups).where(review_backups.c.path == path))


def _holds(path: Path, needles: Needles) -> bool:
    _, read = reader_of(path)
    with tempfile.TemporaryDirectory(prefix="qa-proof-") as scratch:
        contents = read(path, Path(scratch))
        return any(needles.in_text(each) if isinstance(each, str) else needles.in_bytes(each) for each in contents)
