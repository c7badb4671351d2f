"""A day of which nothing is new is not read again, and what its rows are made of is looked at."""

from __future__ import annotations

import os
from unittest import mock

import pytest

from qa_pipeline.defs.assets.calls import calls
from qa_pipeline.defs.assets.transcripts import transcripts_and_sentences
from qa_pipeline.ledger.raw_store import RawStore
from tests.pipeline.harness import GOLDEN_DAY, Pipeline
from tests.pipeline.steps import rows, run_steps

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
