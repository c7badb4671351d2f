"""Recordings of calls that were erased are not sent anywhere again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from qa_pipeline.ledger.presence import has_begun
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.ledger.tombstones import read_tombstones
from qa_pipeline.recordings.identity import recording_id
from qa_pipeline.settings import Settings
from qa_pipeline.terminal import CommandError


def refuse_erased(settings: Settings, paths: Iterable[Path]) -> None:
    """Refuses recordings that have a tombstone; nothing where no call was ever taken in.

    Raises:
        CommandError: one has.
        TombstonesUnreadable: calls were erased, and this QA_HOME can't tell which.
    """
    if not has_begun(settings.operations_database_url):
        return
    engine = open_operations(settings.operations_database_url)
    try:
        erased = read_tombstones(engine, settings.home)
    finally:
        engine.dispose()
    for path in paths if erased else ():
        if erased.has_recording(recording_id(path)):
            raise CommandError(
                f"{path.name} is the recording of a call that was erased, and is not sent again; delete the file"
            )
