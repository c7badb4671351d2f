"""Removes snapshots that are no longer kept, and parts that no snapshot needs; never what somebody may be reading."""

from __future__ import annotations

import time
from pathlib import Path

from qa_pipeline.warehouse.leases import is_read
from qa_pipeline.warehouse.parts import BUILDING, PARTS, manifest_path, read_manifest

KEEP_AT_LEAST_S = 600.0
"""A reader that has just read the link must still find the file: no snapshot goes that was the newest until then."""

SNAPSHOTS = "qa-*.duckdb"


def prune_snapshots(folder: Path, keep: int, current: Path) -> None:
    """Removes all but the newest `keep` snapshots, as far as nobody can be reading them."""
    snapshots = sorted(folder.glob(SNAPSHOTS), reverse=True)
    for newer, old in zip(snapshots[keep - 1 :], snapshots[keep:], strict=False):
        since_newer_s = time.time() - newer.stat().st_mtime if newer.exists() else KEEP_AT_LEAST_S
        if old != current and since_newer_s >= KEEP_AT_LEAST_S and not is_read(old):
            old.unlink(missing_ok=True)
            manifest_path(old).unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """What a publish that was killed left half-built; nobody else builds while we hold the lock."""
    for leftover in (
        *folder.glob(".qa-*"),
        *(folder / PARTS).glob(f"{BUILDING}-*"),
        *(folder / PARTS).glob(f"*/{BUILDING}-*"),
    ):
        leftover.unlink(missing_ok=True)


def prune_parts(folder: Path) -> None:
    """Removes parts that no snapshot in `folder` has; none where a manifest can't be read."""
    needed: set[str] = set()
    for manifest_file in (folder / PARTS).glob("*.json"):
        snapshot = folder / f"{manifest_file.stem}.duckdb"
        if not snapshot.exists():
            manifest_file.unlink(missing_ok=True)
            continue
        if (manifest := read_manifest(snapshot)) is None:
            return
        needed |= manifest.files()
    for part in (folder / PARTS).glob("*/*.parquet"):
        if f"{part.parent.name}/{part.name}" not in needed:
            part.unlink(missing_ok=True)
