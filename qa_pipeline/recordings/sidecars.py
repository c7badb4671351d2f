"""Reads `<name>.json`, the file beside a recording that says what the phone system knows of the call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qa_pipeline.recordings.keys import known_key
from qa_pipeline.recordings.text_encodings import certain_encoding, decode_certain

MAX_SIDECAR_BYTES = 1024 * 1024


class BadMetadataFile(ValueError):
    """A sidecar or calls.csv can't be read; the message names it, the reason and the way out."""


def read_sidecar(path: Path, label: str, remarks: list[str] | None = None) -> dict[str, Any]:
    """The object in a sidecar, keys as they are written. Raises `BadMetadataFile`, naming the file by `label`.

    `remarks` takes keys that mean nothing to the product and are written twice; of one that does mean something,
    nothing says which value is right.
    """
    text = read_text(path, label, max_bytes=MAX_SIDECAR_BYTES)
    twice: dict[str, bool] = {}

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        of_this: dict[str, bool] = {}
        for key, value in pairs:
            if key in seen and seen[key] != value:
                of_this[key] = True
            seen[key] = value
        twice.update(dict.fromkeys(twice, False))  # what was found before was further inside
        twice.update(of_this)
        return seen

    try:
        content = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=collect)
        # A text with half a surrogate pair can be written in JSON but in no database.
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadMetadataFile(f"{label} holds characters that are not valid Unicode; write it again.") from error
    except (ValueError, RecursionError) as error:
        raise BadMetadataFile(f"{label} is not valid JSON ({error}); write it again.") from error
    if not isinstance(content, dict):
        raise BadMetadataFile(f'{label} must hold one JSON object, such as {{"call_id": "c0101"}}.')
    for key, at_the_top in twice.items():
        if at_the_top and known_key(key):
            raise BadMetadataFile(f"{label} has the key {key} twice with different values; delete the wrong one.")
        if remarks is not None:
            remarks.append(f"{label} has the key {key} twice with different values; the last was kept.")
    return content


def read_bytes(path: Path, label: str, *, max_bytes: int) -> bytes:
    """The bytes of a metadata file. Raises `BadMetadataFile`."""
    try:
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadMetadataFile(f"{label} can't be read ({reason}); check its permissions.") from error
    if len(content) > max_bytes:
        raise BadMetadataFile(f"{label} is over {max_bytes // (1024 * 1024)} MiB, too large to be what it is named.")
    return content


def read_text(path: Path, label: str, *, max_bytes: int) -> str:
    """The text of a metadata file: UTF-8, UTF-16 or UTF-32. Raises `BadMetadataFile`."""
    content = read_bytes(path, label, max_bytes=max_bytes)
    encoding = certain_encoding(content) or "utf-8"
    try:
        return decode_certain(content, encoding)
    except UnicodeDecodeError as error:
        reason = f"is not {encoding.upper()} (byte {error.start})"
        raise BadMetadataFile(f"{label} {reason}; save it as UTF-8, in a spreadsheet as 'CSV UTF-8'.") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")
