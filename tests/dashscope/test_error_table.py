from __future__ import annotations

import json
import pickle

import pytest

from qa_pipeline.dashscope import errors
from qa_pipeline.dashscope.error_table import error_from_reply, proves_refusal, read_error_body

TABLE = [
    (400, "InvalidParameter", "input must contain file_urls", errors.InvalidRequest),
    (400, "InvalidParameter", "url error, please check url！", errors.NotFound),
    (400, "InvalidParameter", "Model not exist.", errors.NotFound),
    (400, "InvalidParameter", "The model does not take this language", errors.InvalidRequest),
    (400, "BadRequest.EmptyInput", "", errors.InvalidRequest),
    (400, "BadRequest.EmptyParameters", "", errors.InvalidRequest),
    (400, "BadRequest.EmptyModel", "", errors.InvalidRequest),
    (400, "BadRequest.IllegalInput", "", errors.InvalidRequest),
    (400, "BadRequest.UnsupportedFileFormat", "", errors.InvalidRequest),
    (400, "BadRequest.TooLarge", "", errors.InvalidRequest),
    (400, "BadRequest.InputDownloadFailed", "", errors.InputUnreachable),
    (400, "InvalidFile.DownloadFailed", "", errors.InputUnreachable),
    (400, "InvalidURL", "", errors.BadInputUrl),
    (400, "InvalidURL.ConnectionRefused", "", errors.BadInputUrl),
    (400, "InvalidParameter.DataInspection", "", errors.InputUnreachable),
    (400, "InvalidFile.AudioLengthError", "", errors.InvalidRequest),
    (400, "Arrearage", "", errors.PaymentDue),
    (400, "DataInspectionFailed", "", errors.ContentRefused),
    (400, "UnsupportedOperation", "", errors.UnsupportedOperation),
    (401, "InvalidApiKey", "Invalid API-key provided.", errors.AuthenticationFailed),
    (401, "Unauthorized", "NOT AUTHORIZED", errors.AuthenticationFailed),
    (401, "", "NOT AUTHORIZED", errors.AuthenticationFailed),
    (403, "AccessDenied", "current user api does not support synchronous calls.", errors.AccessDenied),
    (403, "AccessDenied", "current user api does not support asynchronous calls.", errors.AccessDenied),
    (403, "AccessDenied", "Invalid according to Policy: Policy expired.", errors.PolicyExpired),
    (403, "AccessDenied.Unpurchased", "", errors.NotEntitled),
    (403, "AccessDenied", "", errors.AccessDenied),
    (403, "AccessDenied", "Access denied by API-Key restrictions.", errors.KeyRestricted),
    (403, "access_denied", "Access denied by API-Key restrictions.", errors.KeyRestricted),
    (403, "AccessDenied", "The API key is restricted to certain models.", errors.KeyRestricted),
    (403, "AccessDenied", "IP access denied by API-Key restrictions.", errors.AddressNotAllowed),
    (403, "forbidden", "IP access denied by API-Key restriction", errors.AddressNotAllowed),
    (403, "AccessDenied", "IP access denied by workspace policy.", errors.AddressNotAllowed),
    (403, "AccessDenied", "Source IP 203.0.113.9 is not in the API Key allowlist", errors.AddressNotAllowed),
    (403, "AccessDenied", "Access to model denied. Please make sure you are eligible.", errors.ModelNotGranted),
    (403, "AccessDenied", "Workspace access denied.", errors.WorkspaceRefused),
    (403, "AccessDenied", "Access denied.", errors.NotEntitled),
    (403, "Model.AccessDenied", "", errors.ModelNotGranted),
    (403, "Workspace.AccessDenied", "", errors.WorkspaceRefused),
    (403, "AllocationQuota.FreeTierOnly", "", errors.QuotaExhausted),
    (404, "ModelNotFound", "", errors.NotFound),
    (404, "WorkSpaceNotFound", "", errors.WorkspaceNotFound),
    (404, "NotFound", "", errors.NotFound),
    (429, "Throttling", "", errors.Throttled),
    (429, "Throttling.RateQuota", "", errors.Throttled),
    (429, "Throttling.BurstRate", "", errors.Throttled),
    (429, "Throttling.AllocationQuota", "Allocated quota exceeded", errors.Throttled),
    (429, "Throttling.AllocationQuota", "Free allocated quota exceeded.", errors.QuotaExhausted),
    (429, "CommodityNotPurchased", "", errors.PaymentDue),
    (429, "PrepaidBillOverdue", "", errors.PaymentDue),
    (429, "PostpaidBillOverdue", "", errors.PaymentDue),
    (500, "InternalError", "", errors.ServiceUnavailable),
    (500, "InternalError.Algo", "", errors.ServiceUnavailable),
    (500, "InternalError.Timeout", "", errors.ServiceUnavailable),
    (500, "InternalError.Upload", "", errors.ServiceUnavailable),
    (500, "InternalError.FileUpload", "", errors.ServiceUnavailable),
    (500, "SystemError", "", errors.ServiceUnavailable),
    (500, "RequestTimeOut", "", errors.ServiceUnavailable),
    (500, "ModelServingError", "", errors.ServiceUnavailable),
    (503, "ModelServingError", "", errors.ServiceUnavailable),
    (503, "ModelUnavailable", "", errors.ServiceUnavailable),
    (503, "ServiceUnavailable", "", errors.ServiceUnavailable),
    (504, "GatewayTimeout", "", errors.ServiceUnavailable),
]


@pytest.mark.parametrize(("status", "code", "message", "kind"), TABLE)
def test_each_row_of_the_services_table_becomes_its_error(
    status: int, code: str, message: str, kind: type[errors.DashScopeError]
) -> None:
    body = json.dumps({"code": code, "message": message, "request_id": "r-1"}).encode()
    error = error_from_reply(status, {}, body)
    assert type(error) is kind
    assert (error.http_status, error.request_id) == (status, "r-1")
    assert error.code == (code or "HTTP_401")


def test_a_restricted_key_is_said_to_be_one_and_where_that_is_changed() -> None:
    body = b'{"code":"AccessDenied","message":"Access denied by API-Key restrictions.","request_id":"r-1"}'
    said = str(error_from_reply(403, {}, body))
    assert "restricted to certain models or addresses: edit it on the console's API-key page" in said
    assert not isinstance(error_from_reply(403, {}, body), errors.Permanent), "no recording fails for it"


@pytest.mark.parametrize("status", [400, 403, 404, 405, 407, 413])
def test_a_refusal_the_service_did_not_write_never_condemns_a_recording(status: int) -> None:
    error = error_from_reply(status, {}, b"<html><body>Blocked by\n the proxy</body></html>")
    assert type(error) is errors.NotTheService
    assert not isinstance(error, errors.Permanent)
    assert "Blocked by the proxy" in str(error)
    assert "DASHSCOPE_HTTP_BASE_URL" in str(error)


GATEWAY = b"upstream connect error or disconnect/reset before headers. reset reason: connection termination"
UNCODED = {
    "plain text": GATEWAY,
    "a page": b"<html><body>503</body></html>",
    "nothing": b"",
    "JSON of another": b'{"timestamp": 1, "status": 503, "error": "Service Unavailable", "path": "/api/v1"}',
    "the status as a code": b'{"code": "503", "message": "upstream"}',
    "a number as a code": b'{"code": 503, "message": "upstream"}',
    "a gateway in the OpenAI style": b'{"error": {"code": "upstream_error", "message": "reset", "type": "x"}}',
    "JSON cut short": b'{"code": "ServiceUnavailable", "mess',
}


@pytest.mark.parametrize("body", UNCODED.values(), ids=UNCODED)
@pytest.mark.parametrize("status", [303, 400, 402, 403, 405, 406, 409, 425, 429, 451, 499, 500, 502, 503, 504, 520])
def test_without_a_code_of_the_service_nothing_is_proved(status: int, body: bytes) -> None:
    assert not proves_refusal(status, body)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 401, 404, 407, 413, 421, 501, 511])
def test_who_says_that_a_request_was_not_handed_on_is_believed(status: int) -> None:
    assert proves_refusal(status, b"<html>sign in first</html>")


@pytest.mark.parametrize(
    ("status", "code", "proved"),
    [
        (400, "InvalidParameter", True),
        (400, "Never.Heard_Of", True),
        (429, "Throttling.RateQuota", True),
        (500, "Throttling", True),
        (503, "ServiceUnavailable", True),
        (503, "ModelServingError", True),
        (503, "InternalError.Timeout", False),
        (503, "RequestTimeOut", False),
        (408, "RequestTimeOut", False),
        (500, "InternalError", False),
        (500, "ModelServingError", False),
        (504, "GatewayTimeout", False),
    ],
)
def test_a_code_of_the_service_proves_a_refusal_unless_it_is_trouble_of_its_own(
    status: int, code: str, proved: bool
) -> None:
    body = json.dumps({"code": code, "message": "m", "request_id": "r-1"}).encode()
    assert proves_refusal(status, body) is proved


def test_the_openai_style_proves_a_refusal_only_where_the_service_speaks_it() -> None:
    body = b'{"error": {"code": "invalid_api_key", "message": "m"}, "request_id": "r"}'
    assert proves_refusal(400, body, openai_style=True)
    assert not proves_refusal(400, body)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_an_error_of_its_own(status: int) -> None:
    assert type(error_from_reply(status, {"location": "https://elsewhere"}, b"")) is errors.Redirected


def test_an_unlisted_code_goes_by_its_status() -> None:
    assert type(error_from_reply(400, {}, b'{"code":"Brand.New"}')) is errors.InvalidRequest
    assert type(error_from_reply(403, {}, b'{"code":"Brand.New"}')) is errors.NotEntitled
    assert type(error_from_reply(502, {}, b"Bad Gateway")) is errors.ServiceUnavailable


def test_the_services_wait_is_read_where_waiting_helps() -> None:
    error = error_from_reply(429, {"retry-after": "7"}, b'{"code":"Throttling"}')
    assert isinstance(error, errors.Throttled)
    assert error.retry_after == 7.0


def test_the_openai_style_is_read_too() -> None:
    body = b'{"error":{"message":"Incorrect API key","code":"invalid_api_key"},"request_id":"q"}'
    assert read_error_body(body).code == "invalid_api_key"
    assert read_error_body(body).request_id == "q"


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[1]", b"null", b'{"code":5,"message":[]}', b"[" * 100_000])
def test_no_error_body_breaks_the_reading(body: bytes) -> None:
    assert read_error_body(body).code == ""


def test_an_error_says_thing_reason_and_way_out_and_survives_pickling() -> None:
    error = errors.Throttled("Throttling", "too fast", 429, "r-1", retry_after=3.0)
    assert str(error).startswith("Throttling: too fast (HTTP 429, request r-1); lower QA_REQUESTS_PER_MINUTE")
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), copied.retry_after, str(copied)) == (errors.Throttled, 3.0, str(error))
