"""One step of a day in a process of its own, which is killed at a chosen write; started by a fork server."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg

from qa_pipeline.defs.assets.calls import calls
from qa_pipeline.defs.assets.sharded.acoustics import acoustics
from qa_pipeline.defs.assets.sharded.conversations import conversation_tables
from qa_pipeline.defs.assets.sharded.transcriptions import transcriptions
from qa_pipeline.defs.assets.sharded.transcripts import transcripts_and_sentences
from qa_pipeline.defs.resources import OperationsResource, SettingsResource, WarehouseResource
from qa_pipeline.sharding import conversations, reading, recognition, sound
from qa_pipeline.sharding.files import SharedFiles
from qa_pipeline.sharding.states import DayStates

STEPS = {
    "calls": calls,
    "acoustics": acoustics,
    "transcriptions": transcriptions,
    "transcripts_and_sentences": transcripts_and_sentences,
    "conversation_tables": conversation_tables,
}


def take_step(environment: Mapping[str, str], name: str, day: str, kill_at: int) -> None:
    """Does a step of a day; is killed before or after the write of that number, counted in halves."""
    os.environ.clear()
    os.environ.update(environment)
    count = itertools.count()

    def killing(method: Callable[..., Any]) -> Callable[..., Any]:
        def killed(*arguments: Any, **options: Any) -> Any:
            for is_done in (False, True):
                if next(count) == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)
                if not is_done:
                    found = method(*arguments, **options)
            return found

        return killed

    for module in (sound, recognition, reading):
        module.SOUND_S_PER_SHARD = 0.1  # type: ignore[attr-defined]
    conversations.SENTENCES_PER_SHARD = 1.0
    SharedFiles.put = killing(SharedFiles.put)  # type: ignore[method-assign]
    DayStates.replace = killing(DayStates.replace)  # type: ignore[method-assign]
    resources = {"settings": SettingsResource(), "warehouse": WarehouseResource(), "operations": OperationsResource()}
    dg.materialize([STEPS[name]], partition_key=day, resources=resources)
