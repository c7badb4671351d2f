"""Every way this service says no: request errors (an HTTP status), storage errors (XML), task failures (HTTP 200).

Codes and messages are the service's documented ones; the few that are this server's own begin with `LOCAL_`
or say so in their docstring.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.transcription.models import Model


class ConfigError(ValueError):
    """A setting of the local service cannot be used; the message names it, the reason and the fix."""


class StateInUse(RuntimeError):
    """Another local service holds the state folder."""


class StartFailed(RuntimeError):
    """The local service did not come up; the message says why or where that stands."""


@dataclass(eq=False)
class ServiceError(Exception):
    """An API request is refused: `{"code", "message", "request_id"}` with this HTTP status."""

    status: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.message}"


@dataclass(eq=False)
class StorageError(Exception):
    """A form upload or a result download is refused, as object storage does it: an XML body."""

    status: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.message}"


@dataclass(eq=False)
class TaskFailure(Exception):
    """One file of a task came to nothing: `output.code` and `output.message` of a FAILED task."""

    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def context_too_long(tokens: int, model: Model) -> ServiceError:
    """400: the text beside the audio is longer than the model takes."""
    return invalid_parameter(f"The context has {tokens:,} tokens; {model.id} takes {model.max_context_tokens:,}.")


def invalid_parameter(message: str) -> ServiceError:
    """400 InvalidParameter: a field is missing, of the wrong type or outside its range."""
    return ServiceError(400, "InvalidParameter", message)


def invalid_api_key() -> ServiceError:
    """401: the bearer is missing or not the one this service was started with."""
    return ServiceError(401, "InvalidApiKey", "Invalid API-key provided.")


def synchronous_call_refused() -> ServiceError:
    """403: a submit without `X-DashScope-Async: enable`, or a model of tasks asked to answer at once."""
    return ServiceError(403, "AccessDenied", "current user api does not support synchronous calls.")


def asynchronous_call_refused() -> ServiceError:
    """403: a model that only answers at once was asked for a task."""
    return ServiceError(403, "AccessDenied", "current user api does not support asynchronous calls.")


def not_a_task_model() -> ServiceError:
    """400: a model that only answers at once was submitted as a task; its audio is not where a task's address is."""
    return invalid_parameter("url error, please check url！")


def model_not_found(model: str) -> ServiceError:
    """404: no such model; the name is repeated because the real service's sentence leaves it out."""
    return ServiceError(404, "ModelNotFound", f"Model can not be found: {model!r}.")


def rate_quota_exceeded(limit: str) -> ServiceError:
    """429: more requests than `limit` (for example "100 submits per minute") from one key."""
    return ServiceError(
        429, "Throttling.RateQuota", f"Requests rate limit exceeded, please try again later. Limit: {limit}."
    )


def cancel_refused() -> ServiceError:
    """400: only a task that waits can be cancelled."""
    return ServiceError(
        400,
        "UnsupportedOperation",
        "Failed to cancel the task, please confirm if the task is in PENDING status.",
    )
