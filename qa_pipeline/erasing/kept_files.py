"""Takes calls out of the files of QA_HOME: raw JSON, copies of recordings and sounds, what the local service keeps,
Dagster's history and logs."""

from __future__ import annotations

import glob
import hashlib
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from qa_pipeline.erasing.needles import Needles
from qa_pipeline.erasing.opening import SQLITE_HEAD
from qa_pipeline.erasing.plan import Subject
from qa_pipeline.erasing.sqlite_files import LOCK_WAIT_S, FileInUse, compact, scrub
from qa_pipeline.ledger.raw_store import ODD_FOLDER, UNSHARED_FOLDER, UNSHARED_SUFFIX
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.settings import Settings

LOCAL_SERVICE_FILE = "local-service.sqlite"
REFERENCE_INDEX = "reference-index.json"
"""What the local service knows of its folders of references; it is made again when the service starts."""
UPLOADS = "uploads"


def erase_raw(settings: Settings, subject: Subject) -> int:
    """Deletes the raw JSON of the calls from this machine and from the bucket; returns how many documents.

    Raises:
        StorageError: the bucket can't be reached, or lets nothing be deleted.
    """
    return delete_raw(settings, subject.raw_paths, subject.submissions)


def delete_raw(settings: Settings, paths: Sequence[str], submissions: Iterable[str]) -> int:
    """Deletes documents by their paths in the raw store, and what else came for these submissions; as `erase_raw`."""
    root = settings.raw_dir
    gone = [root / path for path in paths]
    gone += [root / UNSHARED_FOLDER / f"{_short_hash(path)}{UNSHARED_SUFFIX}" for path in paths]
    for each in map(glob.escape, submissions):
        gone += [*root.glob(f"*/*/{each}*"), *root.glob(f"{ODD_FOLDER}/*/*/{each}*")]
    count = _unlink(gone)
    if settings.raw_bucket is not None:
        Bucket(settings.raw_bucket, settings.bucket_endpoint).delete(list(paths))
    _remove_empty(root)
    return count


def erase_copies(settings: Settings, subject: Subject) -> int:
    """Deletes copies that we made of the recordings: of a bucket's objects, of sounds that were put together, and what
    was put into a bucket for the service to fetch. Returns how many.

    The sounds of all calls go, for their names don't say whose they are; they are made again when they are asked for.
    Comparisons of rules go as well, with the sentences that they show.

    Raises:
        StorageError: the bucket can't be reached, or lets nothing be deleted.
    """
    uris = {*subject.source_uris, *(each.uri for each in subject.files)}
    shutil.rmtree(settings.comparisons_folder, ignore_errors=True)
    return delete_copies(settings, sorted(uris), subject.submissions)


def delete_copies(settings: Settings, uris: Sequence[str], submissions: Iterable[str]) -> int:
    """Deletes copies of what lies at these addresses, and what was sent for these submissions; as `erase_copies`."""
    count = _unlink((settings.home / "sounds").glob("*.flac"))
    if (url := settings.landing_bucket) is not None:
        keys = [key for uri in uris if (key := url.key_of(uri)) is not None]
        for folder in (settings.home / "landing").glob("*"):
            count += _unlink(folder / part / key for part in ("recordings", "zone") for key in keys)
    if settings.audio_bucket is not None:
        bucket = Bucket(settings.audio_bucket, settings.bucket_endpoint)
        own = tuple(f"qa-{each}-" for each in submissions)
        sent = [item.key for item in bucket.walk() if item.key.rpartition("/")[2].startswith(own)] if own else []
        bucket.delete(sent)
        count += len(sent)
    return count


def require_local_service_stopped(settings: Settings) -> None:
    """Raises FileInUse while a local service of this QA_HOME is running: it keeps its file to itself."""
    path = settings.service_folder / LOCAL_SERVICE_FILE
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path, timeout=1.0, isolation_level=None)) as connection:
            connection.execute("begin immediate")
            connection.execute("rollback")
    except sqlite3.OperationalError as error:
        raise FileInUse(
            f"the local service of {settings.home} is running and keeps uploads and results to itself ({error}); stop "
            "`qa-pipeline up` or `qa-pipeline serve`, and run this again"
        ) from error


def erase_from_local_service(settings: Settings, subject: Subject) -> int:
    """Deletes uploads, tasks, results and charges of the calls, and the index of references, which names files; returns
    how many uploads and tasks.

    Raises:
        FileInUse: the service is running.
    """
    path = settings.service_folder / LOCAL_SERVICE_FILE
    (settings.service_folder / REFERENCE_INDEX).unlink(missing_ok=True)
    if not path.exists():
        return 0
    own = [*subject.submissions, *subject.source_uris, *subject.recording_ids]
    try:
        with closing(sqlite3.connect(path, timeout=LOCK_WAIT_S, isolation_level=None)) as connection:
            connection.execute("pragma secure_delete = on")
            connection.execute("begin immediate")
            names = _own_uploads(connection, own)
            tasks = [task for task, text in connection.execute("select task_id, request from tasks") if _has(text, own)]
            tasks += subject.task_ids
            for table in ("tasks", "results", "charges"):
                connection.executemany(f"delete from {table} where task_id = ?", [(task,) for task in tasks])
            connection.executemany(
                "delete from charges where audio_sha256 = ?", [(each,) for each in subject.recording_ids]
            )
            connection.execute("commit")
    except sqlite3.OperationalError as error:
        raise FileInUse(f"{path} is in use ({error}); stop the local service and run this again") from error
    compact(path)
    return _unlink(settings.service_folder / UPLOADS / name for name in names) + len(set(tasks))


def scrub_history(settings: Settings, needles: Needles) -> int:
    """Takes what is looked for out of Dagster's history and out of logs; returns how many cells and files changed.

    Raises:
        FileInUse: another program has one of Dagster's files for longer than a minute.
    """
    count = 0
    for folder in (settings.dagster_home, settings.home / "logs"):
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
            count += _scrub_file(path, needles)
    return count


def _scrub_file(path: Path, needles: Needles) -> int:
    try:
        with path.open("rb") as file:
            is_sqlite = file.read(len(SQLITE_HEAD)) == SQLITE_HEAD
        if is_sqlite:
            changed = scrub(path, needles)
            compact(path)
            return changed
        if path.name.endswith(("-wal", "-shm", "-journal")):
            return 0  # emptied with the file that it belongs to
        content = path.read_bytes()
    except FileNotFoundError:
        return 0
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return _unlink([path]) if needles.in_bytes(content) else 0
    plain = needles.without(text)
    if plain == text:
        return 0
    with path.open("r+", encoding="utf-8", newline="") as file:  # whoever writes the log has this very file open
        file.write(plain)
        file.truncate()
    return 1


def _own_uploads(connection: sqlite3.Connection, own: Iterable[str]) -> list[str]:
    wanted = list(own)
    rows = connection.execute("select object_key, file_name, sha256 from uploads").fetchall()
    found = [(key, name) for key, name, sha256 in rows if _has(key, wanted) or sha256 in wanted]
    connection.executemany("delete from uploads where object_key = ?", [(key,) for key, _ in found])
    return [name for _, name in found]


def _has(text: str, own: Iterable[str]) -> bool:
    return any(each in text for each in own)


def _unlink(paths: Iterable[Path]) -> int:
    count = 0
    for path in list(paths):
        if path.is_file() or path.is_symlink():
            path.unlink(missing_ok=True)
            count += 1
    return count


def _remove_empty(root: Path) -> None:
    """Folders of days without documents."""
    for folder in _folders_below(root):
        if not any(folder.iterdir()):
            shutil.rmtree(folder, ignore_errors=True)


def _folders_below(root: Path) -> Iterator[Path]:
    yield from sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True)


def _short_hash(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:32]
