"""What several commands say before they begin."""

from __future__ import annotations

from qa_pipeline.settings import Settings, unused_key
from qa_pipeline.terminal import err


def print_unused_key(settings: Settings) -> None:
    """Says on standard error why a key that is set is not used; nothing where it is, or none is set."""
    if reason := unused_key(settings):
        err.print(f"note: {reason}", markup=False, style="yellow")
