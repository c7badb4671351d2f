"""A service that programs share ends with the last of them, however each of them ended.

Every user holds the writing end of the pipe at the service's standard input, and the kernel reports the end when nobody
holds it any more. Where the service has a state folder the pipe has a name there, so that further programs can join.
Starting, joining and ending are decided under one file lock: nobody is handed a service that is about to end.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from qa_pipeline.local_service.address_file import ServiceAddressFile


@contextmanager
def start_lock(folder: Path) -> Iterator[None]:
    """Held while the service of a state folder is looked for, started or ended; freed by the kernel in any case."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "start.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make_users_pipe(folder: Path) -> tuple[int, int]:
    """A new named pipe in place of an old one; its reading end, for the service, and the first user's writing end."""
    pipe = _users_pipe(folder)
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe, 0o600)
    reading_end = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    return reading_end, os.open(pipe, os.O_WRONLY)


def join_users(folder: Path) -> int | None:
    """The writing end of one more user; None when no service reads it (none runs, or it needs no users)."""
    try:
        return os.open(_users_pipe(folder), os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # no pipe, or nobody reads it
        return None


def has_users(folder: Path) -> bool:
    """Whether anybody holds the writing end."""
    try:
        reading_end = os.open(_users_pipe(folder), os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return not _is_ended(reading_end)
    finally:
        os.close(reading_end)


def end_with_last_user(folder: Path | None) -> None:
    """Waits in a thread of its own, and ends this process in order once nobody holds its standard input open."""
    threading.Thread(target=_wait_for_last_user, args=(folder,), name="users", daemon=True).start()


def _wait_for_last_user(folder: Path | None) -> None:
    reading_end = sys.stdin.fileno()
    os.set_blocking(reading_end, False)
    poll = select.poll()
    poll.register(reading_end, select.POLLIN | select.POLLHUP)
    while True:
        poll.poll()
        with start_lock(folder) if folder else nullcontext():
            if not _is_ended(reading_end):  # somebody joined meanwhile
                continue
            if folder:
                ServiceAddressFile.remove_own(folder)
            os.kill(os.getpid(), signal.SIGTERM)
            threading.Event().wait()  # the lock stays ours until the process is gone


def _users_pipe(folder: Path) -> Path:
    return folder / "users.pipe"


def _is_ended(reading_end: int) -> bool:
    """Whether nobody holds the writing end of a pipe that is read without blocking."""
    try:
        return os.read(reading_end, 1) == b""
    except BlockingIOError:
        return False
