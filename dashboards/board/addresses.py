"""Addresses of this app's pages, as a board's links carry them: `calls?agent=a1`. Pure.

They are relative, so that they hold below any path that the app is served at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from urllib.parse import urlencode

FIRST_PAGE = "overview"
"""The page at the app's own address; each other one has the name of its file in dashboards/app_pages."""


def address(page: str, query: Mapping[str, str | Sequence[str]] | None = None) -> str:
    """The address of a page, given as its file ("app_pages/calls.py") or by its name, with URL parameters."""
    name = PurePosixPath(page).stem
    text = urlencode(dict(query or {}), doseq=True)
    return f"{'./' if name == FIRST_PAGE else name}{'?' if text else ''}{text}"
