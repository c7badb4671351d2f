"""Lists of phone systems, by preset and by columns: what each of them says of a call."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.recordings.call_lists import CallList, parse_call_list
from qa_pipeline.recordings.describing import MetadataReader
from qa_pipeline.recordings.file_names import compile_patterns
from qa_pipeline.recordings.landing_files import NamedFiles
from qa_pipeline.recordings.list_presets import PRESETS
from qa_pipeline.recordings.list_rules import CallListRule, read_rules
from qa_pipeline.recordings.metadata import CallMetadata
from tests.recordings.scanning import scan

BERLIN = ZoneInfo("Europe/Berlin")
CHICAGO = ZoneInfo("America/Chicago")

MASTER_CSV = (
    '"","1001","2000","from-internal","""Jonas"" <1001>","SIP/1001-0001","SIP/2000-0002","Dial","SIP/2000,20",'
    '"2025-09-02 10:05:14","2025-09-02 10:05:20","2025-09-02 10:09:00",226,220,"ANSWERED","DOCUMENTATION",'
    '"1756800314.12",""\n'
)
CDR_CSV = (
    "calldate,clid,src,dst,dcontext,channel,duration,disposition,uniqueid,recordingfile\n"
    '2025-09-02 10:05:14,"""Jonas"" <1001>",1001,2000,from-internal,SIP/1001,226,ANSWERED,1756800314.12,r-1.wav\n'
)
GENESYS = (
    '"Full Export Completed","Users","Remote","Date","Duration","Direction","ANI","Queue","Conversation ID"\n'
    '"YES","Ann Lee","+1 555","9/2/25 10:05 AM","226000","Inbound","tel:+1555","Billing","8d3f-9c1e"\n'
)
TWILIO = (
    "Call Sid,From,To,Start Time,End Time,Duration,Direction\n"
    "CA1f,+1555,+1666,10:05:14 PDT 2025-09-02,10:09:00 PDT 2025-09-02,226,Outgoing Dial\n"
)
TWILIO_JSON = json.dumps(
    {
        "calls": [{"sid": "CA1f", "start_time": "Tue, 02 Sep 2025 17:05:14 +0000", "direction": "outbound-api"}],
        "page": 0,
        "next_page_uri": None,
    }
)
FIVE9 = (
    '"CALL ID","TIMESTAMP","CAMPAIGN","CALL TYPE","AGENT","AGENT NAME","ANI","SKILL"\n'
    '"30000001","Tue, 02 Sep 2025 10:05:14","Sales","Manual","ann@x.example","Ann Lee","555","Billing"\n'
)
FREESWITCH = {
    "core-uuid": "77",
    "channel_data": {"state": "CS_REPORTING"},
    "variables": {
        "direction": "inbound",
        "uuid": "8d3f-9c1e",
        "start_epoch": "1756807514",
        "start_stamp": "2025-09-02%2010%3A05%3A14",
        "cc_agent": "1001%40default",
        "cc_queue": "billing",
    },
    "callflow": [{"dialplan": "XML"}],
}
FREESWITCH_XML = (
    '<?xml version="1.0"?><cdr core-uuid="77"><channel_data><state>CS_REPORTING</state></channel_data><variables>'
    + "".join(f"<{key}>{value}</{key}>" for key, value in FREESWITCH["variables"].items())  # type: ignore[attr-defined]
    + "</variables><app_log/></cdr>"
)
FREESWITCH_CSV = (
    '"Jonas","1001","2000","default","2025-09-02 10:05:14","2025-09-02 10:05:20","2025-09-02 10:09:00","226","220",'
    '"NORMAL_CLEARING","8d3f-9c1e","","1001"\n'
)
CONTACT = {
    "ContactId": "8d3f-9c1e",
    "Channel": "VOICE",
    "InitiationMethod": "INBOUND",
    "InitiationTimestamp": "2025-09-02T08:05:14Z",
    "Agent": {"Username": "ann", "RoutingProfile": {"Name": "Basic"}},
    "Queue": {"Name": "Billing", "ARN": "arn:x"},
    "CustomerEndpoint": {"Address": "+1555", "Type": "TELEPHONE_NUMBER"},
    "Recording": {"Location": "bucket/connect/2025/09/02/8d3f-9c1e_20250902T08:05_UTC.wav"},
}


def read(text: str, rule: CallListRule) -> CallList:
    listed = parse_call_list(text, "list", rule)
    assert listed.problem is None
    assert [call.problem for call in listed.calls] == [None] * len(listed.calls)
    return listed


def ruled(preset: str) -> CallListRule:
    [rule] = read_rules([{"file": "*", "preset": preset}])
    return rule


def describe(zone: Path, *rules: Mapping[str, Any], timezone: Any = BERLIN) -> dict[str, CallMetadata]:
    checked = read_rules(list(rules))
    found = scan(zone, named=NamedFiles(lambda path: any(rule.matches(path) for rule in checked)))
    reader = MetadataReader(found, patterns=compile_patterns(), timezone=timezone, list_rules=checked)
    described = {file.path.name: reader.describe(file) for file in found.files}
    assert reader.notes() == ()
    return described


MORNING = dt.datetime(2025, 9, 2, 10, 5, 14, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("preset", "file", "content", "recording", "expected"),
    [
        ("asterisk-master", "Master.csv", MASTER_CSV, "1756800314.12.wav", {"started_at": MORNING}),
        ("asterisk-cdr", "cdr.csv", CDR_CSV, "r-1.wav", {"started_at": MORNING, "call_id": "1756800314.12"}),
        (
            "genesys-cloud",
            "export.csv",
            GENESYS,
            "8d3f-9c1e.wav",
            {
                "started_at": MORNING.replace(second=0),
                "agent_name": "Ann Lee",
                "queue": "Billing",
                "direction": "inbound",
            },
        ),
        (
            "twilio",
            "calls-log.csv",
            TWILIO,
            "CA1f.wav",
            {"started_at": MORNING.replace(tzinfo=dt.timezone(dt.timedelta(hours=-7))), "direction": "outbound"},
        ),
        (
            "twilio",
            "calls.api.json",
            TWILIO_JSON,
            "CA1f.wav",
            {"started_at": dt.datetime(2025, 9, 2, 17, 5, 14, tzinfo=dt.UTC), "direction": "outbound"},
        ),
        (
            "five9",
            "log.csv",
            FIVE9,
            "30000001.wav",
            {
                "started_at": MORNING,
                "agent_id": "ann@x.example",
                "agent_name": "Ann Lee",
                "queue": "Billing",
                "direction": "outbound",
            },
        ),
        (
            "freeswitch",
            "c7.cdr.json",
            json.dumps(FREESWITCH),
            "c7.wav",
            {
                "call_id": "8d3f-9c1e",
                "started_at": dt.datetime.fromtimestamp(1756807514, dt.UTC),
                "agent_id": "1001@default",
                "queue": "billing",
                "direction": "inbound",
                "source": "sidecar",
            },
        ),
        (
            "freeswitch",
            "a_8d3f-9c1e.cdr.xml",
            FREESWITCH_XML,
            "8d3f-9c1e.wav",
            {
                "started_at": dt.datetime.fromtimestamp(1756807514, dt.UTC),
                "agent_id": "1001@default",
                "source": "calls.csv",
            },
        ),
        (
            "twilio-recordings",
            "recordings.json",
            json.dumps(
                {"recordings": [{"sid": "RE9", "call_sid": "8d3f", "start_time": "Tue, 02 Sep 2025 08:05:14 +0000"}]}
            ),
            "RE9.wav",
            {"call_id": "8d3f", "started_at": MORNING},
        ),
        (
            "genesys-cloud-recordings",
            "c7.wav_metadata.json",
            json.dumps(
                {
                    "conversationId": "8d3f",
                    "startTime": "2025-09-02T08:05:14.000Z",
                    "initialDirection": "outbound",
                    "userIds": ["u1", "u2"],
                    "queueIds": [],
                    "ani": "tel:+1555",
                }
            ),
            "c7.wav",
            {"call_id": "8d3f", "started_at": MORNING, "direction": "outbound", "agent_id": "u1", "queue": None},
        ),
        (
            "webex-contact-center",
            "captures.json",
            json.dumps(
                {
                    "data": [
                        {
                            "taskId": "8d3f",
                            "recording": [
                                {
                                    "id": "r",
                                    "attributes": {
                                        "fileName": "c7.wav",
                                        "startTime": 1756800314000,
                                        "channel1": "Caller",
                                    },
                                }
                            ],
                        }
                    ]
                }
            ),
            "c7.wav",
            {"call_id": "8d3f", "started_at": MORNING, "agent_channel": 1, "agent_channel_from": "calls.csv"},
        ),
        (
            "webex-contact-center",
            "c7.capture.json",
            json.dumps({"taskId": "8d3f", "attributes": {"fileName": "c7.wav", "channel1": "VA"}}),
            "c7.wav",
            {"call_id": "8d3f", "agent_channel": 0, "agent_channel_from": "default"},
        ),
        (
            "fusionpbx",
            "v_xml_cdr.csv",
            "xml_cdr_uuid,direction,start_stamp,caller_id_number,cc_queue,cc_agent\n"
            "8d3f,local,2025-09-02 10:05:14,600,billing,1001\n",
            "8d3f.mp3",
            {
                "started_at": MORNING,
                "direction": "internal",
                "agent_id": "1001",
                "queue": "billing",
                "customer_id": "600",
            },
        ),
        ("freeswitch-csv", "Master.csv", FREESWITCH_CSV, "8d3f-9c1e.wav", {"started_at": MORNING}),
        (
            "amazon-connect",
            "ctr-01.json",
            json.dumps(CONTACT) + json.dumps(CONTACT | {"ContactId": "other", "Recording": None}),
            "8d3f-9c1e_20250902T08:05_UTC.wav",
            {
                "call_id": "8d3f-9c1e",
                "started_at": MORNING,
                "agent_id": "ann",
                "queue": "Billing",
                "customer_id": "+1555",
                "direction": "inbound",
            },
        ),
    ],
)
def test_each_preset_reads_what_its_system_writes(
    zone: Path, put: Any, preset: str, file: str, content: str, recording: str, expected: dict[str, Any]
) -> None:
    put(f"2025-09-02/{recording}", b"x")
    put(f"2025-09-02/{file}", content)
    if "other" in content:
        put("2025-09-02/other.wav", b"x")
    call = describe(zone, {"file": file.replace("c7", "*"), "preset": preset})[recording]
    assert call.problems == ()
    assert {key: getattr(call, key) for key in expected} == expected


def test_every_preset_is_tried_here() -> None:
    marks = test_each_preset_reads_what_its_system_writes.pytestmark  # type: ignore[attr-defined]
    assert {case[0] for case in marks[0].args[1]} == set(PRESETS)


def test_columns_formats_and_zone_of_a_rule_are_its_own(zone: Path, put: Any) -> None:
    put("2025-09-02/c1.wav", b"x")
    put("2025-09-02/c2.wav", b"x")
    put("2025-09-02/cdr-1.csv", "Call No;Day;Clock;Line\nc1;02.09.2025;10:05;7\n")
    put("2025-09-02/calls.csv", "call_id,started_at\nc2,2025-09-02 10:05\n")
    rule = {
        "file": "CDR-*.csv",
        "columns": {"Call No": "call_id", "Day+Clock": "started_at", "Line": "agentId"},
        "time_format": "%d.%m.%Y %H:%M",
        "timezone": "America/Chicago",
    }
    calls = describe(zone, rule)
    assert (calls["c1.wav"].agent_id, calls["c1.wav"].extra) == ("7", {})
    assert calls["c1.wav"].started_at == MORNING.replace(second=0, tzinfo=CHICAGO)
    assert calls["c2.wav"].started_at == MORNING.replace(second=0)


def test_columns_of_a_list_without_headings_are_counted(zone: Path, put: Any) -> None:
    put("2025-09-02/c1.wav", b"x")
    put("2025-09-02/old.txt", "17|c1|billing\n")
    call = describe(zone, {"file": "old.txt", "header": False, "columns": {"1": "agent_id", "2": "call_id"}})["c1.wav"]
    assert (call.agent_id, call.extra) == ("17", {"3": "billing"})


def test_a_rule_for_calls_csv_itself_gives_its_zone(zone: Path, put: Any) -> None:
    put("2025-09-02/c1.wav", b"x")
    put("2025-09-02/calls.csv", "call_id,started_at\nc1,2025-09-02 10:05\n")
    call = describe(zone, {"file": "calls.csv", "timezone": "America/Chicago"})["c1.wav"]
    assert call.started_at == MORNING.replace(second=0, tzinfo=CHICAGO)


def test_a_column_that_is_mapped_goes_before_one_that_is_called_like_the_key() -> None:
    rule = CallListRule("x", columns={"Skill": "queue", "Extension": "agent_id", "Agent ID": "agent_name"})
    [call] = read("call_id,Queue,Skill,Extension,Agent ID\nc1,a,b,7,Ann\n", rule).calls
    assert call.cells == {"call_id": "c1", "queue": "b", "agent_id": "7", "agent_name": "Ann", "column Queue": "a"}


def test_the_first_column_with_a_value_counts() -> None:
    rule = CallListRule("x", columns={"A": "queue", "B": "queue"})
    assert [call.cells["queue"] for call in read("call_id,B,A\nc1,b,a\nc2,b,\n", rule).calls] == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": "c1"}, {"id": "c2"}]',
        '{"id": "c1"}\n{"id": "c2"}\n',
        '{"id": "c1"}{"id": "c2"}',
        '{"rows": [{"id": "c1"}, {"id": "c2"}]}',
        "<calls><call><id>c1</id></call><call><id>c2</id></call></calls>",
    ],
)
def test_records_are_found_however_they_stand_in_a_file(text: str) -> None:
    listed = read(text, CallListRule("x", columns={"id": "call_id"}))
    assert [call.cells["call_id"] for call in listed.calls] == ["c1", "c2"]


def test_a_record_that_can_not_be_read_costs_itself_only() -> None:
    listed = parse_call_list(
        '{"id": "c1"}\n{"id": \n{"id": "c3"}\n{"x": 1}', "list", CallListRule("x", {"id": "call_id"})
    )
    assert [call.cells.get("call_id") for call in listed.calls] == ["c1", None, "c3", None]
    assert "list, record 2, is not a record in JSON" in str(listed.calls[1].problem)
    assert "list, record 4, names neither" in str(listed.calls[3].problem)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[{]", "not valid JSON"),
        ("<calls", "not valid XML"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "document type"),
        ("[]", "no records"),
    ],
)
def test_a_file_without_records_says_why(text: str, reason: str) -> None:
    listed = parse_call_list(text, "list", CallListRule("x", {"id": "call_id"}))
    assert listed.calls == []
    assert reason in str(listed.problem)


@given(st.text(max_size=80), st.sampled_from(sorted(PRESETS)))
def test_any_text_under_any_preset_gives_lines_or_a_problem(text: str, preset: str) -> None:
    listed = parse_call_list(text, "list", ruled(preset))
    assert listed.problem is None or listed.calls == []


def test_whoever_set_no_preset_is_told_of_it() -> None:
    listed = parse_call_list(GENESYS, "calls.csv")
    assert 'set preset = "genesys-cloud" in [[call_lists]]' in str(listed.problem)


def test_a_sidecar_that_is_a_systems_record_is_named(zone: Path, put: Any) -> None:
    put("2025-09-02/c1.wav", b"x")
    put("2025-09-02/c1.cdr.json", FREESWITCH)
    found = scan(zone)
    reader = MetadataReader(found, patterns=compile_patterns(), timezone=BERLIN)
    reader.describe(found.files[0])
    [note] = reader.notes()
    assert 'looks like a record of freeswitch; to have it read, set preset = "freeswitch"' in note


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ("cdr.csv", "not JSON"),
        ({"file": "x"}, r"\[\[call_lists\]\]"),
        ([{"preset": "twilio"}], "entry 1: file is missing"),
        ([{"file": "x", "preset": "avaya"}], "preset 'avaya' is not one of asterisk-master"),
        ([{"file": "x", "colums": {}}], "no key 'colums'; is columns meant"),
        ([{"file": "x", "columns": {"A": "agent"}}], "column 'A' can't be 'agent'; keys are call_id"),
        ([{"file": "x", "time_format": "%H:%M"}], "must hold a year"),
        ([{"file": "x", "timezone": "Berlin"}], "not a time zone name"),
        ([{"file": "x", "encoding": "utf-99"}], "not an encoding"),
        ([{"file": "x", "header": "no"}], "header is true or false"),
    ],
)
def test_a_rule_that_can_not_work_is_named_with_its_reason(rules: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_rules(rules)
