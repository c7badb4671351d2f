"""Chinese in simplified characters, however a model wrote it."""

from __future__ import annotations

import functools
from pathlib import Path

TABLE_NAME = "simplified.txt"


def simplified(text: str) -> str:
    """`text` with each traditional character in its simplified form; characters one by one, so lengths stay."""
    return text.translate(_table())


@functools.cache
def _table() -> dict[int, str]:
    lines = Path(__file__).with_name(TABLE_NAME).read_text(encoding="utf-8").splitlines()
    traditional, plain = (line for line in lines if not line.startswith("#"))
    return {ord(written): meant for written, meant in zip(traditional, plain, strict=True)}
