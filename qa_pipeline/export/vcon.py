"""vCon, the IETF's container for conversations (draft-ietf-vcon-vcon-core-04, syntax 0.4.0, unsigned form).

Each recording is a dialog, named and not contained; the transcript is an analysis of it, in the service's result
shape. `role` of a party comes from the draft's contact-center extension (`CC`), what the core has no place for
is an attachment. The draft is not final: a reader of another version should look at `vcon` first, which the draft
deprecates and readers of earlier drafts still require.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from pathlib import PurePosixPath
from typing import Any

from qa_pipeline.export.filetrans_json import result_document
from qa_pipeline.export.transcripts import ExportedCall, ExportedChannel, ExportedRecording
from qa_pipeline.transcription.engines import heard_by

SYNTAX = "0.4.0"
RESULT_SCHEMA = "qwen3-asr-flash-filetrans result"

MEDIA_TYPES = {
    "wav": "audio/x-wav",
    "mp3": "audio/x-mp3",
    "m4a": "audio/x-mp4",
    "mp4": "video/x-mp4",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "amr": "audio/amr",
    "flac": "audio/flac",
    "webm": "audio/webm",
    "wma": "audio/x-ms-wma",
    "mov": "video/quicktime",
    "mkv": "video/x-matroska",
    "avi": "video/x-msvideo",
    "flv": "video/x-flv",
    "mpeg": "video/mpeg",
    "3gp": "video/3gpp",
}
"""Container, or ending of a file name → media type: the draft's own list first, then names in common use. Others go
without, which the draft allows of a recording that is not contained."""

_AGENT, _CUSTOMER = 0, 1


def to_vcon(call: ExportedCall) -> str:
    """The call as an unsigned vCon; equal tables give an equal file, its id included.

    `start` is when the call began, or where that is not known the beginning of its day (then the attachment has no
    `started_at`). `created_at` is when the transcript came into the tables.
    """
    content = {
        "vcon": SYNTAX,
        "extensions": ["CC"],
        "created_at": _date(call.loaded_at),
        "subject": f"Call {call.call_id}",
        "parties": _parties(call),
        "dialog": _dialogs(call),
        "analysis": _analyses(call),
        "attachments": [_facts(call)],
    }
    document = {"vcon": SYNTAX, "uuid": _uuid(json.dumps(content, sort_keys=True)), **content}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _parties(call: ExportedCall) -> list[dict[str, Any]]:
    """The first agent, the customer, and the agents of further recordings."""
    first, *others = (_agent(agent_id, name) for agent_id, name in call.agents)
    beside = [{"role": "other", "name": channel.label, "validation": "none"} for channel in _beside(call)]
    return [first, {"role": "customer"}, *others, *beside]


def _beside(call: ExportedCall) -> list[ExportedChannel]:
    """The channels of others than agents and customer."""
    return [channel for channel in call.channels if channel.role == "other"]


def _agent(agent_id: str | None, name: str | None) -> dict[str, Any]:
    known = name or agent_id
    return {"role": "agent"} | ({"name": known, "validation": "none"} if known else {})


def _dialogs(call: ExportedCall) -> list[dict[str, Any]]:
    whole = _dialog(call)
    if not call.recordings:
        return [whole]
    begin = call.started_at or call.day_begins_at
    places = [_AGENT, *range(_CUSTOMER + 1, _CUSTOMER + len(call.agents))]
    by_agent = dict(zip(call.agents, places, strict=True))
    dialogs = []
    for each in call.recordings:
        agent = by_agent.get((each.agent_id, each.agent_name))
        dialog = {
            "type": "recording",
            "start": _date(begin + dt.timedelta(milliseconds=each.begin_ms)),
            "duration": each.duration_s,
            "parties": _parties_of(each, agent, len(call.agents) + 1),
            "filename": each.file_name,
        }
        dialogs.append(dialog | _media_type(None, each.file_name) | _address(each.file_url, each.recording_id))
    return dialogs


def _parties_of(each: ExportedRecording, agent: int | None, others_from: int) -> list[int]:
    """Who is on a recording, by number; `others_from` is the first who is neither agent nor customer."""
    if each.role == "other":
        return [others_from]
    if each.role == "customer" or agent is None:
        return [_CUSTOMER]
    return [agent] if each.role == "agent" else sorted((agent, _CUSTOMER))


def _dialog(call: ExportedCall) -> dict[str, Any]:
    by_channel = [_AGENT, _CUSTOMER] if call.agent_channel == 0 else [_CUSTOMER, _AGENT]
    by_channel += [len(call.agents) + 1 + number for number in range(len(_beside(call)))]
    dialog: dict[str, Any] = {
        "type": "recording",
        "start": _date(call.started_at or call.day_begins_at),
        "parties": by_channel,
        "filename": call.file_name,
    }
    if call.duration_s is not None:
        dialog["duration"] = call.duration_s
    caller = {"inbound": _CUSTOMER, "outbound": _AGENT}.get(call.direction or "")
    if caller is not None and caller != by_channel[0]:
        dialog["originator"] = caller
    return dialog | _media_type(call.container, call.file_name) | _address(call.file_url, call.recording_id)


def _media_type(container: str | None, file_name: str) -> dict[str, str]:
    """By the container; where nobody knows it, by the file's name."""
    name = container or PurePosixPath(file_name).suffix.removeprefix(".").lower()
    return {"mediatype": MEDIA_TYPES[name]} if name in MEDIA_TYPES else {}


def _address(file_url: str | None, recording_id: str) -> dict[str, str]:
    """Where the recording can be had, with its hash: SHA-256, which is its id, in the draft's form."""
    if file_url is None:
        return {}
    digest = base64.urlsafe_b64encode(bytes.fromhex(recording_id)).rstrip(b"=").decode()
    return {"url": file_url, "content_hash": f"sha256-{digest}"}


def _analyses(call: ExportedCall) -> list[dict[str, Any]]:
    """One transcript for each engine and model, since an analysis has one vendor."""
    made_by: dict[tuple[str, str], list[ExportedChannel]] = {}
    for channel in call.channels:
        made_by.setdefault((channel.engine, channel.model), []).append(channel)
    return [
        {
            "type": "transcript",
            "dialog": list(range(len(call.recordings))) if call.recordings else 0,
            "mediatype": "application/json",
            "vendor": engine,
            "product": heard_by(engine, model),
            "schema": RESULT_SCHEMA,
            "encoding": "json",
            "body": result_document(call, tuple(channels)),
        }
        for (engine, model), channels in made_by.items()
    ]


def _facts(call: ExportedCall) -> dict[str, Any]:
    facts = {
        "call_id": call.call_id,
        "recording_id": call.recording_id,
        "started_at": _date(call.started_at) if call.started_at else None,
        "agent_id": call.agent_id,
        "agent_name": call.agent_name,
        "customer_id": call.customer_id,
        "queue": call.queue,
        "direction": call.direction,
        "engine": call.engine,
    }
    known = {key: value for key, value in facts.items() if value is not None}
    return {
        "purpose": "call_metadata",
        "start": _date(call.started_at or call.day_begins_at),
        "party": _AGENT,
        "dialog": 0,
        "mediatype": "application/json",
        "filename": "call.json",
        "encoding": "json",
        "body": known,
    }


def _date(moment: dt.datetime) -> str:
    """RFC 3339, as the draft asks for."""
    return moment.isoformat(timespec="milliseconds")


def _uuid(content: str) -> str:
    """A version 8 UUID (RFC 9562) of the content's hash: chance would make each export another conversation."""
    digits = hashlib.sha256(content.encode()).hexdigest()[:32]
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
