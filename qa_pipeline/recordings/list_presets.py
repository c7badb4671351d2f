"""How well-known phone systems name the columns of their call lists and records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

NOT_SAID: Final = ""
"""In `Preset.directions`: a word that says nothing of the direction, such as "transfer"."""


@dataclass(frozen=True)
class Preset:
    """What a system calls the keys of a call.

    `columns` are headings, or paths with points in a record of JSON or XML, to the product's keys; the first of a key
    that has a value counts, and `DATE+TIME` joins two. `directions` and
    `agent_channels` are words for these. `names` are the headings of a list that has none.
    """

    columns: Mapping[str, str]
    names: tuple[str, ...] = ()
    time_format: tuple[str, ...] = ()
    directions: Mapping[str, str] = field(default_factory=dict)
    agent_channels: Mapping[str, str] = field(default_factory=dict)
    is_url_encoded: bool = False


_ASTERISK_FIELDS: Final = (
    "accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration billsec "
    "disposition amaflags uniqueid userfield"
)
_FREESWITCH_FIELDS: Final = (
    "caller_id_name caller_id_number destination_number context start_stamp answer_stamp end_stamp duration billsec "
    "hangup_cause uuid bleg_uuid accountcode"
)

PRESETS: Final[Mapping[str, Preset]] = {
    # cdr_csv of Asterisk: Master.csv, without headings
    "asterisk-master": Preset({"uniqueid": "call_id", "start": "started_at"}, names=tuple(_ASTERISK_FIELDS.split())),
    # cdr.csv with headings, as FreePBX and cdr_custom export the table cdr
    "asterisk-cdr": Preset(
        {"uniqueid": "call_id", "calldate": "started_at", "start": "started_at", "recordingfile": "file"}
    ),
    "genesys-cloud": Preset(
        {"Conversation ID": "call_id", "Users": "agent_name", "Date": "started_at", "Queue": "queue"},
        time_format=("%m/%d/%y %I:%M %p", "%m/%d/%y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p"),
        directions={"Inbound/Outbound": NOT_SAID},
    ),
    # the console's export, and the records of the API
    "twilio": Preset(
        {
            "Call Sid": "call_id",
            "sid": "call_id",
            "Recording Sid": "file",
            "Start Time": "started_at",
            "Date Created": "started_at",
        },
        directions={"trunking-originating": "inbound", "trunking-terminating": "outbound"},
    ),
    # the records of the API: Call Recordings
    "twilio-recordings": Preset(
        {"sid": "file", "call_sid": "call_id", "start_time": "started_at", "date_created": "started_at"}
    ),
    # <recording id>_metadata.json of a bulk export
    "genesys-cloud-recordings": Preset(
        {
            "conversationId": "call_id",
            "startTime": "started_at",
            "initialDirection": "direction",
            "userIds.0": "agent_id",
            "queueIds.0": "queue",
            "ani": "customer_id",
        }
    ),
    # the API's captures: a record per recording
    "webex-contact-center": Preset(
        {
            "attributes.fileName": "file",
            "recording.0.attributes.fileName": "file",
            "taskId": "call_id",
            "attributes.startTime": "started_at",
            "recording.0.attributes.startTime": "started_at",
            "attributes.channel1": "agent_channel",
            "recording.0.attributes.channel1": "agent_channel",
            "attributes.participants.0": "agent_id",
            "recording.0.attributes.participants.0": "agent_id",
        },
        agent_channels={"Agent": "0", "Caller": "1", "VA": NOT_SAID, "Others": NOT_SAID},
    ),
    # the table v_xml_cdr
    "fusionpbx": Preset(
        {
            "xml_cdr_uuid": "call_id",
            "record_name": "file",
            "start_stamp": "started_at",
            "caller_id_number": "customer_id",
            "cc_agent": "agent_id",
            "cc_queue": "queue",
            "direction": "direction",
        },
        directions={"local": "internal"},
    ),
    "five9": Preset(
        {
            "CALL ID": "call_id",
            "TIMESTAMP": "started_at",
            "DATE+TIME": "started_at",
            "AGENT": "agent_id",
            "SKILL": "queue",
            "CALL TYPE": "direction",
        },
        directions={
            "Manual": "outbound",
            "Preview": "outbound",
            "Autodial": "outbound",
            "Queue Callback": "outbound",
            "3rd party transfer": NOT_SAID,
            "3rd party conference": NOT_SAID,
        },
    ),
    # mod_json_cdr and mod_xml_cdr: a record per call, values as in an address
    "freeswitch": Preset(
        {
            "variables.uuid": "call_id",
            "variables.start_epoch": "started_at",
            "variables.start_uepoch": "started_at",
            "variables.start_stamp": "started_at",
            "variables.call_direction": "direction",
            "variables.direction": "direction",
            "variables.cc_agent": "agent_id",
            "variables.cc_queue": "queue",
            "variables.record_path": "file",
            "variables.cc_record_filename": "file",
        },
        is_url_encoded=True,
    ),
    # mod_cdr_csv: Master.csv, without headings
    "freeswitch-csv": Preset({"uuid": "call_id", "start_stamp": "started_at"}, names=tuple(_FREESWITCH_FIELDS.split())),
    # contact trace records
    "amazon-connect": Preset(
        {
            "ContactId": "call_id",
            "Recording.Location": "file",
            "Recordings.0.Location": "file",
            "ConnectedToSystemTimestamp": "started_at",
            "InitiationTimestamp": "started_at",
            "Agent.Username": "agent_id",
            "Queue.Name": "queue",
            "CustomerEndpoint.Address": "customer_id",
            "InitiationMethod": "direction",
        },
        directions={
            "EXTERNAL_OUTBOUND": "outbound",
            "CALLBACK": "outbound",
            "WEBRTC_API": "inbound",
            **dict.fromkeys(("TRANSFER", "QUEUE_TRANSFER", "DISCONNECT", "API", "MONITOR", "AGENT_REPLY"), NOT_SAID),
        },
    ),
}
