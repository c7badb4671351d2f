"""Finds people.csv and outcomes.csv and reads them: where the settings say, in QA_HOME, or in the landing zone."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.object_storage.faults import ObjectMissing, ObjectRefused, StorageError
from qa_pipeline.recordings.list_tables import MAX_BYTES
from qa_pipeline.recordings.outcomes import OUTCOME_NAMES, Outcome, read_outcomes
from qa_pipeline.recordings.people import PEOPLE_NAMES, BadPeople, People, read_people
from qa_pipeline.recordings.sidecars import BadMetadataFile, read_bytes
from qa_pipeline.settings import Settings

Found: TypeAlias = tuple[bytes, str] | None
"""The bytes of a list and what messages call it; None where there certainly is none."""

Place: TypeAlias = tuple[str, Callable[[], Found]]
"""Where a list may lie: a folder of the landing zone ("" is its top, and also QA_HOME), and what reads it."""


class PeopleUnknown(BadPeople):
    """The landing zone is away, so nobody can tell whether there is a list."""


class _ZoneAway(BadMetadataFile):
    """The landing zone is a folder that is not there."""


@dataclass(frozen=True, slots=True)
class LandedOutcomes:
    """What the lists say, and sentences on what could not be taken.

    `read` are the folders of which it is known what their lists say: each was read, or is not there. A list that can't
    be read leaves its folder out. None: a single list counts, that of the setting, and it was read.
    """

    rows: tuple[Outcome, ...]
    notes: tuple[str, ...]
    read: frozenset[str] | None


def landed_people(settings: Settings) -> People | None:
    """Who the agents are; None where nobody has written a list.

    Raises:
        BadPeople: the list has a fault, or the setting names none; its sentences say where and what to do.
        PeopleUnknown: nobody can tell whether there is one.
    """
    try:
        places = _places(settings, "people", settings.people, PEOPLE_NAMES, [""])
        found = next((found for _, read in places if (found := read())), None)
        if found is None:
            return None
        content, label = found
        formats = settings.time_format
        return read_people(content, label, settings.tz, encoding=settings.call_list_encoding, formats=formats)
    except _ZoneAway as error:
        raise PeopleUnknown([str(error)]) from error
    except BadMetadataFile as error:
        raise BadPeople([str(error)]) from error
    except StorageError as error:
        raise BadPeople([f"{error}."]) from error


def landed_outcomes(settings: Settings, days: Sequence[dt.date]) -> LandedOutcomes:
    """What became of calls: by the list of the setting, or those of QA_HOME, of the top of the landing zone and of the
    days' own folders there. What one says counts before what those behind it say. A list that can't be read is named,
    and the others count."""
    rows: list[Outcome] = []
    notes: list[str] = []
    folders = ["", *(day.isoformat() for day in days)]
    failed: set[str] = set()
    places = list(_places(settings, "outcomes", settings.outcomes, OUTCOME_NAMES, folders))
    for number, (folder, read) in enumerate(places):
        try:
            if found := read():
                listed = read_outcomes(*found, encoding=settings.call_list_encoding)
                rows += listed.rows
                notes += listed.notes
        except BadMetadataFile as error:
            notes.append(str(error))
            failed.add(folder)
        except StorageError as error:
            notes.append(f"{error}.")
            failed.add(folder)
            if not isinstance(error, ObjectRefused):  # the bucket as a whole: each try would take a minute
                failed.update(folder for folder, _ in places[number:])
                break
    if settings.outcomes is not None:
        return LandedOutcomes(tuple(rows), tuple(notes), frozenset() if failed else None)
    return LandedOutcomes(tuple(rows), tuple(notes), frozenset(folders) - failed)


def _places(
    settings: Settings, key: str, chosen: Path | None, names: Sequence[str], folders: Sequence[str]
) -> Iterator[Place]:
    """Where lists of these names may lie, the one that counts first before the others; `folders` are those of the
    landing zone."""
    if chosen is not None:
        yield "", partial(_of_setting, settings.resolve(chosen), key)
        return
    yield "", partial(_in_folder, settings.home, "", names)
    for folder in folders:
        if settings.landing_folder is not None:
            yield folder, partial(_in_landing_folder, settings.landing_folder, folder, names)
    if settings.landing_bucket is not None:
        bucket = Bucket(settings.landing_bucket, settings.bucket_endpoint)
        for folder in folders:
            yield folder, partial(_in_bucket, bucket, f"{folder}/" if folder else "", names)


def _of_setting(path: Path, key: str) -> Found:
    if not path.is_file():
        raise BadMetadataFile(f"{path} is not a file; correct the setting {key}, or take it away.")
    return read_bytes(path, str(path), max_bytes=MAX_BYTES), path.name


def _in_landing_folder(zone: Path, folder: str, names: Sequence[str]) -> Found:
    try:
        is_there = zone.is_dir()
    except OSError:
        is_there = False
    if not is_there:  # a share that is away, say
        raise _ZoneAway(f"{zone} is not there, so nobody knows which lists it has; correct QA_RECORDINGS.")
    return _in_folder(zone / folder, f"{folder}/" if folder else "", names)


def _in_folder(folder: Path, prefix: str, names: Sequence[str]) -> Found:
    """The first of these names, in any case, that a file of the folder has."""
    try:
        entries = {path.name.casefold(): path for path in sorted(folder.iterdir(), reverse=True) if path.is_file()}
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadMetadataFile(f"{folder} can't be listed ({reason}); check its permissions.") from error
    path = next((entries[name] for name in names if name in entries), None)
    if path is None:
        return None
    label = f"{prefix}{path.name}"
    return read_bytes(path, label, max_bytes=MAX_BYTES), label


def _in_bucket(bucket: Bucket, folder: str, names: Sequence[str]) -> Found:
    for name in names:
        with tempfile.TemporaryDirectory(prefix="qa-list-") as place:
            copy = Path(place, name)
            try:
                bucket.download(f"{folder}{name}", copy)
            except ObjectMissing:
                continue
            return read_bytes(copy, f"{folder}{name}", max_bytes=MAX_BYTES), f"{folder}{name}"
    return None
