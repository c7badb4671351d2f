"""Tombstones: what was erased is known by keyed hashes, so that no later run takes it in again.

The key is a file of QA_HOME, `erasure.key`, and in no database: who has a copy of the database alone can't find out by
trying which ids were erased. Machines that share a ledger share the key. One without it, or with another, would find no
tombstone and bring erased calls back, so it is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select

from qa_pipeline.errors import UserError
from qa_pipeline.ledger.erasure_tables import tombstone_keys, tombstones
from qa_pipeline.ledger.outlasting import outlast
from qa_pipeline.ledger.selecting import chunks
from qa_pipeline.ledger.writing import insert_new

KEY_FILE = "erasure.key"
KEY_BYTES = 32
NAMED_DIGITS = 12
"""Digits of the mark in the name of an erased call."""
_CHECK = "check"


class TombstoneKind(StrEnum):
    """What a tombstone is of."""

    CALL = "call"
    """A call's id."""
    RECORDING = "recording"
    """SHA-256 of a recording's bytes."""
    FILE = "file"
    """A file of the landing zone: its path there and its size."""
    NAME = "name"
    """What a list of calls may know the call by: its id or a file's name, in lower case."""


class TombstonesUnreadable(UserError):
    """There are tombstones, and not the key that they were made with."""


@dataclass(frozen=True, slots=True)
class Tombstones:
    """All tombstones there are. Without any nothing is hashed."""

    key: bytes = b""
    marks: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.marks)

    def has_call(self, call_id: str) -> bool:
        """Whether the call of this id was erased."""
        return self._has(TombstoneKind.CALL, call_id)

    def has_recording(self, recording_id: str | None) -> bool:
        """Whether a recording (SHA-256 in hexadecimal digits) is of an erased call."""
        return recording_id is not None and self._has(TombstoneKind.RECORDING, recording_id)

    def has_file(self, relative_path: str, size_bytes: int) -> bool:
        """Whether a file of the landing zone belonged to an erased call."""
        return self._has(TombstoneKind.FILE, file_value(relative_path, size_bytes))

    def names_among(self, names: Iterable[str]) -> set[str]:
        """Those of these keys of lists (`CallList.keys`) that mean erased calls."""
        return {name for name in names if self._has(TombstoneKind.NAME, name)} if self.marks else set()

    def _has(self, kind: TombstoneKind, value: str) -> bool:
        return bool(self.marks) and mark_of(self.key, kind, value) in self.marks


NO_TOMBSTONES = Tombstones()


def mark_of(key: bytes, kind: TombstoneKind, value: str) -> str:
    """The keyed hash of a value, in hexadecimal digits."""
    return hmac.digest(key, f"{kind}\n{value}".encode(errors="surrogateescape"), hashlib.sha256).hex()


def erased_name(key: bytes, call_id: str) -> str:
    """What an erased call is called where something of it has to stay."""
    return f"erased-{mark_of(key, TombstoneKind.CALL, call_id)[:NAMED_DIGITS]}"


def file_value(relative_path: str, size_bytes: int) -> str:
    """What a file of the landing zone is known by: another one may come to the same place."""
    return f"{size_bytes}\n{relative_path}"


def read_tombstones(engine: Engine, home: Path) -> Tombstones:
    """All tombstones of a ledger, with the key of this QA_HOME.

    Raises:
        TombstonesUnreadable: this QA_HOME does not have the key that they were made with.
    """

    def read() -> tuple[list[str], list[str]]:
        with engine.connect() as connection:
            checks = connection.execute(select(tombstone_keys.c.key_check)).scalars().all()
            return list(checks), list(connection.execute(select(tombstones.c.mark)).scalars()) if checks else []

    checks, marks = outlast(read)
    if not checks:
        return NO_TOMBSTONES
    return Tombstones(_known_key(home, checks), frozenset(marks))


def erased_calls(connection: Connection, home: Path, call_ids: Iterable[str]) -> set[str]:
    """Those of these calls that were erased, or that an erasure is at: their tombstones are its first step.

    Raises:
        TombstonesUnreadable: this QA_HOME does not have the key that tombstones were made with.
    """
    asked = set(call_ids)
    checks = list(connection.execute(select(tombstone_keys.c.key_check)).scalars()) if asked else []
    if not checks:
        return set()
    key = _known_key(home, checks)
    calls = {mark_of(key, TombstoneKind.CALL, call_id): call_id for call_id in asked}
    found: set[str] = set()
    for chunk in chunks(calls):
        found |= set(connection.execute(select(tombstones.c.mark).where(tombstones.c.mark.in_(chunk))).scalars())
    return {calls[mark] for mark in found}


def key_to_write(engine: Engine, home: Path, now: float) -> bytes:
    """The key of this QA_HOME, made by the first erasure.

    Raises:
        TombstonesUnreadable: there are tombstones by another key.
    """
    with engine.begin() as connection:
        checks = list(connection.execute(select(tombstone_keys.c.key_check)).scalars())
        if checks:
            return _known_key(home, checks)
        key = _key_in(home) or _made_key(home)
        connection.execute(insert(tombstone_keys).values(key_check=_check_of(key), made_at=now))
    return key


def write_tombstones(
    connection: Connection, key: bytes, values: Iterable[tuple[TombstoneKind, str]], erasure_id: str, now: float
) -> int:
    """Adds tombstones, in the caller's transaction; returns how many there are of this erasure. One that is there
    already stays that of the erasure that made it."""
    rows = [
        {"mark": mark_of(key, kind, value), "kind": kind.value, "erasure_id": erasure_id, "erased_at": now}
        for kind, value in sorted(set(values))
    ]
    if rows:
        connection.execute(insert_new(connection, tombstones).on_conflict_do_nothing(), rows)
    return len(rows)


def _known_key(home: Path, checks: Iterable[str]) -> bytes:
    key = _key_in(home)
    if key is None or _check_of(key) not in set(checks):
        lacking = "is missing" if key is None else "is another one"
        raise TombstonesUnreadable(
            f"calls were erased, and {home / KEY_FILE}, by which they are known, {lacking}: erased calls could come "
            "back. Copy the file from the machine that erased, or restore it from the backup of QA_HOME"
        )
    return key


def _key_in(home: Path) -> bytes | None:
    try:
        return bytes.fromhex((home / KEY_FILE).read_text(encoding="ascii").strip()) or None
    except (FileNotFoundError, ValueError):
        return None


def _made_key(home: Path) -> bytes:
    key = secrets.token_bytes(KEY_BYTES)
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{key.hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def _check_of(key: bytes) -> str:
    return hmac.digest(key, _CHECK.encode(), hashlib.sha256).hex()
