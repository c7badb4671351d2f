"""Which system a process id counts in: two machines, or two containers, may have the same name and the same ids."""

from __future__ import annotations

import functools
from contextlib import suppress
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_PROCESSES = Path("/proc/self/ns/pid")


@functools.cache
def process_space() -> str | None:
    """A name of the space of process ids that this process is in, since its machine's start; None where the system
    tells of none."""
    with suppress(OSError):
        return f"{_BOOT.read_text().strip()[:36]} {_PROCESSES.readlink()}"
    return None
