"""Machines that share a database and a bucket, and nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from qa_pipeline.object_storage.locations import BucketUrl
from qa_pipeline.sharding.day_warehouse import DayWarehouse, PublishedDays
from qa_pipeline.sharding.files import SharedFiles
from qa_pipeline.sharding.states import DayStates
from tests.object_storage.storage import S3Server
from tests.warehouse.building import DAY_1


@dataclass
class Shared:
    """A database and a bucket of one test."""

    url: str
    engine: Engine
    storage: S3Server
    bucket: str
    folder: Path

    @property
    def states(self) -> DayStates:
        return DayStates(self.engine)

    @property
    def files(self) -> SharedFiles:
        return SharedFiles(BucketUrl("s3", self.bucket, "lake/work"), self.storage.url, patience_s=0)

    def machine(self, name: str, *days: dt.date | None, published: PublishedDays | None = None) -> DayWarehouse:
        """The working database of some days on a machine with a home of its own."""
        return DayWarehouse(self.folder / name, days or (DAY_1,), self.states, self.files, published=published)

    def keys(self) -> set[str]:
        """All objects below the states of days."""
        return {key for key in self.storage.keys(self.bucket) if key.startswith("lake/work/")}


def versions_of(machine: DayWarehouse) -> dict[str, str]:
    """The newest version of each of its days."""
    with machine.newest() as versions:
        return versions


def table_of(key: str) -> str:
    """The table whose rows a file of a day's state has."""
    return key.rpartition("/")[2].partition("-")[0]
