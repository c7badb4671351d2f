"""A day of which nothing is new is not read again, and what its rows are made of is looked at."""

from __future__ import annotations

import os
from unittest import mock

import pytest

from qa_pipeline.defs.assets.calls import calls
from qa_pipeline.defs.assets.transcripts import transcripts_and_sentences
from qa_pipeline.ledger.raw_store import RawStore
from tests.pipeline.harness import GOLDEN_DAY, Pipeline
from tests.pipeline.steps import rows, run_steps, working_tables

pytestmark = pytest.mark.whole_run


def answers_opened(pipeline: Pipeline) -> int:
    """How many answers the day's steps look into."""
    with mock.patch.object(RawStore, "get", autospec=True, side_effect=RawStore.get) as get:
        run_steps(pipeline, GOLDEN_DAY, only=(calls, transcripts_and_sentences))
    return get.call_count


def what_is_known(pipeline: Pipeline) -> list[tuple[object, ...]]:
    sentences = rows(pipeline, "from sentences order by all")
    return sentences + rows(pipeline, "select call_id, status, status_reason, status_message from calls order by all")


def test_answers_are_read_again_only_where_something_is_new(ran: Pipeline) -> None:
    answers_opened(ran)  # the files of the fixture lie elsewhere since they were read
    before = what_is_known(ran)
    assert answers_opened(ran) == 0
    assert what_is_known(ran) == before

    rows(ran, "update sentences set text = 'something else' where sentence_id = 0")
    assert answers_opened(ran) > 0
    assert what_is_known(ran) == before

    os.utime(next((ran.home / "raw").rglob("*.json")), (1, 1))
    assert answers_opened(ran) > 0
    assert answers_opened(ran) == 0


def test_a_day_of_which_nothing_is_new_is_not_written_again(ran: Pipeline) -> None:
    """Rows keep the time when they were written, also of what is worked out anew each time; what did change is
    written. Calls that are set aside for their sound are judged again by each run."""

    def written(table: str) -> list[tuple[object, ...]]:
        of_usable = "call_id in (select call_id from calls where status <> 'quarantined')"
        return rows(ran, f"select call_id, loaded_at from {table} where {of_usable} order by call_id")

    run_steps(ran, GOLDEN_DAY)  # the files of the fixture lie elsewhere since they were measured
    before = written("calls"), written("call_metrics")
    run_steps(ran, GOLDEN_DAY)
    assert (written("calls"), written("call_metrics")) == before

    tables = working_tables(ran)
    rows(ran, "update call_metrics set talk_ratio = 2")
    assert working_tables(ran) != tables
    run_steps(ran, GOLDEN_DAY)
    assert working_tables(ran) == tables
    assert written("calls") == before[0]
    assert set(written("call_metrics")).isdisjoint(before[1])
