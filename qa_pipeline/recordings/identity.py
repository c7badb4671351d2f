"""The identity of a recording: its bytes, so that a renamed or moved file is neither sent nor paid for again."""

from __future__ import annotations

import hashlib
from pathlib import Path

from qa_pipeline.audio.containers import open_regular_file, unreadable_from_disk

BLOCK_BYTES = 1024 * 1024


def recording_id(path: Path) -> str:
    """sha256 of the file's bytes as 64 hex digits; reads in blocks of 1 MiB.

    Raises `qa_pipeline.audio.faults.UnusableAudio` when the file can't be read or is not a regular file.
    """
    digest = hashlib.sha256()
    with open_regular_file(path) as file:
        try:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
        except OSError as error:
            raise unreadable_from_disk(path, error) from error
    return digest.hexdigest()
