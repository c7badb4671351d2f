"""Codes of tasks that failed because of the recognizer, all this server's own."""

from __future__ import annotations

UNAVAILABLE_CODE = "LOCAL_RECOGNIZER_UNAVAILABLE"
"""It could not be reached, or was overloaded, however often it was asked; the same recording may succeed later."""

REFUSED_CODE = "LOCAL_RECOGNIZER_REFUSED"
"""It refused: a key, a model's name or an address is wrong, or the recording will not do."""

FAILED_CODE = "LOCAL_RECOGNIZER_FAILED"
"""It answered, but not with a transcript."""

STOPPED_CODE = "LOCAL_RECOGNIZER_STOPPED"
"""The service ended while it listened; the task is done again after a restart."""

RECOGNIZER_STATUS = {UNAVAILABLE_CODE: 503, STOPPED_CODE: 503, REFUSED_CODE: 500, FAILED_CODE: 500}
"""HTTP status of a synchronous request: none of these is the caller's fault, so none is a 400."""
