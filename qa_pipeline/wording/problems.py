"""Why calls and channels have no transcript, in the reader's language, by the code of the reason.

What a run wrote of a single call names its file and its figures, and is English like the tables. A reader of another
language gets what the code means and what to do; the run's own sentence follows as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from qa_pipeline.recordings.quarantine import MEANINGS, QuarantineReason
from qa_pipeline.wording.languages import ENGLISH, language, t, to_translate

STATES = {
    "planned": to_translate("to be sent"),
    "sending": to_translate("being sent"),
    "submitted": to_translate("sent, no result yet"),
    "succeeded": to_translate("done there, not fetched yet"),
    "fetched": to_translate("fetched, not read yet"),
    "parsed": to_translate("transcribed"),
    "failed": to_translate("failed"),
    "unknown": to_translate("unknown"),
}
"""State of a channel's last attempt → what it means."""

_EXPORT_AGAIN = to_translate("export or copy the recording again")
_SPLIT = to_translate("split the recording")
_RUN_AGAIN = to_translate("run the days again")
_RETRY = to_translate("run `qa-pipeline retry`, which shows them and asks before anything is paid again")
_PUT_BACK = to_translate("put the recording back as it was, and run the days again")
_ACCOUNT = to_translate("mend it in the console of the service, then run `qa-pipeline retry`")
_ANOTHER_MODEL = to_translate("choose another model (QA_MODEL) or correct the metadata, and run the days again")
_APART = to_translate("let the recorder keep each party on its own channel")
_LINES = to_translate("check that both lines reach the recorder")
_OWN_ID = to_translate("give each call an id of its own")

_WAYS_OUT: dict[QuarantineReason, str] = {
    QuarantineReason.OUTSIDE_LANDING_ZONE: to_translate("copy the recording into the landing zone"),
    QuarantineReason.TOO_LARGE: _SPLIT,
    QuarantineReason.EMPTY_FILE: _EXPORT_AGAIN,
    QuarantineReason.NOT_AUDIO: _EXPORT_AGAIN,
    QuarantineReason.UNREADABLE: _EXPORT_AGAIN,
    QuarantineReason.TRUNCATED: _EXPORT_AGAIN,
    QuarantineReason.UNSUPPORTED_FORMAT: to_translate("convert it, for example to WAV"),
    QuarantineReason.MULTIPLE_AUDIO_STREAMS: to_translate("say in a sidecar or list who is on which (`channels`)"),
    QuarantineReason.MONO: to_translate("record each party apart, or set on_mono to diarize or single"),
    QuarantineReason.TOO_MANY_CHANNELS: to_translate("say in a sidecar or list who is on which (`channels`)"),
    QuarantineReason.MISSING_PART: to_translate("a run takes the call when the other recording has landed"),
    QuarantineReason.TOO_LONG: _SPLIT,
    QuarantineReason.BAD_METADATA: to_translate("correct what the sidecar, list or file name says"),
    QuarantineReason.NO_DATE: to_translate("give started_at, or use a folder named YYYY-MM-DD"),
    QuarantineReason.DUPLICATE_AUDIO: to_translate("remove one of the two"),
    QuarantineReason.DUPLICATE_CALL_ID: _OWN_ID,
    QuarantineReason.DUAL_MONO: _APART,
    QuarantineReason.SILENT_CHANNEL: _LINES,
    QuarantineReason.BLEEDING: _APART,
    QuarantineReason.ONE_SIDED: _LINES,
}

_OURS: dict[str, tuple[str, str]] = {
    "STILL_OPEN": (to_translate("the service has not answered yet"), _RUN_AGAIN),
    "MISSING_RECORDING": (
        to_translate("one of the call's recordings could not be taken"),
        to_translate("correct that recording, and run the days again"),
    ),
    "DUAL_MONO": (to_translate("both channels carry the same sound, so one was sent for both"), _APART),
    "SOURCE_MISSING": (to_translate("the recording was not there any more"), _PUT_BACK),
    "SOURCE_CHANGED": (to_translate("the recording changed before it was sent"), _RUN_AGAIN),
    "SOURCE_REFUSED": (to_translate("the recording could not be read when it was to be sent"), _PUT_BACK),
    "IMPORT_UNREADABLE": (
        to_translate("the transcript beside the recording can't be used"),
        to_translate("correct or remove the transcript, and run the days again"),
    ),
    "LANGUAGE_NOT_TAKEN": (to_translate("the model does not take the call's language"), _ANOTHER_MODEL),
    "NOT_TAKEN_BY_MODEL": (to_translate("the model does not take what the call asks for"), _ANOTHER_MODEL),
    "OUTCOME_UNKNOWN": (to_translate("it may have been billed, and no result came"), _RETRY),
    "NOT_RECONCILED": (to_translate("the request may have left, and the service's list could not clarify it"), _RETRY),
    "ANSWER_LOST": (to_translate("the response of the model was lost on its way"), _RETRY),
    "TASK_UNKNOWN": (to_translate("the service does not know the task any more"), _RETRY),
    "RESULT_EXPIRED": (to_translate("the result was gone before it could be fetched"), _RETRY),
    "RESULT_REFUSED": (to_translate("the address of the result was refused"), _RETRY),
    "RESULT_MISSING": (to_translate("the task succeeded and names no result"), _RETRY),
    "RESULT_TOO_LARGE": (to_translate("the result is larger than any valid result"), _RETRY),
    "NOT_A_RESULT": (to_translate("something else came in place of the result"), _RETRY),
    "BAD_RESULT": (to_translate("the answer has no transcript of the channel"), _RETRY),
    "RAW_JSON_MISSING": (to_translate("the stored answer is no longer on disk"), _RETRY),
    "RAW_JSON_ELSEWHERE": (to_translate("the stored answer is on another machine"), _RUN_AGAIN),
    "LOCAL_MODEL_NOT_INSTALLED": (
        to_translate("nothing on this machine recognizes speech"),
        to_translate("`make whisper`, `qa-pipeline models pull whisper`, and run the days again"),
    ),
}
"""Code of our own → what happened, and what to do."""

_OF_THE_SERVICE: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("FILE_DOWNLOAD", "InvalidFile.DownloadFailed", "FILE_403", "FILE_404", "REQUEST_INVALID_FILE_URL",
         "InvalidURL", "BadRequest.InputDownloadFailed", "InvalidParameter.DataInspection"),
        to_translate("the service could not fetch the recording"),
        to_translate("check that the service can reach its address, then run `qa-pipeline retry`"),
    ),
    (
        ("FILE_SERVER_ERROR", "FILE_TRANS_TASK_EXPIRED", "InternalError", "SystemError", "ServiceUnavailable",
         "ModelServing", "ModelUnavailable", "GatewayTimeout", "RequestTimeOut", "LOCAL_RECOGNIZER_UNAVAILABLE",
         "LOCAL_RECOGNIZER_STOPPED"),
        to_translate("the service had trouble of its own"),
        to_translate("run `qa-pipeline retry`"),
    ),
    (
        ("FILE_TOO_LARGE", "AUDIO_DURATION_TOO_LONG", "CONTENT_LENGTH"),
        to_translate("the recording is larger or longer than the service takes"),
        _SPLIT,
    ),
    (
        ("DECODE_ERROR", "NO_VALID_AUDIO", "UNSUPPORTED_FORMAT", "FILE_", "MKV_PARSE", "InvalidFile",
         "LOCAL_RECOGNIZER_REFUSED", "LOCAL_RECOGNIZER_FAILED", "CHANNEL_ID_OUT_OF_RANGE"),
        to_translate("the service could not decode the recording"),
        to_translate("export the recording again as WAV"),
    ),
    (
        ("Throttling",),
        to_translate("more was asked than the service allows in a time"),
        to_translate("run `qa-pipeline retry`"),
    ),
    (
        ("Arrearage", "AllocationQuota", "CommodityNotPurchased", "PrepaidBill", "PostpaidBill"),
        to_translate("the account must be paid or its quota is used up"),
        _ACCOUNT,
    ),
    (
        ("InvalidApiKey", "AccessDenied", "Model.AccessDenied", "Workspace", "WorkSpace"),
        to_translate("the key may not do this"),
        _ACCOUNT,
    ),
    (
        ("DataInspection",),
        to_translate("the service's content inspection refused the recording"),
        to_translate("nothing can be done here: the service decides"),
    ),
    (
        ("CANCELED",),
        to_translate("the task was cancelled"),
        to_translate("run `qa-pipeline retry`"),
    ),
)  # fmt: skip
"""Beginnings of the service's codes (`dashscope.error_table` and `dashscope.task_failures` know what follows from each)
→ what happened, and what to do. The first that fits counts."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something was not transcribed: in the reader's language, and the run's own sentence where that is another
    text, else empty."""

    said: str
    original: str = ""


def meaning(code: str | None) -> str:
    """What a code means, in a few words of the reader's language; empty for a code that is not known here."""
    return t(known[0]) if (known := _known(code)) else ""


def problem(code: str | None, message: str | None) -> Problem:
    """A reason's code and the run's sentence, for whoever reads.

    In English that is the sentence, which has the details; in other languages what the code means and what to do.
    `said` is empty where there is no sentence and the code is not known here.
    """
    known = _known(code)
    if language() == ENGLISH or known is None:
        return Problem(message or meaning(code))
    said = t("{what}; {way_out}", what=t(known[0]), way_out=t(known[1]))
    return Problem(said, message or "")


def in_one_text(found: Problem) -> str:
    """A problem with the run's own sentence in brackets behind it, where there is one."""
    return t("{said} (the run's note: {note})", said=found.said, note=found.original) if found.original else found.said


def _known(code: str | None) -> tuple[str, str] | None:
    if not code:
        return None
    if code in set(QuarantineReason):
        reason = QuarantineReason(code)
        return MEANINGS[reason], _WAYS_OUT[reason]
    if code in _OURS:
        return _OURS[code]
    return next(((what, way) for begins, what, way in _OF_THE_SERVICE if code.startswith(begins)), None)
