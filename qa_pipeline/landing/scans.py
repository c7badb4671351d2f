"""A landing zone is a folder or a bucket: which one it is, and what changes with what lies there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from qa_pipeline.landing.bucket_source import BucketSource
from qa_pipeline.landing.cache import LandingCache
from qa_pipeline.landing.folder_source import FolderSource
from qa_pipeline.landing.recording_files import landing_copies
from qa_pipeline.recordings.landing_files import NamedFiles
from qa_pipeline.recordings.layouts import is_companion
from qa_pipeline.recordings.list_rules import CallListRule
from qa_pipeline.recordings.zone_entries import Entry, is_folder, status_of
from qa_pipeline.settings import Settings

ZoneSource: TypeAlias = FolderSource | BucketSource


def scanner_of(settings: Settings) -> Callable[[LandingCache | None], ZoneSource]:
    """How to look at the landing zone that the settings name, with what is remembered of it; looks at nothing yet."""
    rules = settings.list_rules

    def rule_of(relative_path: str) -> CallListRule | None:
        return next((rule for rule in rules if rule.matches(relative_path)), None)

    named = NamedFiles(
        is_list=lambda path: rule_of(path) is not None,
        is_everywhere=lambda path: (rule := rule_of(path)) is not None and rule.everywhere,
        is_companion=partial(is_companion, settings.landing_layout),
    )
    copies = landing_copies(settings)

    def source(cache: LandingCache | None) -> ZoneSource:
        seen = replace(named, is_erased=cache.erased.has_file) if cache is not None and cache.erased else named
        if copies is not None:
            return BucketSource(copies, seen, cache)
        assert settings.landing_folder is not None, "a zone that is not a bucket is a folder"
        return FolderSource(settings.landing_folder, seen, cache)

    return source


def content_of(entries: Iterable[Entry]) -> tuple[str, int, int]:
    """What changes with every file of a folder, the newest time of change (ns), and the number of files.

    Of a file on a disk that is its name, size and both times of change: what is written in place, replaced or made
    readable is another content.
    """
    parts, newest_ns = [], 0
    for entry in sorted(entries, key=lambda each: each.name):
        status = None if is_folder(entry) else status_of(entry)
        if status is None:
            parts.append(entry.name)
            continue
        moved_ns = getattr(status, "st_ctime_ns", 0)
        parts.append(f"{entry.name}/{status.st_size}/{status.st_mtime_ns}/{moved_ns}")
        newest_ns = max(newest_ns, status.st_mtime_ns)
    return hashlib.sha256(os.fsencode("\n".join(parts))).hexdigest()[:24], newest_ns, len(parts)


def state_of(entry: Entry) -> str:
    """Size and time of change of a file; "gone" of one that is not there."""
    status = status_of(entry)
    return "gone" if status is None else f"{status.st_size}\t{status.st_mtime_ns}"
