"""Rows that were read, without what is personal: texts, words, the text of a channel, odd values."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from qa_pipeline.privacy.policy import RedactionPolicy
from qa_pipeline.reading.redaction import redact
from qa_pipeline.reading.rows import Answers
from qa_pipeline.recordings.channels import stereo_sources
from qa_pipeline.recordings.usable_calls import UsableCall

DAY = dt.date(2025, 9, 1)
CALL = UsableCall(
    call_id="c1",
    recording_id="ab" * 32,
    call_date=DAY,
    duration_s=60.0,
    agent_channel=0,
    language="en",
    source_uri="file:///c1.wav",
    sources=tuple(stereo_sources("ab" * 32, "file:///c1.wav", 60.0, 0)),
    customer_id="C-20038841",
    extra='{"customer_name": "Thaddeus Birkenwald", "lines": [1]}',
)


def row(channel: int, number: int, text: str, begin_ms: int | None, **fields: Any) -> dict[str, Any]:
    return {
        "call_id": "c1", "channel_id": channel, "sentence_id": number, "call_date": DAY,
        "role": ("agent", "customer")[channel], "begin_ms": begin_ms,
        "end_ms": None if begin_ms is None else begin_ms + 900, "text": text, "language": "en", "words": None, **fields,
    }  # fmt: skip


def text_row(channel: int, text: str) -> dict[str, Any]:
    role = ("agent", "customer")[channel]
    return {"call_id": "c1", "channel_id": channel, "call_date": DAY, "role": role, "text": text}


def remark(field: str, value: str | None) -> dict[str, Any]:
    return {"call_id": "c1", "channel_id": 1, "remark_id": 0, "field": field, "value": value}


SAID = (
    row(1, 0, "It's 4929 7351.", 0),
    row(0, 0, "Go on, Thaddeus.", 1000),
    row(1, 1, "8640 2377.", 2000),
)


def answers(*rows: dict[str, Any], texts: tuple[dict[str, Any], ...] = (), remarks: Any = ()) -> Answers:
    return Answers(
        sentences=[dict(each) for each in rows], channel_texts=list(texts), remarks=[dict(each) for each in remarks]
    )


def test_both_channels_are_looked_at_together_in_the_order_of_time() -> None:
    found = answers(SAID[0], SAID[2], SAID[1])
    redact(found, [CALL], RedactionPolicy())
    assert [each["text"] for each in found.sentences] == ["It's [card].", "[card].", "Go on, [name]."]
    assert [
        (each["redaction_id"], each["role"], each["sentence_id"], each["kind"], each["detector"], each["begin_ms"])
        for each in found.redactions
    ] == [
        (1, "customer", 0, "card", "spoken", 300),
        (2, "agent", 0, "name", "known", 1393),
        (3, "customer", 1, "card", "spoken", 2000),
    ]  # fmt: skip
    assert not {"value", "text"}.intersection(found.redactions[0])


def test_nothing_is_looked_for_where_the_setting_is_off() -> None:
    found = answers(*SAID, texts=(text_row(1, "x"),))
    redact(found, [CALL], RedactionPolicy(texts="off"))
    assert (found.sentences, found.redactions) == (list(SAID), [])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It's 4929 7351. 8640 2377.", "It's [card]. [card]."),
        ("It's 4929 7351.8640 2377.", "It's [card].[card]."),
        ("it is 49297351 86402377", "It's [card]. [card]."),
        ("It's 4929\n7351. 8640 2377.", "It's [card]. [card]."),
    ],
)
def test_the_text_of_a_channel_is_that_of_its_sentences(text: str, shown: str) -> None:
    found = answers(*SAID, texts=(text_row(1, text), text_row(0, "Go on, Thaddeus.")))
    redact(found, [CALL], RedactionPolicy())
    assert [each["text"] for each in found.channel_texts] == [shown, "Go on, [name]."]


def test_a_text_without_sentences_is_redacted_by_itself() -> None:
    found = answers(texts=(text_row(1, "My card is 4111 1111 1111 1111."),))
    redact(found, [CALL], RedactionPolicy())
    assert found.channel_texts[0]["text"] == "My card is [card]."
    found = answers(row(1, 0, "Hello.", 0), texts=(text_row(1, "Hello. My card is 4111 1111 1111 1111."),))
    redact(found, [CALL], RedactionPolicy())
    assert found.channel_texts[0]["text"] == "Hello. My card is [card]."


CARD = "My card is 4111 1111 1111 1111."


@pytest.mark.parametrize(
    ("text", "sentences", "kinds"),
    [
        (f"hello {CARD}", ["hello"], ["card"]),
        (CARD, [], ["card"]),
        (f"hello {CARD} I'm ana@example.com", ["hello"], ["card", "email"]),
        (f"{CARD} And ana@example.com", [CARD], ["email"]),
        (f"{CARD} Again: 4111 1111 1111 1111.", [CARD], ["card", "card"]),
        ("It's 1111, no, my card is 4111 1111 1111 1111", ["no, my card is 4111 1111 1111 1111"], ["card"]),
        (f"Hello. {CARD}", ["Hello.", CARD], []),
        ("hello my card is 4111-1111-1111-1111", ["Hello.", CARD], []),
        ("Hello my card is 4111 1111 1111 1111 thanks", ["Hello. My card is 4111 1111", "1111 1111"], []),
        ("hello order number 88374655", ["hello"], []),
        ("", ["hello"], []),
    ],
)
def test_what_only_the_text_of_a_channel_has_is_listed_without_a_sentence_and_without_times(
    text: str, sentences: list[str], kinds: list[str]
) -> None:
    rows = [row(1, number, said, 1000 * number) for number, said in enumerate(sentences)]
    found = answers(*rows, texts=(text_row(1, text),))
    redact(found, [CALL], RedactionPolicy())
    places = [each for each in found.redactions if each["sentence_id"] is None]
    assert [each["kind"] for each in places] == kinds
    for each in places:
        assert (each["channel_id"], each["role"], each["policy"]) == (1, "customer", "mask")
        assert {each[name] for name in ("begin_char", "end_char", "begin_ms", "end_ms")} == {None}
    assert [each["redaction_id"] for each in found.redactions] == list(range(1, len(found.redactions) + 1))
    assert "1111 1111" not in found.channel_texts[0]["text"]


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("emotion", '"my card is 4111111111111111"', '"my card is [card]"'),
        ("speaker_id", '"ana 4155552671"', '"ana [digits]"'),
        ("begin_time", '"my phone 4155552671"', '"my phone [phone]"'),
        ("words.end_time", '"Thaddeus at 3"', '"[name] at 3"'),
        ("begin_time", "4111111111111111", "[digits]"),
        ("begin_time", '"61000123"', '"61000123"'),
        ("begin_time", '"00:01:02.500"', '"00:01:02.500"'),
        ("begin_time", "-1.5", "-1.5"),
        ("speaker_id", '"41555526"', '"[digits]"'),
        ("text", "4929", "[digits]"),
        ("text", '["4929", 4111111111111111]', '["[digits]", [digits]]'),
        ("words", '{"text": 4929, "begin_time": 61000123}', '{"text": [digits], "begin_time": 61000123}'),
        ("transcripts", '{"4155552671": "x"}', '{"[digits]": "x"}'),
        ("confidence", '"0.98765432"', '"0.98765432"'),
        ("confidence", "true", "true"),
        ("language", '["es-419"]', '["es-[digits]"]'),
        ("language", '"es-419"', '"es-419"'),
        ("language", '"in-my card is 4111 1111 1111 1111"', '"in-my card is [card]"'),
        ("emotion", '"Happy"', '"Happy"'),
        ("engine", '"Thaddeus\\u2028 4929"', '"[name]\\u2028 [digits]"'),
        ("content", '"my mail is ana@example.com and I\\u00…', '"my mail is [email] and I…'),
        ("content", '"4929 \\…', '"[digits] …'),
    ],
)
def test_no_field_is_trusted_to_hold_what_it_should(field: str, value: str, shown: str) -> None:
    found = answers(remarks=(remark(field, value),))
    redact(found, [CALL], RedactionPolicy())
    assert found.remarks[0]["value"] == shown


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("words", '{"begin_ms": 61000123, "text": "4929"}', '{"begin_ms": 61000123, "text": "[digits]"}'),
        ("sentences", '"It\'s 4929 7351 8640 2377."', '"It\'s [card]."'),
        ("end_time", "63000123", "63000123"),
        ("language", '"zh-CN"', '"zh-CN"'),
        ("text", None, None),
    ],
)
def test_odd_values_hold_no_part_of_a_number(field: str, value: str | None, shown: str | None) -> None:
    found = answers(*SAID, remarks=(remark(field, value),))
    redact(found, [CALL], RedactionPolicy())
    assert found.remarks[0]["value"] == shown


def test_a_call_without_times_is_looked_at_channel_by_channel() -> None:
    found = answers(row(1, 0, "My card is 4111 1111 1111 1111.", None), row(0, 0, "So 1111?", None))
    redact(found, [CALL], RedactionPolicy())
    assert [each["text"] for each in found.sentences] == ["My card is [card].", "So 1111?"]
    assert (found.redactions[0]["begin_ms"], found.redactions[0]["end_ms"]) == (None, None)
