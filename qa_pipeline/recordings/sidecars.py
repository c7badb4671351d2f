"""Reads `<name>.json`, the file beside a recording that says what the phone system knows of the call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MAX_SIDECAR_BYTES = 1024 * 1024


class BadMetadataFile(ValueError):
    """A sidecar or calls.csv can't be read; the message names it, the reason and the way out."""


def read_sidecar(path: Path, label: str) -> dict[str, Any]:
    """The object in a sidecar, keys as they are written. Raises `BadMetadataFile`, naming the file by `label`."""
    text = read_text(path, label, max_bytes=MAX_SIDECAR_BYTES)
    try:
        content = json.loads(text, parse_constant=_refuse_constant)
        # A text with half a surrogate pair can be written in JSON but in no database.
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadMetadataFile(f"{label} holds characters that are not valid Unicode; write it again.") from error
    except (ValueError, RecursionError) as error:
        raise BadMetadataFile(f"{label} is not valid JSON ({error}); write it again.") from error
    if not isinstance(content, dict):
        raise BadMetadataFile(f'{label} must hold one JSON object, such as {{"call_id": "c0101"}}.')
    return content


def read_text(path: Path, label: str, *, max_bytes: int) -> str:
    """The text of a metadata file: UTF-8, or UTF-16 where a byte-order mark says so. Raises `BadMetadataFile`."""
    try:
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadMetadataFile(f"{label} can't be read ({reason}); check its permissions.") from error
    if len(content) > max_bytes:
        raise BadMetadataFile(f"{label} is over {max_bytes // (1024 * 1024)} MiB, too large to be what it is named.")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadMetadataFile(
            f"{label} is not UTF-8 (byte {error.start}); save it as UTF-8, in a spreadsheet as 'CSV UTF-8'."
        ) from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")
