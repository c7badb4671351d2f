"""Finds people.csv and reads it: where the setting `people` says, in QA_HOME, or at the top of the landing zone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.object_storage.faults import ObjectMissing, StorageError
from qa_pipeline.recordings.list_tables import MAX_BYTES
from qa_pipeline.recordings.people import PEOPLE_NAMES, BadPeople, People, read_people
from qa_pipeline.recordings.sidecars import BadMetadataFile, read_bytes
from qa_pipeline.settings import Settings


def landed_people(settings: Settings) -> People | None:
    """Who the agents are; None where nobody has written a list.

    Raises:
        BadPeople: the list has a fault, or the setting names none; its sentences say where and what to do.
    """
    try:
        found = _of_setting(settings) or _in_folders(settings) or _in_bucket(settings)
        if found is None:
            return None
        content, label = found
        formats = settings.time_format
        return read_people(content, label, settings.tz, encoding=settings.call_list_encoding, formats=formats)
    except BadMetadataFile as error:
        raise BadPeople([str(error)]) from error
    except StorageError as error:
        raise BadPeople([f"{error}."]) from error


def _of_setting(settings: Settings) -> tuple[bytes, str] | None:
    if settings.people is None:
        return None
    path = settings.resolve(settings.people)
    if not path.is_file():
        raise BadPeople([f"{path} is not a file; correct the setting people, or take it away."])
    return read_bytes(path, str(path), max_bytes=MAX_BYTES), path.name


def _in_folders(settings: Settings) -> tuple[bytes, str] | None:
    folders = [settings.home, *([settings.landing_folder] if settings.landing_folder else [])]
    for folder in folders:
        if path := next(_named(folder, PEOPLE_NAMES), None):
            return read_bytes(path, path.name, max_bytes=MAX_BYTES), path.name
    return None


def _named(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """Files of a folder with one of these names, in any case, in their order."""
    try:
        entries = {path.name.casefold(): path for path in sorted(folder.iterdir(), reverse=True) if path.is_file()}
    except OSError:
        return  # what can't be listed is named by the walk of the landing zone
    yield from (entries[name] for name in names if name in entries)


def _in_bucket(settings: Settings) -> tuple[bytes, str] | None:
    if settings.landing_bucket is None:
        return None
    bucket = Bucket(settings.landing_bucket, settings.bucket_endpoint)
    for name in PEOPLE_NAMES:
        with tempfile.TemporaryDirectory(prefix="qa-people-") as folder:
            copy = Path(folder, name)
            try:
                bucket.download(name, copy)
            except ObjectMissing:
                continue
            return read_bytes(copy, name, max_bytes=MAX_BYTES), name
    return None
