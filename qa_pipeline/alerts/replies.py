"""What a receiver's reply means: the message is there, or why it is not, and whether it is refused for what it is.

Chat services say "200 OK" to what they refuse too, so theirs is looked at. Nothing of a reply is kept but its number:
what a receiver writes back may repeat the address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from qa_pipeline.alerts.channels import ChannelKind
from qa_pipeline.alerts.timing import retry_after

BLOCKED_S = 600.0
"""DingTalk takes nothing for ten minutes after too many messages."""

_REFUSED_STATUS = (400, 413, 415, 422)

_CODE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "feishu": ("code", "StatusCode"),
    "dingtalk": ("errcode",),
    "wecom": ("errcode",),
}
_KNOWN: Mapping[tuple[str, int], tuple[str, bool, float | None]] = {
    ("feishu", 9499): ("it takes no such message", True, None),
    ("feishu", 11232): ("too many messages", False, None),
    ("feishu", 19001): ("there is no such bot; look at its address", False, None),
    ("feishu", 19021): ("the signature does not fit: look at the secret, and at this machine's clock", False, None),
    ("feishu", 19022): ("this machine's address is not on the bot's list", False, None),
    ("feishu", 19024): ("the bot asks for a keyword; add QA to its keywords", False, None),
    ("dingtalk", 130101): ("too many messages", False, BLOCKED_S),
    ("dingtalk", 300001): ("there is no such robot; look at its address", False, None),
    ("dingtalk", 310000): ("keyword, signature or network: add QA to its keywords, look at the secret", False, None),
    ("wecom", 45009): ("too many messages", False, None),
    ("wecom", 40008): ("it takes no such message", True, None),
    ("wecom", 40058): ("it takes no such message", True, None),
    ("wecom", 93000): ("there is no such robot; look at its address", False, None),
}
"""Receiver and its number → what it means, whether the message itself is refused, and how long to wait."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a message is not there. `is_refused`: for what it is, so that trying again would not help. `wait_s` is what
    the receiver asked for."""

    said: str
    is_refused: bool = False
    wait_s: float | None = None


def trouble_in(kind: ChannelKind, status: int, headers: Mapping[str, str], body: bytes, now: float) -> Trouble | None:
    """What is wrong by a reply; None where the message is there. `headers` by small names, `now` in UTC epoch s."""
    if 300 <= status < 400:
        return Trouble(f"HTTP {status}: it sends elsewhere, which is not followed; set the address that it means")
    if not 200 <= status < 300:
        wait_s = retry_after(headers.get("retry-after"), now)
        return Trouble(f"HTTP {status}", is_refused=status in _REFUSED_STATUS, wait_s=wait_s)
    return _trouble_of_chat(kind, body) if kind in _CODE_FIELDS else None


def _trouble_of_chat(kind: ChannelKind, body: bytes) -> Trouble | None:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    codes = [said[name] for name in _CODE_FIELDS[kind] if name in said] if isinstance(said, dict) else []
    if not codes or not isinstance(codes[0], int):
        return Trouble("something else than the service answers; look at the address, and at proxies on the way")
    if codes[0] == 0:
        return None
    meaning, is_refused, wait_s = _KNOWN.get((kind, codes[0]), ("", False, None))
    return Trouble(f"code {codes[0]}" + (f": {meaning}" if meaning else ""), is_refused=is_refused, wait_s=wait_s)
