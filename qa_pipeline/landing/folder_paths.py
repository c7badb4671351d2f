"""Folders of a landing zone are named by their paths below its root, with forward slashes."""

from __future__ import annotations

TOP = ""
"""The root itself."""


def folder_of(path: str) -> str:
    """The folder that a file or folder lies in."""
    return path.rpartition("/")[0]


def joined(folder: str, name: str) -> str:
    """The path of a file in a folder."""
    return f"{folder}/{name}" if folder else name


def parents_of(folder: str) -> list[str]:
    """The folders above one, nearest first; none of the root."""
    found = []
    while folder:
        folder = folder_of(folder)
        found.append(folder)
    return found
