"""Finds people.csv and outcomes.csv and reads them: where the settings say, in QA_HOME, or in the landing zone."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.object_storage.faults import ObjectMissing, StorageError
from qa_pipeline.recordings.list_tables import MAX_BYTES
from qa_pipeline.recordings.outcomes import OUTCOME_NAMES, Outcome, Outcomes, read_outcomes
from qa_pipeline.recordings.people import PEOPLE_NAMES, BadPeople, People, read_people
from qa_pipeline.recordings.sidecars import BadMetadataFile, read_bytes
from qa_pipeline.settings import Settings


def landed_people(settings: Settings) -> People | None:
    """Who the agents are; None where nobody has written a list.

    Raises:
        BadPeople: the list has a fault, or the setting names none; its sentences say where and what to do.
    """
    try:
        found = next(_files(settings, "people", settings.people, PEOPLE_NAMES, [""]), None)
        if found is None:
            return None
        content, label = found
        formats = settings.time_format
        return read_people(content, label, settings.tz, encoding=settings.call_list_encoding, formats=formats)
    except BadMetadataFile as error:
        raise BadPeople([str(error)]) from error
    except StorageError as error:
        raise BadPeople([f"{error}."]) from error


def landed_outcomes(settings: Settings, days: Sequence[dt.date]) -> Outcomes:
    """What became of calls: by the list of the setting, or those of QA_HOME, of the top of the landing zone and of the
    days' own folders there. What one says counts before what those behind it say."""
    rows: list[Outcome] = []
    notes: list[str] = []
    folders = ["", *(day.isoformat() for day in days)]
    try:
        for content, label in _files(settings, "outcomes", settings.outcomes, OUTCOME_NAMES, folders):
            try:
                read = read_outcomes(content, label, encoding=settings.call_list_encoding)
            except BadMetadataFile as error:
                notes.append(str(error))
                continue
            rows += read.rows
            notes += read.notes
    except (BadMetadataFile, StorageError) as error:
        notes.append(str(error))
    return Outcomes(tuple(rows), tuple(notes))


def _files(
    settings: Settings, key: str, chosen: Path | None, names: Sequence[str], folders: Sequence[str]
) -> Iterator[tuple[bytes, str]]:
    """The lists of these names, each with what messages call it; `folders` are those of the landing zone."""
    if chosen is not None:
        path = settings.resolve(chosen)
        if not path.is_file():
            raise BadMetadataFile(f"{path} is not a file; correct the setting {key}, or take it away.")
        yield read_bytes(path, str(path), max_bytes=MAX_BYTES), path.name
        return
    for path in islice(_named(settings.home, names), 1):
        yield read_bytes(path, path.name, max_bytes=MAX_BYTES), path.name
    for folder in folders:
        for path in islice(_named(settings.landing_folder / folder, names), 1) if settings.landing_folder else ():
            label = f"{folder}/{path.name}" if folder else path.name
            yield read_bytes(path, label, max_bytes=MAX_BYTES), label
    if settings.landing_bucket is not None:
        bucket = Bucket(settings.landing_bucket, settings.bucket_endpoint)
        for folder in folders:
            yield from _in_bucket(bucket, f"{folder}/" if folder else "", names)


def _named(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """Files of a folder with one of these names, in any case, in their order."""
    try:
        entries = {path.name.casefold(): path for path in sorted(folder.iterdir(), reverse=True) if path.is_file()}
    except OSError:
        return  # what can't be listed is named by the walk of the landing zone
    yield from (entries[name] for name in names if name in entries)


def _in_bucket(bucket: Bucket, folder: str, names: Sequence[str]) -> Iterator[tuple[bytes, str]]:
    for name in names:
        with tempfile.TemporaryDirectory(prefix="qa-list-") as place:
            copy = Path(place, name)
            try:
                bucket.download(f"{folder}{name}", copy)
            except ObjectMissing:
                continue
            yield read_bytes(copy, f"{folder}{name}", max_bytes=MAX_BYTES), f"{folder}{name}"
            return
