"""The shapes of messages that receivers document, as JSON schemas; a key that is not documented is a fault."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string", "minLength": 1}


def _closed(required: list[str] | None = None, /, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
    }


_HEADER = _closed(
    type={"const": "header"},
    text=_closed(type={"const": "plain_text"}, text={**_TEXT, "maxLength": 150}, emoji={"type": "boolean"}),
)
_SECTION = _closed(type={"const": "section"}, text=_closed(type={"const": "mrkdwn"}, text={**_TEXT, "maxLength": 3000}))
_BLOCK = _closed(
    ["type", "text", "wrap"],
    type={"const": "TextBlock"},
    text=_TEXT,
    wrap={"const": True},
    weight={"enum": ["Bolder"]},
    size={"enum": ["Medium"]},
)
_CARD = _closed(
    **{"$schema": {"const": "http://adaptivecards.io/schemas/adaptive-card.json"}},
    type={"const": "AdaptiveCard"},
    version={"enum": ["1.2", "1.3", "1.4"]},
    body={"type": "array", "minItems": 2, "items": _BLOCK},
)
_TAGS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "anyOf": [
            _closed(tag={"const": "text"}, text=_TEXT),
            _closed(tag={"const": "a"}, text=_TEXT, href={"type": "string", "pattern": "^https?://"}),
        ]
    },
}
_POST = _closed(title=_TEXT, content={"type": "array", "minItems": 1, "items": _TAGS})
_CAUSE = _closed(
    key={"type": "string", "pattern": "^[0-9a-f]{64}$"},
    kind={"enum": ["rule", "auto_fail", "failed_run", "share", "rate", "test"]},
    severity={"enum": ["info", "low", "medium", "high", "critical"]},
    title={"type": "string"},
    text=_TEXT,
    url={"type": ["string", "null"]},
    call_date={"type": ["string", "null"]},
    call_id={"type": ["string", "null"]},
    rule_id={"type": ["string", "null"]},
    team={"type": ["string", "null"]},
    queue={"type": ["string", "null"]},
    agent={"type": ["string", "null"]},
    facts={"type": "object"},
)

SHAPES: dict[str, dict[str, Any]] = {
    "slack": _closed(
        text=_TEXT,
        blocks={"type": "array", "minItems": 2, "maxItems": 50, "prefixItems": [_HEADER], "items": _SECTION},
    ),
    "teams": _closed(
        type={"const": "message"},
        attachments={
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": _closed(
                contentType={"const": "application/vnd.microsoft.card.adaptive"},
                contentUrl={"type": "null"},
                content=_CARD,
            ),
        },
    ),
    "feishu": _closed(
        ["msg_type", "content"],
        msg_type={"const": "post"},
        content=_closed(
            post={
                "type": "object",
                "properties": {"zh_cn": _POST, "en_us": _POST},
                "minProperties": 1,
                "additionalProperties": False,
            }
        ),
        timestamp={"type": "string", "pattern": "^[0-9]{10}$"},
        sign={"type": "string", "pattern": "^[A-Za-z0-9+/]{43}=$"},
    ),
    "dingtalk": _closed(msgtype={"const": "markdown"}, markdown=_closed(title=_TEXT, text=_TEXT)),
    "wecom": _closed(msgtype={"const": "markdown"}, markdown=_closed(content=_TEXT)),
    "webhook": _closed(
        version={"const": 1},
        key={"type": "string", "pattern": "^[0-9a-f]{64}$"},
        sent_for={"type": "string", "format": "date-time"},
        title=_TEXT,
        severity={"enum": ["info", "low", "medium", "high", "critical"]},
        causes={"type": "array", "minItems": 1, "items": _CAUSE},
        more={"type": "integer", "minimum": 0},
    ),
}
"""Kind of a channel → what a body of its is."""

MOST_BYTES = {"slack": 40_000, "teams": 28 * 1024, "feishu": 20 * 1024, "dingtalk": 20_000, "wecom": 4096 + 80}
