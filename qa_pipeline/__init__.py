"""Call-center QA analytics: recordings in, transcripts, languages and emotions out.

For notebooks and scripts: `with qa_pipeline.open_snapshot() as snapshot: snapshot.frame("from calls")`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qa_pipeline.published.notebooks import open_snapshot

__version__ = "0.1.0"
__all__ = ["__version__", "open_snapshot"]


def __getattr__(name: str) -> Any:
    """`open_snapshot` is imported when it is first used: every command imports this package, few need a database."""
    if name == "open_snapshot":
        from qa_pipeline.published.notebooks import open_snapshot

        return open_snapshot
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
