"""Another local engine: what nobody could hear is tried again, what was answered stays until somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from qa_pipeline.dispatch.local_engines import one_listens, was_heard_otherwise, was_not_heard
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.local_service import ServiceConfig
from qa_pipeline.reading.rows import task_rows
from tests.dispatch.trial import LOCAL, PAID, Trial
from tests.local_service.in_thread import service_in_thread

AUTO = replace(LOCAL, engine="local auto")
TINY, BASE = "local whisper tiny 0123abcd", "local whisper base d01c3014"


@pytest.fixture
def auto(tmp_path: Path, landing: Path) -> Iterator[Trial]:
    """A service that signs its answers, with the references of `landing` and nothing that listens."""
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "hotel.wav").write_bytes((landing / "hotel.wav").read_bytes())
    ledger = Ledger(open_operations(f"sqlite:///{tmp_path / 'operations.sqlite'}"))
    config = ServiceConfig(recognizer="auto", references=(landing,), submits_per_minute=100_000, allow_faults=True)
    with service_in_thread(config) as running:
        yield Trial(running.base_url, tmp_path, ledger)
    ledger.engine.dispose()


@pytest.mark.parametrize("together", [False, True])
def test_the_engine_that_signed_an_answer_is_kept_with_it(auto: Trial, together: bool) -> None:
    auto.run(auto.calls("hotel"), billing=AUTO, together=together)
    rows = auto.ledger.in_states([UnitState.FETCHED])
    assert {(row.engine, row.answered_by) for row in rows} == {("local auto", "local reference")}
    assert {row["engine"] for row in task_rows(rows)} == {"local reference"}


def test_nobody_signs_in_the_name_of_the_paid_service(auto: Trial) -> None:
    auto.run(auto.calls("hotel"), billing=PAID)
    rows = auto.ledger.in_states([UnitState.FETCHED])
    assert {(row.answered_by, row.made_by) for row in rows} == {(None, "dashscope beijing")}


@pytest.fixture
def answered(auto: Trial) -> LedgerRow:
    auto.run(auto.calls("hotel"), billing=AUTO)
    return auto.ledger.in_states([UnitState.FETCHED])[0]


def test_only_what_failed_for_want_of_ears_is_tried_again(answered: LedgerRow) -> None:
    unheard = replace(answered, state=UnitState.FAILED, code="LOCAL_MODEL_NOT_INSTALLED")
    assert was_not_heard(unheard)
    assert not any(
        was_not_heard(row)
        for row in (answered, replace(unheard, engine_kind="dashscope"), replace(unheard, code="FILE_TOO_LARGE"))
    )
    assert [one_listens(engines) for engines in ((), ("local reference",), ("local reference", BASE))] == [
        False, False, True,
    ]  # fmt: skip


def test_an_answer_is_another_engines_where_none_of_those_of_now_gave_it(answered: LedgerRow) -> None:
    by_tiny = replace(answered, answered_by=TINY)
    assert was_heard_otherwise(by_tiny, ["local reference", BASE])
    assert not was_heard_otherwise(by_tiny, ["local reference", TINY])
    assert not was_heard_otherwise(by_tiny, []), "nobody answers, so nothing is known"
    assert not was_heard_otherwise(replace(by_tiny, engine_kind="dashscope"), [BASE])
    without_weights = replace(answered, answered_by="local sense-voice")
    assert not was_heard_otherwise(without_weights, ["local sense-voice small c71f0ce0"])
