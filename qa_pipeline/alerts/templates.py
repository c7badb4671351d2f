"""Messages as each receiver takes them: JSON for webhooks, text for mail. What does not fit is counted, not cut off.

Shapes and limits are those of the receivers' documentation, named beside each; words out of the data can't become
markup, links or mentions there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from qa_pipeline.alerts.causes import Cause
from qa_pipeline.alerts.channels import ChannelKind
from qa_pipeline.alerts.messages import Line, Message
from qa_pipeline.alerts.texts import moment, more, one_line, opens

Body = dict[str, Any]

_SLACK_HEADER = 150
_SLACK_BLOCKS = 50
_MOST_BYTES: Mapping[ChannelKind, int] = {
    "slack": 30_000,
    "teams": 24_000,  # of 28 KB, which an answer of the flow counts too
    "feishu": 18_000,  # of 20 KB
    "dingtalk": 18_000,  # of 20,000 bytes
    "wecom": 4_096,  # of the content alone
    "webhook": 500_000,
}
_MOST_CAUSES = 1_000
_MOST_LINES = 100
"""Nobody reads more in a chat."""

_CARD_SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"

_SLACK_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_MARKDOWN = str.maketrans("[]<>*`~|\\", "［］＜＞＊＇～｜＼")
"""Characters that would make links, mentions or markup of Markdown → their full-width likes, which make none."""


def body_of(kind: ChannelKind, message: Message) -> Body:
    """The JSON that a webhook of a kind is sent; as many lines as fit, and how many more there are."""
    if kind == "webhook":
        return _generic(message)
    template, shown = _TEMPLATES[kind], min(len(message.lines), _MOST_LINES)
    while shown > 1 and not _fits(kind, template(message, _shown(message, shown))):
        shown -= 1
    return template(message, _shown(message, shown))


def mail_text(message: Message) -> str:
    """The text of a mail: a paragraph for each cause, with where to look."""
    paragraphs = [f"{line.text}\n{line.url}".strip() for line in _shown(message, _MOST_CAUSES)]
    return "\n\n".join(paragraphs) + "\n"


def _shown(message: Message, count: int) -> list[Line]:
    """The first lines, and one that counts those that are left out."""
    left = len(message.lines) - count
    return [*message.lines[:count], *([Line(more(left, message.language), "")] if left > 0 else [])]


def _fits(kind: ChannelKind, body: Body) -> bool:
    if kind == "slack" and len(body["blocks"]) > _SLACK_BLOCKS:
        return False
    counted = body["markdown"]["content"].encode() if kind == "wecom" else json.dumps(body, ensure_ascii=False).encode()
    return len(counted) <= _MOST_BYTES[kind]


def _slack(message: Message, lines: list[Line]) -> Body:
    """Incoming webhooks of Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; a header
    has 150 characters at most, a section 3,000, a message 50 blocks."""
    title = one_line(message.title, _SLACK_HEADER)
    sections = [
        {
            "type": "section",
            "text": {
                "type": "mrkdwn",
                "text": line.text.translate(_SLACK_MARKUP)
                + (f"\n<{line.url.translate(_SLACK_MARKUP)}|{opens(message.language)}>" if line.url else ""),
            },
        }
        for line in lines
    ]
    return {
        "text": title.translate(_SLACK_MARKUP),
        "blocks": [{"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}}, *sections],
    }


def _teams(message: Message, lines: list[Line]) -> Body:
    """The webhook of Teams' Workflows: a message with an Adaptive Card, of 28 KB at most."""
    blocks = [{"type": "TextBlock", "text": _markdown_line(line, message), "wrap": True} for line in lines]
    head = {"type": "TextBlock", "text": _plain(message.title), "weight": "Bolder", "size": "Medium", "wrap": True}
    card = {"$schema": _CARD_SCHEMA, "type": "AdaptiveCard", "version": "1.4", "body": [head, *blocks]}
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _feishu(message: Message, lines: list[Line]) -> Body:
    """Custom bots of Feishu and Lark: a post of plain texts and links, of 20 KB at most."""
    content = [
        [
            {"tag": "text", "text": f"{line.text} "},
            *([{"tag": "a", "text": opens(message.language), "href": line.url}] if line.url else []),
        ]
        for line in lines
    ]
    language = "zh_cn" if message.language == "zh" else "en_us"
    return {"msg_type": "post", "content": {"post": {language: {"title": message.title, "content": content}}}}


def _dingtalk(message: Message, lines: list[Line]) -> Body:
    """Custom robots of DingTalk: Markdown with a title for the list of chats, of 20,000 bytes at most."""
    text = "\n".join([f"### {_plain(message.title)}", *(f"- {_markdown_line(line, message)}" for line in lines)])
    return {"msgtype": "markdown", "markdown": {"title": _plain(message.title), "text": text}}


def _wecom(message: Message, lines: list[Line]) -> Body:
    """Group robots of WeCom: Markdown of 4,096 bytes at most."""
    text = "\n".join([f"**{_plain(message.title)}**", *(f"> {_markdown_line(line, message)}" for line in lines)])
    return {"msgtype": "markdown", "markdown": {"content": text}}


def _generic(message: Message) -> Body:
    """For any receiver: all that is known of each cause. Described in docs/alerts.md."""
    shown = message.causes[:_MOST_CAUSES]
    return {
        "version": 1,
        "key": message.key,
        "sent_for": moment(message.at),
        "title": message.title,
        "severity": message.severity,
        "causes": [_of_cause(cause, line) for cause, line in zip(shown, message.lines, strict=False)],
        "more": len(message.causes) - len(shown),
    }


def _of_cause(cause: Cause, line: Line) -> Body:
    return {
        "key": cause.key,
        "kind": cause.kind.value,
        "severity": cause.severity,
        "title": cause.title,
        "text": line.text,
        "url": line.url or None,
        "call_date": cause.call_date.isoformat() if cause.call_date else None,
        "call_id": cause.call_id,
        "rule_id": cause.rule_id,
        "team": cause.team,
        "queue": cause.queue,
        "agent": cause.agent,
        "facts": dict(cause.facts),
    }


def _plain(text: str) -> str:
    return text.translate(_MARKDOWN)


def _markdown_line(line: Line, message: Message) -> str:
    return _plain(line.text) + (f" [{opens(message.language)}]({_in_link(line.url)})" if line.url else "")


def _in_link(url: str) -> str:
    return url.replace("(", "%28").replace(")", "%29")


_TEMPLATES: Mapping[ChannelKind, Callable[[Message, list[Line]], Body]] = {
    "slack": _slack,
    "teams": _teams,
    "feishu": _feishu,
    "dingtalk": _dingtalk,
    "wecom": _wecom,
}
