"""The files of days on this machine."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from contextlib import suppress
from pathlib import Path

from qa_pipeline.warehouse.database import exclusive_lock
from qa_pipeline.warehouse.held import WarehouseBusy
from qa_pipeline.warehouse.parts import LAKE_STAGING

HERE_KEPT = dt.timedelta(days=7)
"""How long a machine keeps its own file of a day that it does not work at."""


def forget_old_files(folder: Path) -> None:
    """Removes this machine's files of days that it has not worked at for long."""
    before = time.time() - HERE_KEPT.total_seconds()
    for file in folder.glob("*.duckdb"):
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < before:
                _remove(file)


def forget_files_of_days_before(folder: Path, before: dt.date) -> None:
    """Removes this machine's files with days before that one, but those that a program is at."""
    for file in folder.glob("*.duckdb"):
        if file.name < before.isoformat():
            _remove(file)


def _remove(file: Path) -> None:
    with suppress(FileNotFoundError, WarehouseBusy), exclusive_lock(lock := file.with_suffix(".lock"), 0):
        file.unlink()
        Path(f"{file}.wal").unlink(missing_ok=True)
        shutil.rmtree(file.with_suffix(LAKE_STAGING), ignore_errors=True)
        lock.unlink()
