"""The rules of draft-ietf-vcon-vcon-core-04 for an unsigned vCon as a JSON schema, strict: of names that neither the
draft nor its contact-center extension knows there may be none."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

_INDEX = {"type": "integer", "minimum": 0}
_DATE = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
}
_HASH = {"type": "string", "pattern": "^sha(256|512)-[A-Za-z0-9_-]+$"}
_MEDIA_TYPE = {"type": "string", "pattern": "^[a-z]+/[a-zA-Z0-9.+-]+$"}

_CONTENT = {
    "mediatype": _MEDIA_TYPE,
    "filename": {"type": "string", "minLength": 1},
    "body": {},
    "encoding": {"enum": ["base64url", "json", "none"]},
    "url": {"type": "string", "pattern": "^https://"},
    "content_hash": {"anyOf": [_HASH, {"type": "array", "items": _HASH, "minItems": 1}]},
}
_CONTENT_RULES = {
    "dependentRequired": {"url": ["content_hash"], "body": ["encoding"], "encoding": ["body"]},
    "not": {"required": ["url", "body"]},
    "if": {"properties": {"encoding": {"enum": ["base64url", "none"]}}, "required": ["encoding"]},
    "then": {"properties": {"body": {"type": "string"}}},
}
"""Content is contained, with its encoding, or lies elsewhere, with its hash; a body that is JSON is no text of it."""

_PARTY = {
    "type": "object",
    "properties": {
        **{
            name: {"type": "string", "minLength": 1} for name in ("tel", "sip", "stir", "mailto", "name", "did", "role")
        },
        "validation": {"type": "string"},
        "uuid": {"type": "string", "format": "uuid"},
    },
    "dependentRequired": {"name": ["validation"]},
    "additionalProperties": False,
}

_RECORDING = {
    "type": "object",
    "properties": {
        "type": {"const": "recording"},
        "start": _DATE,
        "duration": {"type": "number", "minimum": 0},
        "parties": {"anyOf": [_INDEX, {"type": "array", "items": _INDEX, "minItems": 1}]},
        "originator": _INDEX,
        **_CONTENT,
    },
    "required": ["type", "start", "parties"],
    "additionalProperties": False,
    **_CONTENT_RULES,
}

_ANALYSIS = {
    "type": "object",
    "properties": {
        "type": {"enum": ["report", "sentiment", "summary", "transcript", "translation", "tts"]},
        "dialog": {"anyOf": [_INDEX, {"type": "array", "items": _INDEX, "minItems": 1}]},
        "vendor": {"type": "string", "minLength": 1},
        "product": {"type": "string", "minLength": 1},
        "schema": {"type": "string", "minLength": 1},
        **_CONTENT,
    },
    "required": ["type", "dialog", "vendor", "body", "encoding"],
    "additionalProperties": False,
    **_CONTENT_RULES,
}

_ATTACHMENT = {
    "type": "object",
    "properties": {"purpose": {"type": "string"}, "start": _DATE, "party": _INDEX, "dialog": _INDEX, **_CONTENT},
    "required": ["start", "party", "dialog"],
    "additionalProperties": False,
    **_CONTENT_RULES,
}

UNSIGNED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "vcon": {"const": "0.4.0"},
        "uuid": {"type": "string", "format": "uuid"},
        "extensions": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "critical": {"type": "array", "items": {"type": "string"}},
        "created_at": _DATE,
        "updated_at": _DATE,
        "subject": {"type": "string"},
        "parties": {"type": "array", "items": _PARTY, "minItems": 1},
        "dialog": {"type": "array", "items": _RECORDING},
        "analysis": {"type": "array", "items": _ANALYSIS},
        "attachments": {"type": "array", "items": _ATTACHMENT},
    },
    "required": ["uuid", "created_at", "parties"],
    "additionalProperties": False,
}


def faults(vcon: Any) -> list[str]:
    """Where a vCon breaks a rule, and how: of its form, and of the numbers by which its parts name each other."""
    found = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in Draft202012Validator(UNSIGNED, format_checker=FormatChecker()).iter_errors(vcon)
    ]
    numbers = [
        *((f"dialog {at} parties", each.get("parties", []), "parties") for at, each in enumerate(vcon["dialog"])),
        *((f"dialog {at} originator", each.get("originator", []), "parties") for at, each in enumerate(vcon["dialog"])),
        *((f"analysis {at}", each["dialog"], "dialog") for at, each in enumerate(vcon["analysis"])),
        *((f"attachment {at}", each["dialog"], "dialog") for at, each in enumerate(vcon["attachments"])),
        *((f"attachment {at}", each["party"], "parties") for at, each in enumerate(vcon["attachments"])),
    ]
    for where, given, named in numbers:
        found += [
            f"{where}: there is no number {number} in {named}"
            for number in (given if isinstance(given, list) else [given])
            if number >= len(vcon[named])
        ]
    roles = any("role" in party for party in vcon["parties"])
    if roles and "CC" not in vcon.get("extensions", []):
        found.append("a role is of the extension CC, which is not named")
    return found
