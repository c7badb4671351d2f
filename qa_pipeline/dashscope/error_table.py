"""Which reply of the service becomes which error: the table of the service's error reference, in code.

A reply that carries no code of the service was written by something else on the way (proxy, portal, wrong
address). It must never settle the fate of a recording, so it is not `Permanent`.

Nor does it say whether the service had taken the request by then: a gateway writes its 503 also when the connection to
the service breaks after the request was handed on. `proves_refusal` says which replies do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from qa_pipeline.dashscope import errors
from qa_pipeline.dashscope.retry import parse_retry_after

_EXACT: dict[str, type[errors.DashScopeError]] = {
    "InvalidParameter.DataInspection": errors.InputUnreachable,
    "BadRequest.InputDownloadFailed": errors.InputUnreachable,
    "InvalidFile.DownloadFailed": errors.InputUnreachable,
    "Arrearage": errors.PaymentDue,
    "DataInspectionFailed": errors.ContentRefused,
    "UnsupportedOperation": errors.UnsupportedOperation,
    "InvalidApiKey": errors.AuthenticationFailed,
    "AccessDenied": errors.AccessDenied,
    "AccessDenied.Unpurchased": errors.NotEntitled,
    "Model.AccessDenied": errors.ModelNotGranted,
    "Workspace.AccessDenied": errors.WorkspaceRefused,
    "WorkSpaceNotFound": errors.WorkspaceNotFound,
    "AllocationQuota.FreeTierOnly": errors.QuotaExhausted,
    "CommodityNotPurchased": errors.PaymentDue,
    "PrepaidBillOverdue": errors.PaymentDue,
    "PostpaidBillOverdue": errors.PaymentDue,
}
_PREFIXES: tuple[tuple[str, type[errors.DashScopeError]], ...] = (
    ("InvalidURL", errors.BadInputUrl),
    ("Throttling", errors.Throttled),
)
_BY_STATUS: dict[int, type[errors.DashScopeError]] = {
    401: errors.AuthenticationFailed,
    402: errors.PaymentDue,
    403: errors.NotEntitled,
    404: errors.NotFound,
    408: errors.ServiceUnavailable,
    429: errors.Throttled,
}
_DENIALS: tuple[tuple[re.Pattern[str], type[errors.DashScopeError]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"does not support (a?synchronous|http)", errors.AccessDenied),
        (r"policy expired", errors.PolicyExpired),
        (
            r"\bip\b.*\b(denied|allowed)\b|\b(allow|white)-?list|白名单",
            errors.AddressNotAllowed,
        ),
        (r"api[ -]?key.*restrict|restrict.*api[ -]?key", errors.KeyRestricted),
        (r"workspace", errors.WorkspaceRefused),
        (r"\bmodels?\b", errors.ModelNotGranted),
        (r"\S", errors.NotEntitled),
    )
)
"""What the message of a 403 says is denied, where its code does not: the first that fits. A denial without a word is
left to the code."""

_NO_SUCH_MODEL = re.compile(r"\burl error\b|\bmodel\b.*\b(not exist|not found)|模型不存在", re.IGNORECASE)
"""A 400 says so of a model that is not there, or does not work in tasks ("url error, please check url!")."""

_DENIED = ("AccessDenied", "access_denied", "Forbidden", "forbidden")
_MEANING_WITHOUT_A_CODE = (401, 408, 429)
"""Statuses that say the same whoever wrote them."""
_NOT_HANDED_ON = frozenset({301, 302, 307, 308, 401, 404, 407, 411, 413, 414, 421, 431, 501, 505, 511})
"""Statuses with which a proxy or gateway says that it has not handed a request on: it wants a login of its own, knows
no such address, sends the client elsewhere, or can't take such a request. 400, 403, 405, 406 and 429 are not among
them, because a filter also puts them in the place of an answer of the service; nor is any 5xx of a broken connection.
"""
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]*([ .][A-Za-z0-9_]+)*")
"""What a code of the service looks like. Gateways repeat the status as one: `"code": "503"`."""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """The three fields of an error; empty or None where the body has none. `is_native`: not in the OpenAI style."""

    code: str
    message: str
    request_id: str | None
    is_native: bool = True


def read_error_body(body: bytes) -> ErrorBody:
    """Reads `{"code","message","request_id"}` or the OpenAI style's `{"error":{…}}`; never raises."""
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return ErrorBody("", _excerpt(body), None)
    nested = document.get("error")
    source = nested if isinstance(nested, dict) else document
    request_id = document.get("request_id")
    code, message = source.get("code"), source.get("message")
    return ErrorBody(
        code=code if isinstance(code, str) and _CODE.fullmatch(code) else "",
        message=message if isinstance(message, str) else "",
        request_id=request_id if isinstance(request_id, str) else None,
        is_native=source is document,
    )


def proves_refusal(status: int, body: bytes, *, openai_style: bool = False) -> bool:
    """Whether a reply without success proves that the service did nothing for a request that it would bill.

    A code of the service does, unless it means trouble of the service's own, which may come after the request was
    taken; of those only a 503 that is not a time-out says that it was not. Without such a code only the few statuses
    do with which whoever answered says that the request was not handed on. Everything else is ambiguous: HTML, plain
    text, nothing at all. With `openai_style` the caller asked an address that words its errors so; elsewhere they are
    a gateway's.
    """
    read = read_error_body(body)
    if not read.code or not (read.is_native or openai_style):
        return status in _NOT_HANDED_ON
    if _kind(status, read) is not errors.ServiceUnavailable:
        return True
    return status == 503 and "timeout" not in read.code.lower()


def error_from_reply(status: int, headers: Mapping[str, str], body: bytes) -> errors.DashScopeError:
    """The error that a reply without success means."""
    read = read_error_body(body)
    if 300 <= status < 400:
        return errors.Redirected("Redirected", "the answer is a redirect, which is not followed", status)
    kind = _kind(status, read)
    code = read.code or f"HTTP_{status}"
    message = read.message or f"the answer has status {status} and no explanation"
    if issubclass(kind, errors.Transient):
        retry_after = parse_retry_after(headers.get("retry-after"), datetime.now(UTC))
        return kind(code, message, status, read.request_id, retry_after=retry_after)
    return kind(code, message, status, read.request_id)


def error_of_code(code: str, message: str) -> errors.DashScopeError:
    """The error that a code means which came without a status, as that of a failed task does."""
    return _kind(400, ErrorBody(code, message, None))(code, message)


def _kind(status: int, read: ErrorBody) -> type[errors.DashScopeError]:
    message = read.message.lower()
    if read.code in _DENIED:
        for pattern, kind in _DENIALS:
            if pattern.search(message):
                return kind
    if read.code.startswith("Throttling") and "free allocated quota exceeded" in message:
        return errors.QuotaExhausted
    if status == 400 and read.code.startswith(("InvalidParameter", "BadRequest")) and _NO_SUCH_MODEL.search(message):
        return errors.NotFound
    if read.code in _EXACT:
        return _EXACT[read.code]
    for prefix, kind in _PREFIXES:
        if read.code.startswith(prefix):
            return kind
    if status >= 500:
        return errors.ServiceUnavailable
    if not read.code and status not in _MEANING_WITHOUT_A_CODE:
        return errors.NotTheService
    return _BY_STATUS.get(status, errors.InvalidRequest)


def _excerpt(body: bytes) -> str:
    """The first words of a body that is not JSON, on one line."""
    return " ".join(body[:400].decode("utf-8", "replace").split())[:200]
