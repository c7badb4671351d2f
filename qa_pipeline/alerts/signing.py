"""The signatures that Feishu and DingTalk ask for, where their bots are set to check one.

Both are HMAC-SHA256 over a moment and the secret, in Base64, and hold for an hour. Feishu takes the text as the key and
signs nothing, with seconds; DingTalk takes the secret as the key and signs the text, with milliseconds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote_plus


def feishu_signature(secret: str, at: float) -> dict[str, str]:
    """The fields `timestamp` (seconds) and `sign` of a body; `at` in UTC epoch seconds."""
    timestamp = str(int(at))
    return {"timestamp": timestamp, "sign": _signed(f"{timestamp}\n{secret}", "")}


def dingtalk_query(secret: str, at: float) -> str:
    """What is added to the address: `timestamp` (milliseconds) and `sign`, ready to be joined by `&`."""
    timestamp = str(int(at * 1000))
    signature = _signed(secret, f"{timestamp}\n{secret}")
    return f"timestamp={timestamp}&sign={quote_plus(signature)}"


def _signed(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()
