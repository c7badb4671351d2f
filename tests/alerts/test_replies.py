"""What replies of receivers mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qa_pipeline.alerts.replies import BLOCKED_S, Trouble, trouble_in

NOW = 1_756_800_000.0


def reply(kind: Any, status: int, body: Any = b"ok", **headers: str) -> Trouble | None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return trouble_in(kind, status, {name.replace("_", "-"): value for name, value in headers.items()}, content, NOW)


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("slack", 200, b"ok"),
        ("teams", 202, b""),
        ("webhook", 204, b""),
        ("feishu", 200, {"code": 0, "msg": "success", "data": {}}),
        ("feishu", 200, {"StatusCode": 0, "StatusMessage": "success"}),
        ("dingtalk", 200, {"errcode": 0, "errmsg": "ok"}),
        ("wecom", 200, {"errcode": 0, "errmsg": "ok"}),
    ],
)
def test_a_message_that_is_there(kind: str, status: int, body: Any) -> None:
    assert reply(kind, status, body) is None


@pytest.mark.parametrize(
    ("kind", "status", "body", "said", "is_refused", "wait_s"),
    [
        ("slack", 400, b"invalid_payload", "HTTP 400", True, None),
        ("slack", 403, b"", "HTTP 403", False, None),
        ("webhook", 500, b"", "HTTP 500", False, None),
        ("webhook", 302, b"", "HTTP 302: it sends elsewhere", False, None),
        ("feishu", 200, {"code": 19021, "msg": "sign match fail"}, "code 19021: the signature", False, None),
        ("feishu", 200, {"code": 9499, "msg": "Bad Request"}, "code 9499", True, None),
        ("feishu", 200, {"code": 11232}, "code 11232: too many", False, None),
        ("dingtalk", 200, {"errcode": 310000, "errmsg": "https://secret"}, "code 310000", False, None),
        ("dingtalk", 200, {"errcode": 130101}, "too many", False, BLOCKED_S),
        ("wecom", 200, {"errcode": 45009}, "too many", False, None),
        ("wecom", 200, {"errcode": 12345}, "code 12345", False, None),
        ("wecom", 200, b"<html>sign in</html>", "something else than the service answers", False, None),
        ("dingtalk", 200, [], "something else than the service answers", False, None),
    ],
)
def test_one_that_is_not(kind: str, status: int, body: Any, said: str, is_refused: bool, wait_s: float | None) -> None:
    found = reply(kind, status, body)
    assert found is not None
    assert found.said.startswith(said) or said in found.said
    assert (found.is_refused, found.wait_s) == (is_refused, wait_s)
    assert "secret" not in found.said.replace("look at the secret", "")


def test_how_long_to_wait_is_what_the_receiver_says() -> None:
    found = reply("slack", 429, b"", retry_after="30")
    assert found == Trouble("HTTP 429", wait_s=30.0)
