"""What a task that ended FAILED means for the work: the task-level table of the service's error reference."""

from __future__ import annotations

import logging
from enum import Enum

from qa_pipeline.dashscope import errors
from qa_pipeline.dashscope.error_table import error_of_code
from qa_pipeline.transcription.silence import says_no_speech

logger = logging.getLogger("qa_pipeline.dashscope")


class TaskFailure(Enum):
    """What follows from a failed task."""

    NO_SPEECH = "no_speech"
    """Nobody spoke: an empty transcript, not a failure."""
    RESUBMIT = "resubmit"
    """Trouble on the way; a new task may succeed."""
    RESUBMIT_ONCE = "resubmit_once"
    """One new task; if that fails too, the audio's URL must change."""
    CHANGE_AND_RETRY = "change_and_retry"
    """The audio's URL must change first."""
    HALT = "halt"
    """The account must change first: nothing is wrong with the recording, and every task will fail so."""
    PERMANENT = "permanent"
    """The recording itself will not do."""


TASK_FAILURES: dict[str, TaskFailure] = {
    "FILE_SERVER_ERROR": TaskFailure.RESUBMIT,
    "FILE_TRANS_TASK_EXPIRED": TaskFailure.RESUBMIT,
    "FILE_DOWNLOAD_FAILED": TaskFailure.RESUBMIT_ONCE,
    "InvalidFile.DownloadFailed": TaskFailure.RESUBMIT_ONCE,
    "FILE_403_FORBIDDEN": TaskFailure.CHANGE_AND_RETRY,
    "FILE_404_NOT_FOUND": TaskFailure.CHANGE_AND_RETRY,
    "FILE_TOO_LARGE": TaskFailure.PERMANENT,
    "AUDIO_DURATION_TOO_LONG": TaskFailure.PERMANENT,
    "CONTENT_LENGTH_CHECK_FAILED": TaskFailure.PERMANENT,
    "DECODE_ERROR": TaskFailure.PERMANENT,
    "NO_VALID_AUDIO_ERROR": TaskFailure.PERMANENT,
    "UNSUPPORTED_FORMAT": TaskFailure.PERMANENT,
    "FILE_CHECK_FAILED": TaskFailure.PERMANENT,
    "FILE_NORMALIZE_FAILED": TaskFailure.PERMANENT,
    "FILE_PARSE_FAILED": TaskFailure.PERMANENT,
    "MKV_PARSE_FAILED": TaskFailure.PERMANENT,
    "REQUEST_INVALID_FILE_URL_VALUE": TaskFailure.PERMANENT,
    "CANCELED": TaskFailure.PERMANENT,
    # the local service's own
    "LOCAL_MODEL_NOT_INSTALLED": TaskFailure.PERMANENT,
    "LOCAL_RECOGNIZER_UNAVAILABLE": TaskFailure.RESUBMIT,
    "LOCAL_RECOGNIZER_STOPPED": TaskFailure.RESUBMIT,
    "LOCAL_RECOGNIZER_REFUSED": TaskFailure.PERMANENT,
    "LOCAL_RECOGNIZER_FAILED": TaskFailure.PERMANENT,
    "CHANNEL_ID_OUT_OF_RANGE": TaskFailure.PERMANENT,
}
"""Code → what follows."""


_OF_THE_SERVICE = (
    "InternalError", "SystemError", "Throttling", "RequestTimeOut", "GatewayTimeout", "ModelServing",
    "ModelUnavailable", "ServiceUnavailable",
)  # fmt: skip
"""Beginnings of codes that mean trouble at the service, with which tasks fail as well as requests."""
_OF_THE_ACCOUNT = (
    errors.AuthenticationFailed,
    errors.NotEntitled,
    errors.KeyRestricted,
    errors.PaymentDue,
    errors.QuotaExhausted,
)


def classify_task_failure(code: str | None, message: str | None = None) -> TaskFailure:
    """What to do about a task that FAILED with `code`; an unlisted code is final, and logged."""
    if says_no_speech(code, message):
        return TaskFailure.NO_SPEECH
    known = TASK_FAILURES.get(code or "")
    if known is not None:
        return known
    if isinstance(error_of_code(code or "", message or ""), _OF_THE_ACCOUNT):
        return TaskFailure.HALT
    if (code or "").startswith(_OF_THE_SERVICE):
        return TaskFailure.RESUBMIT
    logger.warning("the task failure code %r is not in the table; taken as final", code)
    return TaskFailure.PERMANENT
