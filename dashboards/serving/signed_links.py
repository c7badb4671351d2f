"""Tokens in addresses: signed, expiring, and good for one person in one browser.

Whoever copies an address into another browser or sends it to somebody else sends nothing: both the person and the
browser's cookie are asked.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from dashboards.serving.access import Viewer
from dashboards.serving.keys import signing_key
from qa_pipeline.settings import Settings

SECONDS_PER_HOUR = 3600


class Why(Enum):
    """Why a token opens nothing."""

    NOT_OURS = auto()
    EXPIRED = auto()
    FOR_SOMEBODY_ELSE = auto()


class TokenRefused(Exception):
    """A token that opens nothing here."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.name)
        self.why = why


def token_of(settings: Settings, purpose: str, viewer: Viewer, said: list[str], *, hours: float) -> str:
    """A token that says `said` to this server, for `viewer` alone and for this many hours. Asked for again, it is the
    same for a while. Tokens of one purpose open nothing of another.

    Raises:
        OSError: the key can't be read or written.
    """
    lasts_s = hours * SECONDS_PER_HOUR
    step_s = min(SECONDS_PER_HOUR, lasts_s / 4)
    expires_at = time.time() // step_s * step_s + lasts_s
    return str(_signer(settings, purpose).dumps([*said, expires_at, _bound_to(viewer)]))


def read_token(
    settings: Settings, purpose: str, token: str, viewer: Viewer, *, now: Callable[[], float] = time.time
) -> list[str]:
    """What a token says, if it is one for `viewer`.

    Raises:
        TokenRefused: it is not of this server, has expired, or was made for somebody else or another browser.
    """
    try:
        *said, expires_at, bound = _signer(settings, purpose).loads(token)
        has_expired = now() > expires_at
    except (BadSignature, ValueError, TypeError):
        raise TokenRefused(Why.NOT_OURS) from None
    if has_expired:
        raise TokenRefused(Why.EXPIRED)
    if not viewer.browser or not hmac.compare_digest(bound, _bound_to(viewer)):
        raise TokenRefused(Why.FOR_SOMEBODY_ELSE)
    return [str(each) for each in said]


def _bound_to(viewer: Viewer) -> str:
    """The person in this browser. Neither the cookie nor the login can be read from it."""
    return hashlib.sha256(f"{viewer.user}\n{viewer.browser}".encode()).hexdigest()[:32]


def _signer(settings: Settings, purpose: str) -> Any:
    return URLSafeSerializer(
        signing_key(settings.home),
        salt=purpose,
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
