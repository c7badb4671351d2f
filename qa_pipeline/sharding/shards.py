"""Shards of days in the bucket: what goes into each, and what came of it.

`<kind>/<day>/<shard>/` has the calls of a shard (`input.json`), the rows that were made of them (a Parquet file per
table), and last `done.json`, which names each call with a key: a hash of all that its rows are made of. A shard counts
from the moment that this file is there, so half of one is never seen. Two machines that work at the same shard write
the same. What is done is looked up by the keys of the calls, so that a call is never done twice, however a day is cut.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa_pipeline.sharding.files import SharedFiles

INPUT, DONE = "input.json", "done.json"
READERS = 8
"""Objects that are read at once."""

_NAME = re.compile(r"(\d{4})_(\d\d)_(\d\d)_([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class DoneCall:
    """A call that a shard has done: `facts` are what is known of it besides rows. One that is not `final` failed for a
    reason that may pass (a recording that is not there), and is done again by the next run."""

    call_id: str
    key: str
    shard: str
    facts: Mapping[str, Any]
    final: bool = True


@dataclass(slots=True)
class DoneCalls:
    """What shards have done of the calls of some days, by key."""

    by_key: dict[str, DoneCall] = field(default_factory=dict)

    def add(self, calls: Iterable[DoneCall]) -> None:
        """Adds calls; what is final is never replaced by what is not."""
        for call in calls:
            known = self.by_key.get(call.key)
            if known is None or call.final > known.final:
                self.by_key[call.key] = call

    def chosen(self, wanted: Mapping[str, str]) -> dict[str, list[DoneCall]]:
        """Of the calls `wanted` (call id → key) those that are done, by shard."""
        found = defaultdict(list)
        for key in wanted.values():
            if (call := self.by_key.get(key)) is not None:
                found[call.shard].append(call)
        return dict(found)

    def missing(self, wanted: Mapping[str, str], *, count_all: bool = False) -> list[str]:
        """The ids of wanted calls that are not done for good; with `count_all` those of which nothing is known."""
        return [
            call_id
            for call_id, key in wanted.items()
            if (call := self.by_key.get(key)) is None or not (call.final or count_all)
        ]


class Shards:
    """The shards of one kind. A shard's name says which day it is of, and is one that Dagster takes for a key."""

    def __init__(self, files: SharedFiles, kind: str) -> None:
        self._files, self._kind = files, kind

    def plan(self, day: str, keys: Iterable[str], content: Mapping[str, Any]) -> str:
        """Puts what goes into a shard where any machine finds it, and returns the shard's name; `keys` are those of its
        calls. The same calls are the same shard."""
        digest = hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:16]
        name = f"{day.replace('-', '_')}_{digest}"
        self._files.put_json(self._key(name, INPUT), content)
        return name

    def input(self, name: str) -> Any:
        """What `plan` was given.

        Raises:
            LookupError: it is gone.
        """
        content = self._files.get_json(self._key(name, INPUT))
        if content is None:
            raise LookupError(f"the shard {self._kind} {name} is gone from the lake's bucket; run the day again")
        return content

    def is_done(self, name: str) -> bool:
        """Whether all of a shard's calls are done for good."""
        facts = self._files.get_json(self._key(name, DONE))
        return facts is not None and all(call["final"] for call in facts["calls"])

    def put(self, name: str, tables: Mapping[str, Path], calls: Sequence[DoneCall]) -> None:
        """Puts what came of a shard there: the files of its tables, and only then what makes it done."""
        for table, file in tables.items():
            self._files.put(self._key(name, f"{table}.parquet"), file)
        rows = [{"call_id": call.call_id, "key": call.key, "facts": call.facts, "final": call.final} for call in calls]
        self._files.put_json(self._key(name, DONE), {"calls": rows, "tables": sorted(tables)})

    def put_extra(self, name: str, table: str, file: Path) -> None:
        """Puts rows there that go into a shard."""
        self._files.put(self._key(name, f"{table}.parquet"), file)

    def get(self, name: str, table: str, target: Path) -> None:
        """Writes the rows of a shard into a file.

        Raises:
            LookupError: they are gone.
        """
        if not self._files.get(self._key(name, f"{table}.parquet"), target):
            raise LookupError(
                f"rows of the shard {self._kind} {name} are gone from the lake's bucket; run the day again"
            )

    def done(self, days: Iterable[str]) -> DoneCalls:
        """All that is done of some days."""
        names = [
            item.key.split("/")[-2]
            for day in days
            for item in self._files.listed(f"{self._kind}/{day}")
            if item.key.endswith(f"/{DONE}")
        ]
        found = DoneCalls()
        with ThreadPoolExecutor(READERS, thread_name_prefix="shards") as threads:
            for calls in threads.map(self._done_calls, names):
                found.add(calls)
        return found

    def _done_calls(self, name: str) -> list[DoneCall]:
        facts = self._files.get_json(self._key(name, DONE)) or {"calls": []}  # cleaned up since it was listed
        return [DoneCall(call["call_id"], call["key"], name, call["facts"], call["final"]) for call in facts["calls"]]

    def _key(self, name: str, file: str) -> str:
        found = _NAME.fullmatch(name)
        if found is None:
            raise ValueError(f"{name!r} is not the name of a shard")
        return f"{self._kind}/{'-'.join(found.groups()[:3])}/{name}/{file}"


def call_key(*parts: object) -> str:
    """A hash of all that a call's rows are made of; the parts have the same text on every machine."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
