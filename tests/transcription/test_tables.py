"""Rows of `sentences`, and what became of a call when its channels came to different ends."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from qa_pipeline.transcription.remarks import Remark
from qa_pipeline.transcription.results import ChannelTranscript, Sentence, Word
from qa_pipeline.transcription.roles import role_of
from qa_pipeline.transcription.tables import (
    PAST_THE_END_MS,
    STILL_OPEN,
    ChannelOfCall,
    ChannelOutcome,
    call_status,
    channel_text_row,
    fit_to_recording,
    group_by_call,
    remark_rows,
    sentence_rows,
)

AGENT = ChannelOfCall("c1", 0, dt.date(2025, 9, 1), "agent", "ab" * 32, 10.0, "qwen3-asr-flash-filetrans", "local x")
CUSTOMER = ChannelOfCall("c1", 1, dt.date(2025, 9, 1), "customer", "ab" * 32, 10.0, AGENT.model, AGENT.engine)


def heard(*sentences: Sentence) -> ChannelTranscript:
    return ChannelTranscript(0, "all of it", sentences)


def test_the_agent_is_on_the_channel_the_metadata_names() -> None:
    assert [role_of(0, 0), role_of(1, 0), role_of(0, 1), role_of(1, 1)] == ["agent", "customer", "customer", "agent"]


def test_a_sentence_becomes_a_row_with_its_words_and_nothing_made_up() -> None:
    said = Sentence(0, 100, 900, "Hi.", "en", "happy", (Word(100, 900, "Hi", ".", 0.5),))
    silent = Sentence(1, 1000, 1100, "Hm")
    first, second = sentence_rows(AGENT, heard(said, silent), emotion_roles="both")
    assert first["words"] == [{"begin_ms": 100, "end_ms": 900, "text": "Hi", "punctuation": ".", "confidence": 0.5}]
    assert (first["role"], first["language"], first["emotion"]) == ("agent", "en", "happy")
    assert (second["words"], second["language"], second["emotion"]) == (None, None, None)
    assert (first["confidence"], second["confidence"]) == (0.5, None)


@pytest.mark.parametrize(
    ("setting", "kept"),
    [("both", {"agent", "customer"}), ("agent", {"agent"}), ("customer", {"customer"}), ("none", set())],
)
def test_an_emotion_is_stored_for_the_chosen_roles_only(setting: str, kept: set[str]) -> None:
    said = heard(Sentence(0, 0, 1, "x", "en", "angry"))
    rows = [sentence_rows(channel, said, emotion_roles=setting)[0] for channel in (AGENT, CUSTOMER)]
    assert {row["role"] for row in rows if row["emotion"] == "angry"} == kept
    assert {row["role"] for row in rows if row["emotion"] is None} == {"agent", "customer"} - kept


def fitted(*sentences: Sentence) -> tuple[list[tuple[int | None, int | None]], list[tuple[str, str, str | None]]]:
    """Begins and ends after fitting to ten seconds, and what was remarked."""
    found = fit_to_recording(heard(*sentences), 10.0)
    remarked = [(item.field, item.action, item.value) for item in found.remarks]
    return [(item.begin_ms, item.end_ms) for item in found.sentences], remarked


def test_a_sentence_may_end_as_far_past_the_recording_as_codecs_pad() -> None:
    assert fitted(Sentence(0, 0, 10_000 + PAST_THE_END_MS, "x")) == ([(0, 11_000)], [])


def test_a_sentence_that_ends_later_ends_with_the_recording() -> None:
    late = Sentence(0, 9000, 10_001 + PAST_THE_END_MS, "x")
    assert fitted(late) == ([(9000, 10_000)], [("end_time", "clipped", "11001")])


def test_a_sentence_that_begins_after_the_recording_has_no_times() -> None:
    late = Sentence(0, 12_000, 13_000, "x")
    assert fitted(late) == ([(None, None)], [("begin_time", "null", "12000"), ("end_time", "null", "13000")])


def test_a_word_ends_with_the_recording_and_one_that_begins_after_it_is_left_out() -> None:
    words = (Word(0, 9, "x"), Word(9, 80_000_000, "y"), Word(79_000_000, 80_000_000, "z"))
    found = fit_to_recording(heard(Sentence(0, 0, 900, "x y z", words=words)), 10.0)
    assert [sentence.words for sentence in found.sentences] == [(Word(0, 9, "x"), Word(9, 10_000, "y"))]
    assert [(item.field, item.action, item.sentence_id) for item in found.remarks] == [
        ("words.end_time", "clipped", 0), ("words", "dropped", 0),
    ]  # fmt: skip


def test_remarks_become_rows_and_say_nothing_of_emotions_that_are_not_kept() -> None:
    remarks = (Remark("emotion", "null", '"calm"', 3), Remark("text", "derived", None, None, 2))
    transcript = ChannelTranscript(0, "", (), remarks)
    rows = remark_rows(AGENT, transcript, emotion_roles="customer")
    assert rows == [
        {
            "call_id": "c1", "channel_id": 0, "remark_id": 0, "call_date": AGENT.call_date, "role": "agent",
            "sentence_id": None, "field": "text", "value": None, "action": "derived", "occurrences": 2,
        }
    ]  # fmt: skip
    assert [row["field"] for row in remark_rows(AGENT, transcript, emotion_roles="both")] == ["emotion", "text"]


def test_a_channel_where_nobody_spoke_has_a_text_row_and_no_sentences() -> None:
    silence = ChannelTranscript(1, "", ())
    assert sentence_rows(CUSTOMER, silence, emotion_roles="both") == []
    assert channel_text_row(CUSTOMER, silence)["text"] == ""


def outcome(channel_id: int, how: str) -> ChannelOutcome:
    role = role_of(channel_id, 0)
    if how == "failed":
        return ChannelOutcome(channel_id, role, "failed", "DECODE_ERROR", "cannot be decoded")
    return ChannelOutcome(channel_id, role, how)  # type: ignore[arg-type]


@pytest.mark.parametrize("ends", list(itertools.product(["ok", "failed", "open"], repeat=2)))
def test_a_call_is_what_its_channels_came_to(ends: tuple[str, str]) -> None:
    found = call_status([outcome(0, ends[0]), outcome(1, ends[1])])
    assert found.status == {2: "ok", 1: "partial", 0: "failed"}[ends.count("ok")]
    assert found.reason == (STILL_OPEN if "open" in ends else "DECODE_ERROR" if "failed" in ends else None)


def test_a_channel_that_is_open_is_named_before_one_that_failed() -> None:
    found = call_status([outcome(0, "failed"), ChannelOutcome(1, "customer", "open", message="not sent yet")])
    assert found.message == "customer (channel 1): not sent yet; agent (channel 0): cannot be decoded"


def test_a_call_without_channels_is_not_called_ok() -> None:
    assert call_status([]).status == "pending"


def test_the_reason_names_the_roles_that_failed() -> None:
    one = call_status([outcome(0, "ok"), outcome(1, "failed")])
    both = call_status([outcome(0, "failed"), outcome(1, "failed")])
    assert one.message == "customer (channel 1): cannot be decoded"
    assert both.message == "agent (channel 0) and customer (channel 1): cannot be decoded"


def test_outcomes_are_collected_by_call_in_channel_order() -> None:
    keyed = {("b", 1): outcome(1, "ok"), ("a", 0): outcome(0, "ok"), ("b", 0): outcome(0, "failed")}
    grouped = group_by_call(keyed)
    assert list(grouped) == ["a", "b"]
    assert [item.channel_id for item in grouped["b"]] == [0, 1]
