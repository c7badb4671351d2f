"""The key that links are signed with: one for each QA_HOME, so that links outlive a restart of the server."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

KEY_FILE = "dashboards.key"
KEY_BYTES = 32


def signing_key(home: Path) -> bytes:
    """Reads the key, or makes it: a file that only its owner can read. Several processes may ask at once.

    Raises:
        OSError: it can be neither read nor written.
    """
    path = home / KEY_FILE
    if key := _read(path):
        return key
    home.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{KEY_FILE}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
        # whoever links first has made the key; a damaged one is replaced
        with suppress(FileExistsError):
            os.link(part, path)
        if not _read(path):
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path.read_bytes()


def _read(path: Path) -> bytes | None:
    """A key that others can read has been given away, and is made again."""
    with suppress(FileNotFoundError):
        if path.stat().st_mode & 0o077 == 0:
            key = path.read_bytes()
            return key if len(key) == KEY_BYTES else None
    return None
