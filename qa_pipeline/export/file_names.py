"""File names from call ids: any id gives one name that every file system takes, and no folder."""

from __future__ import annotations

import hashlib

LONGEST_BYTES = 180
"""File systems take 255 bytes; the rest is for the ending and a temporary name."""

_RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10))}


def safe_stem(call_id: str) -> str:
    """The id with everything but letters, digits, `-`, `_` and inner dots written as `%XX` (its UTF-8 bytes).

    Two ids never give one name, but for letters whose case or form a file system may take for equal. Ids longer
    than `LONGEST_BYTES` are cut and end in a digest of the whole.
    """
    kept = [char if char.isalnum() or char in "-_." else _percent(char) for char in call_id]
    if kept and (kept[0] == "." or call_id.split(".")[0].lower() in _RESERVED):
        kept[0] = _percent(call_id[0])
    if kept and kept[-1] == ".":
        kept[-1] = _percent(".")
    stem = "".join(kept) or "%"
    if len(stem.encode()) <= LONGEST_BYTES:
        return stem
    return stem.encode()[: LONGEST_BYTES - 17].decode(errors="ignore") + "~" + digest(call_id)


def digest(call_id: str) -> str:
    """16 hex digits that tell ids apart."""
    return hashlib.sha256(call_id.encode()).hexdigest()[:16]


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode())
