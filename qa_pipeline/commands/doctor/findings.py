"""What a check of `qa-pipeline doctor` says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from qa_pipeline.settings import Settings


class Level(StrEnum):
    """How a check came out; only `fail` stops the product."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `fix` is empty where nothing has to be done."""

    name: str
    level: Level
    detail: str
    fix: str = ""


class Check(Protocol):
    """One thing looked at; its name is used where it cannot be."""

    __name__: str

    def __call__(self, settings: Settings, /) -> Iterator[Finding]:
        """What was found."""
