"""How the service says that nobody spoke: as an error, although nothing went wrong."""

from __future__ import annotations

NO_SPEECH_CODES = ("SUCCESS_WITH_NO_VALID_FRAGMENT", "ASR_RESPONSE_HAVE_NO_WORDS")
"""The codes that are documented or reported."""

_PARTS = ("NO_VALID_FRAGMENT", "NO_WORDS", "NO_SPEECH", "NO_VALID_SPEECH")
"""What such codes have in them, so that another spelling of the same is understood."""


def says_no_speech(code: str | None, message: str | None = None) -> bool:
    """Whether an error means an empty transcript.

    Some replies have the code in place of the message, below a code that only says that something failed.
    """
    said = [text.strip().upper() for text in (code, message) if text]
    return any(" " not in text and part in text for text in said for part in _PARTS)
