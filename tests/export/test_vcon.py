"""A vCon has what the draft asks for, and its transcript is read back."""

from __future__ import annotations

import base64
import datetime as dt
import json
import uuid
from typing import Any

import pytest

from qa_pipeline.export.transcripts import ExportedCall
from qa_pipeline.export.vcon import to_vcon
from qa_pipeline.transcription.results import parse_result
from tests.export.building import ENGINE, STARTED, TWO_RECORDINGS, call, channel, sentence
from tests.export.vcon_core_04 import faults

HI, YES = sentence(0, 0, 9, "Hi.", language="en", emotion="happy"), sentence(0, 10, 19, "Yes?")
TALK = call(channel("agent", HI), channel("customer", YES))


def document(exported: ExportedCall) -> Any:
    return json.loads(to_vcon(exported))


def test_the_draft_s_mandatory_parameters_are_there() -> None:
    vcon = document(TALK)
    assert vcon["vcon"] == "0.4.0"
    assert dt.datetime.fromisoformat(vcon["created_at"]) == TALK.loaded_at
    assert [party["role"] for party in vcon["parties"]] == ["agent", "customer"]
    assert vcon["parties"][0]["name"] == "Lucía Ortiz"
    [dialog] = vcon["dialog"]
    assert (dialog["type"], dialog["duration"], dialog["mediatype"]) == ("recording", 60.0, "audio/x-wav")
    assert dt.datetime.fromisoformat(dialog["start"]) == STARTED
    [attachment] = vcon["attachments"]
    assert {"purpose", "start", "party", "dialog", "mediatype", "body", "encoding"} <= set(attachment)
    assert attachment["body"]["engine"] == ENGINE


def test_the_recording_is_named_and_not_contained() -> None:
    [dialog] = document(TALK)["dialog"]
    assert dialog["filename"] == "c1.wav"
    assert not {"body", "encoding", "url", "content_hash"} & set(dialog)


def test_a_recording_with_an_https_address_has_it_with_its_hash() -> None:
    [dialog] = document(call(channel("agent", HI), file_url="https://recordings.example/c1.wav"))["dialog"]
    assert dialog["url"] == "https://recordings.example/c1.wav"
    algorithm, _, digest = dialog["content_hash"].partition("-")
    assert algorithm == "sha256"
    assert base64.urlsafe_b64decode(digest + "=").hex() == TALK.recording_id


def test_the_transcript_is_an_analysis_of_the_dialog_that_is_read_like_a_result() -> None:
    [analysis] = document(TALK)["analysis"]
    assert (analysis["type"], analysis["dialog"], analysis["vendor"]) == ("transcript", 0, ENGINE)
    assert analysis["encoding"] == "json"
    result = parse_result(json.dumps(analysis["body"]).encode())
    assert [item.sentences for item in result.transcripts] == [(HI,), (YES,)]


def test_each_engine_has_an_analysis_of_its_own() -> None:
    analyses = document(call(channel("agent", HI), channel("customer", YES, engine="another")))["analysis"]
    channels = {
        item["vendor"]: parse_result(json.dumps(item["body"]).encode()).transcripts[0].channel_id for item in analyses
    }
    assert channels == {ENGINE: 0, "another": 1}


def test_parties_stand_in_the_order_of_channels_and_the_caller_is_told() -> None:
    swapped = {"agent_channel": 1}
    for changes, expected in (
        ({"direction": "inbound"}, ([0, 1], 1)),
        ({"direction": "outbound"}, ([0, 1], None)),
        ({"direction": "inbound"} | swapped, ([1, 0], None)),
        ({"direction": "outbound"} | swapped, ([1, 0], 0)),
        ({"direction": None}, ([0, 1], None)),
        ({"direction": "internal"}, ([0, 1], None)),
    ):
        [dialog] = document(call(channel("agent", HI), **changes))["dialog"]
        assert (dialog["parties"], dialog.get("originator")) == expected


def test_a_call_whose_beginning_is_not_known_starts_with_its_day_and_says_so() -> None:
    vcon = document(call(channel("agent", HI), started_at=None, duration_s=None, container="au", agent_name=None))
    [dialog] = vcon["dialog"]
    assert dialog["start"] == "2025-09-01T00:00:00.000+08:00"
    assert not {"duration", "mediatype"} & set(dialog)
    assert "started_at" not in vcon["attachments"][0]["body"]
    assert vcon["parties"][0]["name"] == "a-1"


def test_equal_tables_give_the_same_id_and_other_words_another() -> None:
    ids = [document(item)["uuid"] for item in (TALK, TALK, call(channel("agent", YES), channel("customer", YES)))]
    assert ids[0] == ids[1] != ids[2]
    parsed = uuid.UUID(ids[0])
    assert (parsed.version, parsed.variant) == (8, uuid.RFC_4122)


def test_each_recording_of_a_call_is_a_dialog_with_its_own_agent() -> None:
    vcon = document(call(channel("agent", HI), channel("customer", YES), recordings=TWO_RECORDINGS))
    assert [party.get("name") for party in vcon["parties"]] == ["Lucía Ortiz", None, "a-2"]
    first, second = vcon["dialog"]
    assert (first["filename"], first["parties"], first["duration"]) == ("one.wav", [0, 1], 61.5)
    assert [dialog["mediatype"] for dialog in (first, second)] == ["audio/x-wav", "audio/x-wav"]
    assert (second["filename"], second["parties"]) == ("two.wav", [1, 2])
    assert dt.datetime.fromisoformat(second["start"]) - STARTED == dt.timedelta(minutes=3)
    assert vcon["analysis"][0]["dialog"] == [0, 1]
    body = vcon["analysis"][0]["body"]
    assert [(each["file_url"], each["begin_time"], each["end_time"]) for each in body["recordings"]] == [
        ("one.wav", 0, 61_500),
        ("two.wav", 180_000, 240_000),
    ]


HOSTILE = sentence(0, 0, 9, '"]}<script>\u202e\u0000\n', language="ar", emotion="angry")
SHAPES = {
    "of two parties": TALK,
    "with an address": call(channel("agent", HI), file_url="https://recordings.example/c1.wav"),
    "of two engines": call(channel("agent", HI), channel("customer", YES, engine="another")),
    "outbound, the agent on the other channel": call(channel("agent", HI), direction="outbound", agent_channel=1),
    "of several recordings": call(channel("agent", HI), channel("customer", YES), recordings=TWO_RECORDINGS),
    "of one channel without roles": call(channel("mixed", HI, channel_id=0)),
    "with a third party": call(channel("agent", HI), channel("customer", YES), channel("other", HI, name="Supervisor")),
    "of which little is known": call(
        channel("customer", YES), started_at=None, duration_s=None, container=None, agent_id=None, agent_name=None,
        customer_id=None, queue=None, direction=None, file_name="no-ending",
    ),
    "with words that look like JSON": call(channel("agent", HOSTILE), agent_name="\u202eذ \"'<b>"),
    "in a film's container": call(channel("agent", HI), container="mkv", file_name="c1.mkv"),
    "without a sentence": call(channel("agent"), channel("customer")),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_a_vcon_of_any_call_keeps_the_rules_of_the_draft(shape: str) -> None:
    assert faults(document(SHAPES[shape])) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"vcon": "0.3.0"}, "vcon: '0.4.0' was expected"),
        ({"uuid": "c1"}, "uuid: 'c1' is not a 'uuid'"),
        ({"extensions": []}, "a role is of the extension CC, which is not named"),
        ({"dialog": []}, "analysis 0: there is no number 0 in dialog"),
        ({"mimetype": "audio/x-wav"}, ": Additional properties are not allowed ('mimetype' was unexpected)"),
    ],
)
def test_what_breaks_a_rule_is_found(change: dict[str, Any], said: str) -> None:
    assert said in faults(document(TALK) | change)
