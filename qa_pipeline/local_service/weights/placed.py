"""Weights in a folder: whether they are all there and the right ones.

`weights.json` beside them says where each came from and which sha256 it was checked against. Without an entry there
the published value counts, so files that somebody copied here by hand need nothing else. An entry with another
value is one that a person vouched for with `--sha256`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from qa_pipeline.local_service.weights.catalogue import WeightFile, WeightSet
from qa_pipeline.local_service.weights.errors import WeightsError

MANIFEST_NAME = "weights.json"
BLOCK_BYTES = 1024 * 1024

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """What `weights.json` keeps of one file: the sha256 it must have, and the address or folder it came from."""

    sha256: str
    source: str


def checked_weights(weights: WeightSet, folder: Path) -> dict[str, Path]:
    """The path of each file by its name, all of them hashed now (a third of a second for 240 MB).

    Raises:
        WeightsError: a file is missing, can't be read or has another sha256; the message says which and what to type.
    """
    placed = read_manifest(folder)
    for file in weights.files:
        expected = expected_sha256(file, placed)
        actual = placed_sha256(folder / file.name)
        if actual is None:
            raise WeightsError(f"{folder / file.name} is missing; {advice(weights, folder)}")
        if actual != expected:
            raise WeightsError(
                f"{folder / file.name} is not the file it should be (its sha256 is {actual}, expected {expected}); "
                f"delete it, then {advice(weights, folder)}"
            )
    return {file.name: folder / file.name for file in weights.files}


def expected_sha256(file: WeightFile, placed: Mapping[str, PlacedFile]) -> str:
    """What the file's bytes must hash to: the value vouched for when it was placed, else the published one."""
    return placed[file.name].sha256 if file.name in placed else file.sha256


def advice(weights: WeightSet, folder: Path) -> str:
    """How to get what is missing."""
    return f"run `{weights.pull_command} --dir {folder}` (without a network: with --from FOLDER)"


def placed_sha256(path: Path, on_bytes: Callable[[int], None] | None = None) -> str | None:
    """The sha256 of the file, None if there is none; `on_bytes` as `sha256_of`.

    Raises:
        WeightsError: it can't be read.
    """
    try:
        return sha256_of(path, on_bytes)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WeightsError(f"{path} can't be read: {error.strerror}") from error


def sha256_of(path: Path, on_bytes: Callable[[int], None] | None = None) -> str:
    """The sha256 (hex) of a file; `on_bytes` hears how many bytes were read after each megabyte."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            if on_bytes is not None:
                on_bytes(len(block))
    return digest.hexdigest()


def read_manifest(folder: Path) -> dict[str, PlacedFile]:
    """What `weights.json` says, file by file; empty if there is none.

    Raises:
        WeightsError: it is there and not what it must be.
    """
    path = folder / MANIFEST_NAME
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): _placed(row) for name, row in rows.items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise WeightsError(f"{path} can't be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsError(f"{path} is not a list of weights ({error}); delete it and pull again") from error


def _placed(row: Any) -> PlacedFile:
    placed = PlacedFile(**row)
    if not _SHA256.fullmatch(placed.sha256):
        raise ValueError(f"{placed.sha256!r} is not a sha256")
    return placed


def write_manifest(folder: Path, placed: Mapping[str, PlacedFile]) -> None:
    """Writes `weights.json` as a whole or not at all."""
    path = folder / MANIFEST_NAME
    part = path.with_suffix(".part")
    rows = {name: asdict(file) for name, file in sorted(placed.items())}
    part.write_text(json.dumps({"files": rows}, indent=2) + "\n", encoding="utf-8")
    # a reader, or a kill, between the two sees the old list
    part.replace(path)


def is_sha256(text: str) -> bool:
    """Whether `text` is a sha256 in lower-case hex."""
    return _SHA256.fullmatch(text) is not None
