"""Signed addresses that expired before the service read them: the channel is sent again with a fresh one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from qa_pipeline.object_storage.expiry import Validity, validity_of

UNREAD_AUDIO = frozenset({"FILE_403_FORBIDDEN", "FILE_DOWNLOAD_FAILED", "InvalidFile.DownloadFailed"})
"""Codes of a task whose audio could not be fetched."""

ATTEMPTS = 3
"""How often a unit is tried in all with a fresh address. A failed task is not billed."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """What to note of a task that could not read its signed address, and whether the unit is sent once more."""

    message: str
    again: bool


def renewal(code: str, message: str, file_url: str | None, ended_at: dt.datetime, attempt: int) -> Renewal | None:
    """The verdict on a failed task; None where its code or its address has nothing to do with expiry."""
    validity = validity_of(file_url)
    if code not in UNREAD_AUDIO or validity is None:
        return None
    if not validity.may_have_expired_by(ended_at):
        return Renewal(
            f"{message}; its address was still valid (until {validity.expires_at:%Y-%m-%d %H:%M} UTC): let the "
            "bucket's policy, its rules for networks and the key it is encrypted with allow reading by signed address, "
            "then `qa-pipeline retry`",
            again=False,
        )
    if attempt >= ATTEMPTS:
        return Renewal(f"{message}; {_expired(validity)}, {attempt} times: {_fix(validity)}", again=False)
    return Renewal(f"{message}; {_expired(validity)}; it is sent again with a fresh one", again=True)


def _expired(validity: Validity) -> str:
    if validity.by_session:
        return "the temporary keys that its address was signed with may have expired"
    return f"its address expired at {validity.expires_at:%Y-%m-%d %H:%M} UTC"


def _fix(validity: Validity) -> str:
    if validity.by_session:
        return "sign with keys of a user, or make the temporary ones live longer than the service's queue is"
    return "raise QA_PRESIGNED_TTL_S above the time that the service's queue takes"
