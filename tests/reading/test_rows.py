"""From raw JSON to rows: one unreadable document costs its own channel, and nothing is paid to read it again."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.raw_store import RawStore
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import UnitState
from qa_pipeline.reading.channels import AskedSource
from qa_pipeline.reading.rows import (
    BAD_RESULT,
    OUTCOME_UNKNOWN,
    RAW_JSON_MISSING,
    Answers,
    earlier_answers,
    read_answers,
    task_rows,
)
from qa_pipeline.recordings.channels import stereo_sources
from qa_pipeline.transcription.roles import role_of
from qa_pipeline.transcription.tables import CallStatus, ChannelOfCall
from tests.ledger.building import PAID, bring, planned, stereo, work_item

NO_SPEECH = "SUCCESS_WITH_NO_VALID_FRAGMENT"


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(tmp_path / "raw")


def result(channel_id: int, *texts: str, **labels: Any) -> bytes:
    sentences = [
        {"sentence_id": index, "begin_time": index * 1000, "end_time": index * 1000 + 900, "text": text, **labels}
        for index, text in enumerate(texts)
    ]
    transcript = {"channel_id": channel_id, "text": "".join(texts), "sentences": sentences}
    return json.dumps({"file_url": "x", "transcripts": [transcript]}).encode()


def answer(ledger: Ledger, store: RawStore, unit: LedgerRow, document: bytes, code: str | None = None) -> LedgerRow:
    """Brings a planned unit to `fetched` with this document."""
    stored = store.put(unit.model, unit.call_date, unit.submission_id, document)
    return bring(ledger, unit, UnitState.FETCHED, raw_path=stored.path, raw_sha256=stored.sha256, code=code)


def asked(unit: LedgerRow) -> AskedSource:
    role = role_of(unit.channel_id, 0)
    day = dt.date.fromisoformat(unit.call_date)
    channel = ChannelOfCall(
        unit.call_id, unit.channel_id, day, role, unit.recording_id, unit.audio_s, unit.model, unit.engine
    )
    sources = stereo_sources(unit.recording_id, unit.source_uri, unit.audio_s, 0)
    return AskedSource(channel, sources[unit.channel_id], unit)


def read(store: RawStore, *units: LedgerRow) -> Answers:
    return read_answers([asked(unit) for unit in units], store, emotion_roles="both")


def both(ledger: Ledger, name: str = "c1") -> tuple[LedgerRow, LedgerRow]:
    agent, customer = ledger.plan(stereo(name), PAID, together=False)
    return agent, customer


def test_both_channels_become_rows_and_an_ok_call(ledger: Ledger, store: RawStore) -> None:
    agent, customer = both(ledger)
    agent = answer(ledger, store, agent, result(0, "您好。", "请讲。", language="zh", emotion="happy"))
    customer = answer(ledger, store, customer, result(1, "Hello."))
    answers = read(store, agent, customer)
    assert answers.statuses["c1"].status == "ok"
    assert [(row["role"], row["text"]) for row in answers.sentences] == [
        ("agent", "您好。"), ("agent", "请讲。"), ("customer", "Hello."),
    ]  # fmt: skip
    assert [row["text"] for row in answers.channel_texts] == ["您好。请讲。", "Hello."]
    assert answers.read_units == [agent.unit_id, customer.unit_id]


def test_no_speech_is_an_empty_transcript_of_an_ok_call(ledger: Ledger, store: RawStore) -> None:
    agent, customer = both(ledger)
    agent = answer(ledger, store, agent, result(0, "您好。"))
    silent = answer(ledger, store, customer, b'{"output": {"task_status": "FAILED"}}', code=NO_SPEECH)
    answers = read(store, agent, silent)
    assert answers.statuses["c1"].status == "ok"
    assert [row["text"] for row in answers.channel_texts] == ["您好。", ""]


UNREADABLE = {
    "not JSON": (b"<html>", BAD_RESULT, "not JSON"),
    "the other channel only": (result(0, "x"), BAD_RESULT, r"channel 1 was asked for, the result has channels \[0\]"),
}


@pytest.mark.parametrize(("document", "code", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_document_that_cannot_be_read_costs_its_own_channel_only(
    ledger: Ledger, store: RawStore, document: bytes, code: str, message: str
) -> None:
    agent, customer = both(ledger)
    agent = answer(ledger, store, agent, result(0, "您好。"))
    customer = answer(ledger, store, customer, document)
    other_agent, other_customer = both(ledger, "c2")
    other_agent = answer(ledger, store, other_agent, result(0, "a"))
    other_customer = answer(ledger, store, other_customer, result(1, "b"))
    answers = read(store, agent, customer, other_agent, other_customer)
    assert {call: status.status for call, status in answers.statuses.items()} == {"c1": "partial", "c2": "ok"}
    assert answers.statuses["c1"].reason == code
    assert list(answers.unreadable) == [customer.unit_id]
    found_code, found_message = answers.unreadable[customer.unit_id]
    assert found_code == code
    assert re.search(message, found_message)
    assert {row["channel_id"] for row in answers.sentences if row["call_id"] == "c1"} == {0}


def test_an_odd_value_costs_itself_and_becomes_a_row_of_remarks(ledger: Ledger, store: RawStore) -> None:
    agent, customer = both(ledger)
    agent = answer(ledger, store, agent, result(0, "您好。", "请讲。", language="zh-CN", emotion="calm"))
    late = {"begin_time": 0, "end_time": 63_000, "text": "x"}
    document = {"transcripts": [{"channel_id": "1", "text": "x", "sentences": [late]}]}
    customer = answer(ledger, store, customer, json.dumps(document).encode())
    answers = read(store, agent, customer)
    assert (answers.statuses["c1"].status, answers.unreadable) == ("ok", {})
    assert [(row["text"], row["end_ms"], row["language"], row["emotion"]) for row in answers.sentences] == [
        ("您好。", 900, "zh", None), ("请讲。", 1900, "zh", None), ("x", 61_500, None, None),
    ]  # fmt: skip
    assert [
        (row["role"], row["field"], row["action"], row["value"], row["occurrences"]) for row in answers.remarks
    ] == [
        ("agent", "language", "converted", '"zh-CN"', 2),
        ("agent", "emotion", "null", '"calm"', 2),
        ("customer", "channel_id", "converted", '"1"', 1),
        ("customer", "end_time", "clipped", "63000", 1),
    ]


@pytest.mark.parametrize("together", [False, True])
def test_a_transcript_without_its_channel_is_that_of_the_only_channel_asked_for(
    ledger: Ledger, store: RawStore, together: bool
) -> None:
    agent, customer = ledger.plan(stereo("c1"), PAID, together=together)
    document = json.dumps({"transcripts": [{"text": "x", "sentences": []}]}).encode()
    agent, customer = (answer(ledger, store, unit, document) for unit in (agent, customer)) if not together else (
        answer(ledger, store, agent, document), ledger.get([customer.unit_id])[0]
    )  # fmt: skip
    answers = read(store, agent, customer)
    assert answers.statuses["c1"].status == ("failed" if together else "ok"), "nobody knows whose words these are"


def test_raw_json_that_was_deleted_is_a_failure_with_its_own_code(ledger: Ledger, store: RawStore) -> None:
    unit = answer(ledger, store, planned(ledger), result(0, "x"))
    (store.root / str(unit.raw_path)).unlink()
    answers = read(store, unit)
    assert answers.unreadable[unit.unit_id][0] == RAW_JSON_MISSING
    assert answers.statuses["c1"].status == "failed"


def note_and_read_again(ledger: Ledger, store: RawStore, unit: LedgerRow, restored: bytes) -> tuple[Answers, LedgerRow]:
    """Lets the first reading fail and be noted, restores the document, and reads again, as two runs do."""
    path = store.root / str(unit.raw_path)
    path.unlink()
    ledger.note_unreadable(read(store, unit).unreadable)
    path.write_bytes(restored)
    answers = read(store, ledger.get([unit.unit_id])[0])
    ledger.mark_parsed(answers.read_units)
    return answers, ledger.get([unit.unit_id])[0]


def test_restored_raw_json_is_read_again_and_the_old_fault_forgotten(ledger: Ledger, store: RawStore) -> None:
    document = result(0, "您好。")
    unit = answer(ledger, store, planned(ledger), document)
    answers, after = note_and_read_again(ledger, store, unit, document)
    assert answers.statuses["c1"].status == "ok"
    assert (after.state, after.code, after.message) == (UnitState.PARSED, None, None)


def test_no_speech_stays_no_speech_after_its_document_was_missing_for_a_while(ledger: Ledger, store: RawStore) -> None:
    document = b'{"output": {"task_status": "FAILED"}}'
    unit = answer(ledger, store, planned(ledger), document, code=NO_SPEECH)
    answers, after = note_and_read_again(ledger, store, unit, document)
    assert [row["text"] for row in answers.channel_texts] == [""]
    assert (after.state, after.code, after.message) == (UnitState.PARSED, NO_SPEECH, None)


@pytest.mark.parametrize("state", [UnitState.PLANNED, UnitState.SENDING, UnitState.SUBMITTED, UnitState.SUCCEEDED])
def test_a_channel_still_on_its_way_is_named_and_the_other_one_is_there(
    ledger: Ledger, store: RawStore, state: UnitState
) -> None:
    agent, customer = both(ledger)
    agent = answer(ledger, store, agent, result(0, "x"))
    answers = read(store, agent, bring(ledger, customer, state))
    found = answers.statuses["c1"]
    assert (found.status, found.reason) == ("partial", "STILL_OPEN")
    assert "customer (channel 1): " in str(found.message)
    assert "UTC); the next run goes on with it" in str(found.message)
    assert [row["text"] for row in answers.channel_texts] == ["x"]
    assert answers.failed_by_code() == {}


def test_a_channel_nobody_planned_is_named_too(ledger: Ledger, store: RawStore) -> None:
    answers = read_answers([replace(asked(planned(ledger)), row=None)], store, emotion_roles="both")
    assert answers.statuses["c1"] == CallStatus("failed", "STILL_OPEN", "agent (channel 0): not sent yet")


def test_an_earlier_answer_stands_in_until_the_new_one_is_there(ledger: Ledger, store: RawStore) -> None:
    [other] = ledger.plan([replace(work_item(), model="fun-asr")], PAID, together=False)
    before = answer(ledger, store, other, result(0, "x"))
    new = planned(ledger)
    earlier = earlier_answers([before, new])
    answers = read_answers([asked(new)], store, emotion_roles="both", earlier=earlier)
    assert answers.statuses["c1"].status == "ok"
    assert [(row["text"], row["model"]) for row in answers.channel_texts] == [("x", "fun-asr")]
    after = answer(ledger, store, new, result(0, "y"))
    answers = read_answers([asked(after)], store, emotion_roles="both", earlier=earlier)
    assert [(row["text"], row["model"]) for row in answers.channel_texts] == [("y", new.model)]


def test_an_unknown_outcome_says_how_to_decide(ledger: Ledger, store: RawStore) -> None:
    unit = bring(ledger, planned(ledger), UnitState.UNKNOWN, message="It may have been billed")
    status = read(store, unit).statuses["c1"]
    assert (status.status, status.reason) == ("failed", OUTCOME_UNKNOWN)
    assert "It may have been billed; decide with `qa-pipeline retry`" in str(status.message)


def test_every_attempt_is_a_row_of_the_tasks_with_times_in_utc(ledger: Ledger) -> None:
    failed = bring(ledger, planned(ledger), UnitState.FAILED, code="DECODE_ERROR", ended_at=1_760_000_000.0)
    again = ledger.plan_again([failed.unit_id], PAID)[0]
    rows = task_rows([ledger.get([failed.unit_id])[0], again])
    assert [(row["attempt"], row["state"], row["code"]) for row in rows] == [
        (1, "failed", "DECODE_ERROR"), (2, "planned", None),
    ]  # fmt: skip
    assert rows[0]["ended_at"] == dt.datetime(2025, 10, 9, 8, 53, 20, tzinfo=dt.UTC)
    assert rows[1]["ended_at"] is None
    assert rows[0]["call_date"] == dt.date(2025, 9, 1)


def test_an_engine_that_labels_no_sentence_is_read_with_the_languages_that_the_call_is_known_for(
    ledger: Ledger, store: RawStore
) -> None:
    agent, customer = both(ledger)
    spoken = result(0, "Thank you for calling, how can I help you?", "Sí, claro, quería cambiar de plan este mes.")
    agent = replace(answer(ledger, store, agent, spoken), engine="local/whisper base d01c3014")
    customer = replace(answer(ledger, store, customer, result(1, "4821.")), engine="local/whisper base d01c3014")
    wanted = [asked(unit) for unit in (agent, customer)]
    answers = read_answers(wanted, store, emotion_roles="both", languages={"c1": "en"})
    assert [(row["language"], row["language_source"]) for row in answers.sentences] == [
        ("en", "metadata"), ("es", "text"), ("en", "metadata"),
    ]  # fmt: skip
    labelled = result(0, "Sí, claro, quería cambiar de plan este mes.", language="en")
    stored = answer(ledger, store, planned(ledger, name="c2"), labelled)
    [row] = read(store, stored).sentences
    assert (row["language"], row["language_source"]) == ("en", "engine")
