"""Each check passes on data that is right and finds a fault that was planted, on the days of the run only."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from qa_pipeline.defs.assets.tables import run_check
from qa_pipeline.defs.assets.transcriptions import _checks, report_metadata
from qa_pipeline.defs.assets.transcripts import share_check
from qa_pipeline.dispatch.planning import Plan
from qa_pipeline.dispatch.report import DispatchReport
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.statements.files import SQL_ROOT
from qa_pipeline.transcription.languages import LANGUAGE_CODES
from qa_pipeline.transcription.models import EMOTIONS
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.recording_keys import other_days_with_recordings_of
from tests.warehouse.building import DAY_1, DAY_2, call_rows, put, recording_id


@dataclass(frozen=True)
class Planted:
    """A statement that puts a fault into the data of call `a`, and the check that must find it."""

    check: str
    asset: str
    statement: str


SENTENCES_IN_ORDER = "sentences_lie_inside_the_recording_in_order"
KNOWN_VALUES = "emotions_and_languages_are_known"
EARLIER = (
    "insert into sentences by name "
    "select * replace (1 as sentence_id, 400 as begin_ms) from sentences where call_id = 'a'"
)
PLANTED = {
    "a customer nobody transcribed": Planted(
        "ok_calls_have_both_roles", "transcripts", "delete from transcripts where call_id = 'a' and channel_id = 1"
    ),
    "no transcript at all": Planted(
        "ok_calls_have_both_roles", "transcripts", "delete from transcripts where call_id = 'a'"
    ),
    "two channels of one role": Planted(
        "ok_calls_have_both_roles", "transcripts", "update transcripts set role = 'agent' where call_id = 'a'"
    ),
    "a sentence that ends before it begins": Planted(
        SENTENCES_IN_ORDER, "sentences", "update sentences set end_ms = begin_ms - 1 where call_id = 'a'"
    ),
    "a sentence far past the end": Planted(
        SENTENCES_IN_ORDER, "sentences", "update sentences set end_ms = 11002 where call_id = 'a'"
    ),
    "a sentence that begins before the one ahead of it": Planted(
        SENTENCES_IN_ORDER,
        "sentences",
        f"update sentences set begin_ms = 500 where call_id = 'a' and channel_id = 0; {EARLIER} and channel_id = 0",
    ),
    "a sentence that begins before the recording": Planted(
        SENTENCES_IN_ORDER, "sentences", "update sentences set begin_ms = -1 where call_id = 'a'"
    ),
    "an emotion nobody has": Planted(
        KNOWN_VALUES, "sentences", "update sentences set emotion = 'bored' where call_id = 'a'"
    ),
    "a language nobody has": Planted(
        KNOWN_VALUES, "sentences", "update sentences set language = 'xx' where call_id = 'a'"
    ),
    "a sentence of blanks": Planted(
        "text_is_not_empty_where_speech_was_found", "sentences", "update sentences set text = '  ' where call_id = 'a'"
    ),
    "a sentence of wide blanks and line ends": Planted(
        "text_is_not_empty_where_speech_was_found",
        "sentences",
        "update sentences set text = '　' || chr(10) || chr(9) where call_id = 'a'",
    ),
    "one recording under two usable calls": Planted(
        "calls_are_told_apart",
        "calls",
        f"update call_channels set recording_id = '{recording_id('b')}' where call_id = 'a'",
    ),
}
EVERY_CHECK = sorted({(planted.check, planted.asset) for planted in PLANTED.values()})


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Calls `a` (day 1), `b` (day 2) with both roles; a quarantined duplicate; a partial call with one role."""
    warehouse = Warehouse(tmp_path_factory.mktemp("filled") / "warehouse.duckdb")
    for call_id, day in (("a", DAY_1), ("b", DAY_2)):
        rows = call_rows(call_id, day)
        customer = {"channel_id": 1, "role": "customer"}
        put(warehouse, rows, {table: {**rows[table], **customer} for table in ("transcripts", "sentences")})
    put(warehouse, {"calls": call_rows("again", DAY_1, audio="a", status="quarantined")["calls"]})
    put(warehouse, call_rows("half", DAY_1, status="partial"))
    return warehouse.path


@pytest.fixture
def right(filled: Path, tmp_path: Path) -> Warehouse:
    """A warehouse of the test's own, filled."""
    return Warehouse(shutil.copy(filled, tmp_path / "warehouse.duckdb"))


def outcome(warehouse: Warehouse, check: str, asset: str, *days: Any) -> dg.AssetCheckResult:
    of_days = days or (DAY_1, DAY_2)
    with warehouse.transaction() as connection:
        others = other_days_with_recordings_of(connection, of_days)
        values = {"other_days": others} if check == "calls_are_told_apart" else None
        return run_check(connection, of_days, asset=asset, name=check, values=values)


@pytest.mark.parametrize(("check", "asset"), EVERY_CHECK)
def test_data_that_is_right_passes(right: Warehouse, check: str, asset: str) -> None:
    found = outcome(right, check, asset)
    assert (found.passed, found.metadata["failing_rows"].value) == (True, 0)


@pytest.mark.parametrize("name", list(PLANTED))
def test_a_planted_fault_is_found_and_its_call_named(right: Warehouse, name: str) -> None:
    planted = PLANTED[name]
    with right.transaction() as connection:
        connection.execute(planted.statement)
    found = outcome(right, planted.check, planted.asset)
    assert not found.passed
    shown = str(found.metadata["first_failing_rows"].value)
    assert "'a'" in shown or recording_id("b") in shown
    assert found.severity is dg.AssetCheckSeverity.ERROR


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_a_fault_of_another_day_does_not_fail_this_ones_run(right: Warehouse, planted: Planted) -> None:
    with right.transaction() as connection:
        connection.execute(planted.statement)
    other_day = outcome(right, planted.check, planted.asset, DAY_2)
    assert other_day.passed == (planted.check != "calls_are_told_apart"), "one recording under two days concerns both"


def test_every_check_of_the_folder_is_tried_here_or_beside_its_asset() -> None:
    beside = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    tried = {check for check, _ in EVERY_CHECK}
    shipped = [path.stem for path in (SQL_ROOT / "checks").glob("*.sql")]
    assert [name for name in shipped if name not in tried and f'"{name}"' not in beside] == []


def test_the_known_values_of_the_check_are_those_of_the_service(right: Warehouse) -> None:
    for column, values in (("emotion", EMOTIONS), ("language", LANGUAGE_CODES)):
        for value in values:
            with right.transaction() as connection:
                connection.execute(f"update sentences set {column} = ? where call_id = 'a'", [value])
            assert outcome(right, KNOWN_VALUES, "sentences").passed, value


def test_only_the_first_failing_rows_are_shown_and_all_are_counted(right: Warehouse) -> None:
    put(
        right,
        *({"sentences": {**call_rows("a", DAY_1)["sentences"], "sentence_id": n, "text": ""}} for n in range(1, 40)),
    )
    found = outcome(right, "text_is_not_empty_where_speech_was_found", "sentences")
    assert found.metadata["failing_rows"].value == 39
    assert len(found.metadata["first_failing_rows"].value) == 20


# -- the checks of a dispatch -------------------------------------------------------------------------------------


def open_row(message: str) -> LedgerRow:
    values = dict.fromkeys((item.name for item in fields(LedgerRow)), None)
    return LedgerRow(**{**values, "state": UnitState.SUBMITTED, "message": message})  # type: ignore[arg-type]


def report(**numbers: Any) -> DispatchReport:
    usual = {
        "wanted": 10, "skipped_as_paid": 0, "sent": 10, "answered": 10, "failed_by_code": {}, "unknown": 0,
        "imported": 0, "remaining": 0, "audio_s": 20.0, "billed_s": 20.0, "cost_usd": 0.00064, "task_p50_s": 2.0,
        "task_p95_s": 6.0,
        "stopped_by": None,
    }  # fmt: skip
    return DispatchReport(**{**usual, **numbers})


@pytest.mark.parametrize(("share", "passes"), [(0.0, True), (0.2, True), (0.21, False), (1.0, False)])
def test_the_share_of_failed_channels_is_held_against_the_setting(share: float, passes: bool) -> None:
    found = share_check(share, 0.2)
    assert (found.check_name, found.passed) == ("failed_share_is_acceptable", passes)


def test_a_channel_that_is_under_way_is_told() -> None:
    ended, known = _checks(report())
    assert (ended.passed, known.passed) == (True, True)
    ended, known = _checks(report(remaining=1, open=(open_row("the service has not ended its task t1"),)))
    assert (ended.passed, known.passed) == (False, True)
    assert ended.metadata["why"].value == "the service has not ended its task t1"


def test_one_unknown_outcome_is_told() -> None:
    assert not _checks(report(unknown=1))[1].passed


def test_the_metadata_says_what_the_day_cost_and_what_came_of_it() -> None:
    plan = Plan(choices=Counter({("fun-asr", "the setting"): 10}), notes=["a note"])
    found = report_metadata(report(failed_by_code={"DECODE_ERROR": 2}, unknown=1), plan)
    assert found["models"].value == [{"model": "fun-asr", "reason": "the setting", "channels": 10}]
    assert found["notes"].value == ["a note"]
    assert (found["channels_sent"], found["billed_s"], found["cost_usd"]) == (10, 20.0, 0.00064)
    assert found["channels_failed_by_code"].value == {"DECODE_ERROR": 2}
    assert (found["task_p50_s"], found["task_p95_s"]) == (2.0, 6.0)
