"""Whether a process of this machine is still there."""

from __future__ import annotations

import os


def process_exists(pid: int) -> bool:
    """Whether a process of that id exists, whoever it belongs to; ids that name no single process do not."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
