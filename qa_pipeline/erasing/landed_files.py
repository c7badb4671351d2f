"""Which files of the landing zone belong to calls, and which lists there name them. They are the user's: they are
named, passed over by later runs, and removed only where that is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from qa_pipeline.erasing.companions import is_recording, own_names, stem_of
from qa_pipeline.erasing.needles import Needles
from qa_pipeline.erasing.plan import LandedFile
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.recordings.call_lists import CALL_LIST_NAMES
from qa_pipeline.recordings.landing_files import storable
from qa_pipeline.recordings.outcomes import OUTCOME_NAMES
from qa_pipeline.recordings.people import PEOPLE_NAMES
from qa_pipeline.settings import Settings

_LIST_ENDINGS = (".csv", ".tsv", ".json", ".jsonl", ".xml", ".txt")
LONGEST_LIST_BYTES = 200 << 20


@dataclass(frozen=True, slots=True)
class NamingList:
    """A list of the user's that names a call: its path, and the lines where they can be counted."""

    path: str
    lines: tuple[int, ...]


def files_of(
    settings: Settings, source_uris: Iterable[str], call_ids: Sequence[str], claimed: Iterable[str] = ()
) -> list[LandedFile]:
    """The recordings, and what lies beside them under their names or a call's id, as far as it is there; nothing of
    what is `claimed`: the recordings of other calls."""
    found: list[LandedFile] = []
    own, others = _by_folder(settings, source_uris), _by_folder(settings, claimed)
    for folder, names in own.items():
        there = {each.relative_path.rpartition("/")[2]: each for each in _in_folder(settings, folder)}
        wanted = own_names(
            [name for name in there if not _is_list(name) or name in names], names, call_ids, others.get(folder, ())
        )
        found += [each for name, each in there.items() if name in wanted]
    return sorted(set(found), key=lambda each: each.relative_path)


def other_stems(settings: Settings, source_uris: Iterable[str], own: Iterable[LandedFile]) -> set[str]:
    """The names, without endings, of recordings beside these that are none of `own`."""
    taken = {each.uri for each in own}
    found = set()
    for folder in _by_folder(settings, source_uris):
        for each in _in_folder(settings, folder):
            name = each.relative_path.rpartition("/")[2]
            if each.uri not in taken and is_recording(name):
                found.add(stem_of(name))
    return found


def remaining(files: Iterable[LandedFile], settings: Settings) -> list[LandedFile]:
    """Those of the files that are still there."""
    return [each for each in files if _is_there(each, settings)]


def remove(files: Iterable[LandedFile], settings: Settings) -> int:
    """Deletes those of the files that lie in the landing zone of the settings; returns how many files were there.

    Raises:
        OSError, StorageError: one could not be deleted.
    """
    there = remaining(files, settings)
    keys = []
    for each in there:
        if (path := _local(each.uri)) is not None:
            if settings.landing_folder is not None and path.is_relative_to(settings.landing_folder.resolve()):
                path.unlink(missing_ok=True)
        elif settings.landing_bucket is not None and (key := settings.landing_bucket.key_of(each.uri)) is not None:
            keys.append(key)
    if keys and settings.landing_bucket is not None:
        Bucket(settings.landing_bucket, settings.bucket_endpoint).delete(keys)
    return len(there)


def lists_naming(settings: Settings, files: Iterable[LandedFile], needles: Needles) -> list[NamingList]:
    """Lists of this machine that name the calls: in the folders of their recordings, further up, and in QA_HOME."""
    own = {path for each in files if (path := _local(each.uri)) is not None}
    folders = {path.parent for path in own}
    root = settings.landing_folder.absolute() if settings.landing_folder else None
    if root is not None:
        folders |= {above for folder in folders for above in folder.parents if above.is_relative_to(root)} | {root}
    paths = {path for folder in folders if folder.is_dir() for path in folder.iterdir() if _is_list(path.name)}
    paths |= set(lists_in_home(settings))
    paths |= {settings.resolve(path) for path in (settings.outcomes, settings.people) if path is not None}
    found = [_naming(path, needles) for path in sorted(paths - own) if path.is_file()]
    return [each for each in found if each is not None]


def lists_in_home(settings: Settings) -> list[Path]:
    """The user's lists that lie in QA_HOME itself."""
    names = (*PEOPLE_NAMES, *OUTCOME_NAMES)
    return [path for path in settings.home.glob("*.*") if path.name.casefold() in names]


def _naming(path: Path, needles: Needles) -> NamingList | None:
    try:
        if path.stat().st_size > LONGEST_LIST_BYTES:
            return None
        content = path.read_bytes()
    except OSError:
        return None
    if path.suffix.casefold() not in _LIST_ENDINGS:
        return NamingList(str(path), ()) if needles.in_bytes(content) else None
    lines = content.decode("utf-8", "replace").splitlines()
    numbers = tuple(number for number, line in enumerate(lines, 1) if needles.in_text(line))
    return NamingList(str(path), numbers) if numbers else None


def _by_folder(settings: Settings, uris: Iterable[str]) -> dict[str, set[str]]:
    """Folder → names of the files in it, wherever the landing zone is now."""
    folders: dict[str, set[str]] = {}
    for uri in uris:
        folder, _, name = _where_it_is(settings, uri).rpartition("/")
        folders.setdefault(folder, set()).add(_text(name))
    return folders


def _is_list(name: str) -> bool:
    lower = name.casefold()
    return lower in (*CALL_LIST_NAMES, *OUTCOME_NAMES, *PEOPLE_NAMES) or lower.endswith(
        (".csv", ".tsv", ".xlsx", ".xlsm")
    )


def _in_folder(settings: Settings, folder: str) -> Iterator[LandedFile]:
    path = _local(f"{folder}/x")
    if path is not None:
        yield from _in_local_folder(settings, path.parent)
    elif settings.landing_bucket is not None:
        yield from _in_bucket_folder(settings, folder)


def _where_it_is(settings: Settings, uri: str) -> str:
    """The address of a recording now, where the landing zone is another folder than when it was taken in."""
    path, root = _local(uri), settings.landing_folder.resolve() if settings.landing_folder else None
    if path is None or root is None or path.is_relative_to(root):
        return uri
    for length in range(len(path.parts) - 1, 0, -1):
        moved = root.joinpath(*path.parts[-length:])
        if moved.is_file():
            return moved.as_uri()
    return uri


def _in_local_folder(settings: Settings, folder: Path) -> Iterator[LandedFile]:
    root = settings.landing_folder.resolve() if settings.landing_folder else folder
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for path in entries:
        if path.is_file():
            place = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
            yield LandedFile(path.as_uri(), storable(place), path.stat().st_size)


def _in_bucket_folder(settings: Settings, folder: str) -> Iterator[LandedFile]:
    url = settings.landing_bucket
    assert url is not None, "asked for a bucket only"
    below = url.key_of(f"{folder}/x")
    if below is None:
        return
    inside = below.rpartition("/")[0]
    for item in Bucket(url, settings.bucket_endpoint).walk(inside):
        if item.key.rpartition("/")[0] == inside:
            yield LandedFile(url.uri_of(item.key), storable(item.key), item.size_bytes)


def _is_there(file: LandedFile, settings: Settings) -> bool:
    path = _local(file.uri)
    if path is not None:
        return path.is_file()
    if settings.landing_bucket is None or (key := settings.landing_bucket.key_of(file.uri)) is None:
        return False
    folder = key.rpartition("/")[0]
    return any(item.key == key for item in Bucket(settings.landing_bucket, settings.bucket_endpoint).walk(folder))


def _local(uri: str) -> Path | None:
    parts = urlsplit(uri)
    return Path(_text(parts.path)) if parts.scheme == "file" else None


def _text(quoted: str) -> str:
    return unquote_to_bytes(quoted).decode("utf-8", "surrogateescape")
