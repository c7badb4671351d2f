"""What every child process needs: an environment in which it finds the package, and a log to look into."""

from __future__ import annotations

import os
from pathlib import Path

_LOOKED_AT_BYTES = 64 * 1024


def child_environment() -> dict[str, str]:
    """This process's environment for a child that must find the package, installed or not."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}


def last_lines(path: Path, begins_at: int, count: int) -> str:
    """The last lines of a log that are not empty, from an offset in bytes on."""
    try:
        with path.open("rb") as file:
            file.seek(max(begins_at, path.stat().st_size - _LOOKED_AT_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "\n".join([line for line in lines if line.strip()][-count:])
