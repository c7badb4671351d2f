"""The settings as they are now, for code that runs many times a second.

Reading them takes 13 ms, and one page asks for dozens of files. A change is noticed within two seconds, so that
whoever is taken off the list loses access without a restart.
"""

from __future__ import annotations

import os
import threading
import time

from qa_pipeline.settings import Settings, load_settings

KEPT_FOR_S = 2.0

_lock = threading.Lock()
_kept: tuple[float, dict[str, str], Settings] | None = None


def current_settings() -> Settings:
    """Raises `SettingsError` as `load_settings` does."""
    global _kept
    variables = {name: value for name, value in os.environ.items() if name.startswith(("QA_", "DASHSCOPE_"))}
    with _lock:
        if _kept and _kept[1] == variables and time.monotonic() - _kept[0] < KEPT_FOR_S:
            return _kept[2]
        settings = load_settings()
        _kept = (time.monotonic(), variables, settings)
        return settings
