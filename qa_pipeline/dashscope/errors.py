"""What can go wrong between us and the service, as types that say what to do next.

    DashScopeError
    ├── Permanent               asking again gives the same answer; this work has failed
    │   ├── InvalidRequest
    │   │   └── UnsupportedOperation
    │   ├── ContentRefused
    │   ├── AccessDenied
    │   └── NotFound
    │       └── WorkspaceNotFound
    ├── ChangeAndRetry          nothing is wrong with the work; something around it must change first
    │   ├── AuthenticationFailed
    │   ├── NotEntitled
    │   │   ├── ModelNotGranted
    │   │   └── WorkspaceRefused
    │   ├── KeyRestricted
    │   │   └── AddressNotAllowed
    │   ├── PaymentDue
    │   ├── QuotaExhausted
    │   ├── InputUnreachable
    │   ├── BadInputUrl
    │   ├── PolicyExpired
    │   ├── NotTheService
    │   └── Redirected
    ├── Transient               the same request may succeed later, and the service did nothing for this one
    │   ├── Throttled
    │   ├── ServiceUnavailable
    │   ├── ConnectionLost      (of a submit never raised: it becomes AmbiguousSubmit)
    │   └── NotSent
    ├── AmbiguousSubmit         a billed task may exist: reconcile, never resend blindly
    │   └── AnswerLost          of a synchronous request: billed perhaps, and nothing left to ask for
    ├── BadReply                the service answered something that is not an answer
    ├── ForbiddenHost
    ├── UploadFailed
    │   └── ObjectExists
    └── ResultUnavailable
        ├── ResultExpired
        └── ResultTooLarge

Which reply becomes which of these: `error_table`.
"""

from __future__ import annotations

from typing import ClassVar

from qa_pipeline.privacy.messages import without_personal


class DashScopeError(Exception):
    """Base of everything this package raises about the service.

    `code` is the service's own code, or ours where it gave none; `message` has nothing that is personal by its shape.
    `http_status` is None when there was no reply. `retry_limit` is how often the client itself may repeat the request:
    0 never, None as its policy allows.
    """

    retry_limit: ClassVar[int | None] = 0
    fix: ClassVar[str] = ""

    def __init__(self, code: str, message: str, http_status: int | None = None, request_id: str | None = None) -> None:
        message = without_personal(message)
        super().__init__(code, message, http_status, request_id)
        self.code = code
        self.message = message
        self.http_status = http_status
        self.request_id = request_id

    def __str__(self) -> str:
        facts = [f"HTTP {self.http_status}"] if self.http_status is not None else []
        facts += [f"request {self.request_id}"] if self.request_id else []
        text = f"{self.code}: {self.message}" if self.message != self.code else self.code
        text += f" ({', '.join(facts)})" if facts else ""
        return f"{text}; {self.fix}" if self.fix else text


class Permanent(DashScopeError):
    """Asking again gives the same answer."""


class InvalidRequest(Permanent):
    """A parameter or the file breaks a rule of the service."""


class UnsupportedOperation(InvalidRequest):
    """The task is not in a state that allows it; only PENDING tasks can be cancelled."""


class ContentRefused(Permanent):
    """The service's content inspection refused the input."""


class AccessDenied(Permanent):
    """The model does not take this kind of call."""


class NotFound(Permanent):
    """No such model, workspace or address."""

    fix = "check the model name and that the region offers it"


class WorkspaceNotFound(NotFound):
    """No such workspace."""

    fix = "check DASHSCOPE_WORKSPACE_ID and the workspace in DASHSCOPE_HTTP_BASE_URL: its id is in the console"


class ChangeAndRetry(DashScopeError):
    """The work is fine; key, account, address or file location must change before it can succeed."""


class AuthenticationFailed(ChangeAndRetry):
    """The key is not accepted here."""

    fix = "check DASHSCOPE_API_KEY: a key works only in the region that issued it, and for its own workspace"


class NotEntitled(ChangeAndRetry):
    """Key or workspace may not use the model."""

    fix = "activate the model, or give the workspace access to it, in the console"


class ModelNotGranted(NotEntitled):
    """The workspace of the key may not use the model."""

    fix = (
        "the workspace of this key may not use the model: grant it in the console (the workspace's model permissions), "
        "or choose another with QA_MODEL"
    )


class WorkspaceRefused(NotEntitled):
    """The key may not work in the workspace."""

    fix = (
        "the key may not work in this workspace: use a key that was made in it, or correct DASHSCOPE_WORKSPACE_ID "
        "(a key of a RAM user needs it)"
    )


class KeyRestricted(ChangeAndRetry):
    """The key's own restrictions leave out the model, or the address that the request came from."""

    fix = (
        "the key is restricted to certain models or addresses: edit it on the console's API-key page (add the model, "
        "and this network's public address to its IP allowlist), or use a key without restrictions"
    )


class AddressNotAllowed(KeyRestricted):
    """The key may not be used from where the request came."""

    fix = (
        "the key is restricted to certain addresses: add this network's public address (a proxy's or VPN's, where "
        "there is one) to the key's IP allowlist on the console's API-key page, or use a key without restrictions"
    )


class PaymentDue(ChangeAndRetry):
    """The account is in arrears or has not bought the service."""

    fix = "settle the account's bill in the console, then run again"


class QuotaExhausted(ChangeAndRetry):
    """The free quota is used up. Waiting does not bring it back, so it is not retried."""

    fix = "switch the account to paid use in the console, then run again"


class InputUnreachable(ChangeAndRetry):
    """The service could not fetch the audio. Worth one more try, as its fetch may have timed out."""

    retry_limit = 1
    fix = "check that the audio's URL can be reached from outside"


class BadInputUrl(ChangeAndRetry):
    """The audio's URL is not one the service accepts."""

    fix = "give a public http(s) URL or upload the file"


class PolicyExpired(ChangeAndRetry):
    """The upload policy aged out before the upload was accepted."""

    fix = "ask for a new upload policy"


class NotTheService(ChangeAndRetry):
    """Something answered that does not speak the service's language: a proxy, a portal, a wrong address."""

    fix = "check DASHSCOPE_HTTP_BASE_URL and any proxy on the way"


class Redirected(ChangeAndRetry):
    """The answer was a redirect, which is never followed: the key or the data would go elsewhere."""

    fix = "check DASHSCOPE_HTTP_BASE_URL and any proxy on the way"


class Transient(DashScopeError):
    """The same request may succeed later; nothing was done for this one.

    `retry_after` is how many seconds the service asked to wait, None when it did not say.
    """

    retry_limit = None

    def __init__(
        self,
        code: str,
        message: str,
        http_status: int | None = None,
        request_id: str | None = None,
        *,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code, message, http_status, request_id)
        self.retry_after = retry_after


class Throttled(Transient):
    """Too many requests for the account."""

    fix = "lower QA_REQUESTS_PER_MINUTE or QA_QUERIES_PER_SECOND if this repeats"


class ServiceUnavailable(Transient):
    """The service has trouble of its own."""


class ConnectionLost(Transient):
    """The connection broke or went silent after the request left."""


class NotSent(Transient):
    """No connection could be made, so the service never saw the request."""

    fix = "check the network, DASHSCOPE_HTTP_BASE_URL and any proxy"


class AmbiguousSubmit(DashScopeError):
    """The submit left, its answer did not come or cannot be read: a billed task may exist.

    Look for the task in the service's list before sending again; `__cause__` is what happened.
    """

    fix = "look for the task in the service's task list before sending it again"


class AnswerLost(AmbiguousSubmit):
    """A synchronous request left, and its answer is incomplete. There is no task to search for."""

    fix = "it may have been billed and leaves no task behind; send it again only if it may cost twice"


class BadReply(DashScopeError):
    """A success status with a body that is not what the contract says."""

    retry_limit = 2


class ForbiddenHost(DashScopeError):
    """A URL from a reply leads to a host the client does not talk to."""


class UploadFailed(DashScopeError):
    """The file did not reach the service's storage."""


class ObjectExists(UploadFailed):
    """The storage already holds an object of this name and does not overwrite."""

    fix = "upload under another object name"


class ResultUnavailable(DashScopeError):
    """The result file cannot be had at this URL."""


class ResultExpired(ResultUnavailable):
    """The result's URL is no longer valid; the service keeps results for 24 hours."""

    fix = "query the task again for a fresh URL; after 24 hours the audio must be transcribed again"


class ResultTooLarge(ResultUnavailable):
    """The result is larger than any result can be; the download was broken off."""
