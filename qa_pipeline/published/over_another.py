"""Snapshots that show another one with something left out of it, or laid over it."""

from __future__ import annotations

import duckdb

from qa_pipeline.published.snapshot import Snapshot


class SnapshotOverAnother(Snapshot):
    """Answers as the whole snapshot does, by another identity; what its cursors show is up to the class. Closing it
    closes that one."""

    def __init__(self, whole: Snapshot, identity: str) -> None:
        super().__init__(whole.database, whole.time_zone, name=whole.name, identity=identity, held_by=whole.held_by)
        self.published_identity = whole.published_identity
        self._whole = whole

    def closed_name(self, sql: str) -> str | None:
        """As the whole snapshot has it."""
        return self._whole.closed_name(sql)

    def in_words(self, error: duckdb.Error) -> str:
        """As the whole snapshot has it."""
        return self._whole.in_words(error)

    def close(self) -> None:
        """Closes the whole snapshot."""
        self._whole.close()
