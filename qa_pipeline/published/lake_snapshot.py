"""A snapshot that is one version of the lake."""

from __future__ import annotations

import duckdb

from qa_pipeline.errors import UserError
from qa_pipeline.lake.faults import explain
from qa_pipeline.lake.place import LAKE, lake_to_read
from qa_pipeline.lake.reading import NoLake, OpenLake, has_newer_rows, leave, open_lake
from qa_pipeline.object_storage.faults import StorageError
from qa_pipeline.published.closed_functions import closed_functions, closed_name
from qa_pipeline.published.snapshot import NothingPublished, Snapshot, UnreadableSnapshot, one_line
from qa_pipeline.settings import Settings


class LakeSnapshot(Snapshot):
    """One version of the lake, pinned until it is closed."""

    def __init__(self, opened: OpenLake, time_zone: str) -> None:
        self._opened: OpenLake | None = opened
        self._of_extensions, self.place = opened.of_extensions, opened.place
        self.version = opened.version
        name = f"{opened.place.bucket} version {opened.version}"
        super().__init__(opened.database, time_zone, name=name, identity=f"{opened.place.bucket}@{opened.version}")

    def closed_name(self, sql: str) -> str | None:
        """As `Snapshot` has it: what the extensions for the lake bring along reaches catalog and network."""
        return closed_name(sql, closed_functions() | self._of_extensions, LAKE)

    def in_words(self, error: duckdb.Error) -> str:
        """As `Snapshot` has it; which part of the lake does not answer."""
        return str(explain(error, self.place)) if isinstance(error, duckdb.OperationalError) else one_line(error)

    def close(self) -> None:
        """Lets go of the version."""
        if self._opened is not None:
            leave(self._opened)
            self._opened = None


def open_lake_snapshot(settings: Settings, *, alone: bool = False) -> LakeSnapshot:
    """The newest version of the lake of these settings; `alone`: shared with nobody, and closed when it is left.

    Raises:
        NothingPublished: nothing was published into it yet.
        UnreadableSnapshot: catalog or store don't answer; the message says which, and what to do.
    """
    try:
        return LakeSnapshot(open_lake(lake_to_read(settings), alone=alone), settings.timezone)
    except NoLake:
        raise NothingPublished(
            f"nothing is published yet in {settings.lake}: `qa-pipeline run --from YYYY-MM-DD` publishes your calls"
        ) from None
    except (UserError, StorageError) as error:
        raise UnreadableSnapshot(str(error)) from error


def has_newer(settings: Settings, identity: str) -> bool:
    """Whether something was published since the version of that identity.

    Raises:
        UnreadableSnapshot: the catalog doesn't answer.
    """
    try:
        return has_newer_rows(lake_to_read(settings), int(identity.rpartition("@")[2]))
    except UserError as error:
        raise UnreadableSnapshot(str(error)) from error
