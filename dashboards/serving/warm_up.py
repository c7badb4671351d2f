"""Imports what pages need before somebody opens one: the first visitor after a start waits half a second less.

And takes what was imported out of Python's garbage collection. Streamlit collects after each run of a page, and looking
through some 180,000 objects that stay for ever holds up everybody for a fifth of a second.
"""

from __future__ import annotations

import gc
import importlib
import pkgutil
import threading

import dashboards

_SCRIPTS = ("dashboards.app", "dashboards.app_pages.")
"""What Streamlit runs for each visit, and nobody imports."""


def warm_up() -> None:
    """Begins to import in a thread of its own; a page that is opened meanwhile waits for the modules that it needs."""
    threading.Thread(target=_settle, name="warm-up", daemon=True).start()


def _settle() -> None:
    for module in pkgutil.walk_packages(dashboards.__path__, "dashboards."):
        if module.name != _SCRIPTS[0] and not module.name.startswith(_SCRIPTS[1]):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()
