"""Which service answers at an address: this product's own, which costs nothing, or any other, which may be paid for.

Only what a service says of itself counts. A loopback address may as well be a gateway, a tunnel or a test server with
a paid account behind it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from qa_pipeline.dashscope.regions import API_PATH, is_loopback
from qa_pipeline.local_service.identity import PRODUCT, fresh_challenge, is_proof

HEALTH_TIMEOUT_S = 3.0
MAX_HEALTH_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Identity:
    """What was found at an address. `health`: what the local service says of itself, None where it is not one; then
    `reason` says why. `answers`: whether anything is there at all."""

    health: Mapping[str, Any] | None
    answers: bool
    reason: str = ""

    @property
    def is_local_service(self) -> bool:
        """Whether this product's local service answers."""
        return self.health is not None


def identify(base_url: str) -> Identity:
    """Asks whoever listens at `base_url` what it is; sends no key. Takes at most about three seconds."""
    challenge = fresh_challenge()
    try:
        document = json.loads(_health_of(base_url, challenge))
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        return Identity(None, answers=False, reason=str(error) or type(error).__name__)
    except (httpx.HTTPError, ValueError, RecursionError) as error:
        return Identity(None, answers=True, reason=str(error) or type(error).__name__)
    if isinstance(document, dict) and document.get("product") == PRODUCT and is_proof(challenge, document.get("proof")):
        return Identity(document, answers=True)
    return Identity(None, answers=True, reason="it does not say that it is one")


def _health_of(base_url: str, challenge: str) -> bytes:
    """The body of `/healthz`.

    Raises:
        httpx.HTTPError: no answer, or one without success, too long or too slow.
    """
    url = httpx.URL(base_url.removesuffix(API_PATH) + "/healthz", params={"challenge": challenge})
    deadline, body = time.monotonic() + HEALTH_TIMEOUT_S, bytearray()
    trust_env = not is_loopback(url.host)  # a proxy of the environment is for other machines
    with httpx.stream("GET", url, timeout=HEALTH_TIMEOUT_S, trust_env=trust_env) as reply:
        reply.raise_for_status()
        for piece in reply.iter_bytes():
            body += piece
            if len(body) > MAX_HEALTH_BYTES or time.monotonic() > deadline:
                raise httpx.DecodingError("what it answers is not what the local service says of itself")
    return bytes(body)


class KnownAddresses:
    """The addresses at which the local service was once found by these settings.

    What it transcribed still counts as done while it is switched off; nothing is sent on the strength of this note.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "known_addresses.json"

    def __contains__(self, base_url: str) -> bool:
        return base_url in self._read()

    def add(self, base_url: str) -> None:
        """Keeps the address."""
        known = self._read()
        if base_url in known:
            return
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.write_text(json.dumps(sorted({*known, base_url})), encoding="utf-8")

    def _read(self) -> set[str]:
        try:
            written = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return set()
        return {item for item in written if isinstance(item, str)} if isinstance(written, list) else set()
