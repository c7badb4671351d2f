"""Opens what is published, wherever the settings have it: a snapshot below QA_HOME, or the lake of several machines."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.published.snapshot import Snapshot, UnreadableSnapshot, open_newest
from qa_pipeline.settings import Settings


def open_published(settings: Settings, *, alone: bool = False) -> Snapshot:
    """The newest of what is published; times are shown in the settings' time zone.

    `alone`: a version of a lake is not shared with others of this program, so that its configuration can be locked.

    Raises:
        NothingPublished: there is nothing yet.
        UnreadableSnapshot: it cannot be opened; the message says which part of it, and what to do.
    """
    if not settings.uses_lake:
        return open_newest(settings.snapshot_path, settings.timezone)
    from qa_pipeline.published.lake_snapshot import open_lake_snapshot  # what it needs is an extra

    return open_lake_snapshot(settings, alone=alone)


def is_superseded(settings: Settings, identity: str) -> bool:
    """Whether something newer is published than what is known by that identity."""
    if not settings.uses_lake:
        newest = settings.snapshot_path.resolve()
        return newest != Path(identity) and newest.exists()
    from qa_pipeline.published.lake_snapshot import has_newer

    try:
        return has_newer(settings, identity)
    except UnreadableSnapshot:
        return False  # what is shown stays readable; whoever opens the page again is told


def published_identity(settings: Settings) -> str:
    """The identity of what `open_published` would open now.

    Raises:
        NothingPublished, UnreadableSnapshot: as of `open_published`.
    """
    if not settings.uses_lake:
        return str(settings.snapshot_path.resolve())
    with open_published(settings) as snapshot:
        return snapshot.identity


def published_place(settings: Settings) -> str:
    """Where it is, for people."""
    return str(settings.lake or settings.snapshot_path)
