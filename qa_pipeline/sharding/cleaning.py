"""Removes what machines shared of days and nobody needs any more: old states, files that no state names, old shards."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Engine

from qa_pipeline.object_storage.bucket import StoredObject
from qa_pipeline.settings import Settings
from qa_pipeline.sharding.opening import SHARDS, WORK, shared_files
from qa_pipeline.sharding.shards import DONE
from qa_pipeline.sharding.states import DayStates

STATES_KEPT = dt.timedelta(days=30)
"""How long the state of a day stays after its last change; the lake has the day, so it only spares a way there."""

SHARDS_KEPT = dt.timedelta(days=14)
"""How long what a shard has made is found by a run that is done again."""

LEFT_BEHIND_AFTER = dt.timedelta(days=1)
"""A file that no state names and that is older was left by a machine that was killed."""

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Cleaned:
    """How many days' states, files of states and shards were removed."""

    days: int
    files: int
    shards: int


def clean_days(settings: Settings, engine: Engine) -> Cleaned:
    """One round; safe at any time, while days are worked at too.

    Raises:
        StorageError: the lake's bucket cannot be used.
    """
    now, states, work = dt.datetime.now(dt.UTC), DayStates(engine), shared_files(settings, WORK)
    days = states.forget(STATES_KEPT.total_seconds())
    found = [item for item in work.listed("") if item.changed_at < now - LEFT_BEHIND_AFTER]
    named = states.files()  # asked afterwards: a file is there before a state names it
    gone = [item.key for item in found if item.key not in named]
    for start in range(0, len(gone), AT_ONCE):
        work.delete(gone[start : start + AT_ONCE])
    return Cleaned(len(days), len(gone), _remove_shards(settings, now - SHARDS_KEPT))


def _remove_shards(settings: Settings, before: dt.datetime) -> int:
    files = shared_files(settings, SHARDS)
    of_shard: defaultdict[str, list[StoredObject]] = defaultdict(list)
    for item in files.listed(""):
        of_shard[item.key.rpartition("/")[0]].append(item)
    old = [items for items in of_shard.values() if all(item.changed_at < before for item in items)]
    for items in old:
        # what makes it done goes first, so that a shard is never found done and without its rows
        files.delete([item.key for item in items if item.key.endswith(f"/{DONE}")])
        files.delete([item.key for item in items if not item.key.endswith(f"/{DONE}")])
    return len(old)
