"""A landing zone in a folder, listed by the product's own walk with nothing known of it before."""

from __future__ import annotations

import time
from pathlib import Path

from qa_pipeline.landing.folder_source import FolderSource
from qa_pipeline.landing.survey import survey
from qa_pipeline.recordings.landing_files import NOTHING_NAMED, LandingZone, NamedFiles


def scan(root: Path, *, named: NamedFiles = NOTHING_NAMED) -> LandingZone:
    """All of its folders. Raises `LandingZoneMissing`."""
    found = survey(FolderSource(root, named, None), {}, lambda _: True, time.time())
    folders = {folder: found.list(folder) for folder in sorted(found.stamps)}
    return found.source.zone(folders, (), found.unreadable)
