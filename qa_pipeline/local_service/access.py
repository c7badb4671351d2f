"""Who asks: the bearer of a request, and the account that stands for it; and keys that live for seconds."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from starlette.requests import Request

from qa_pipeline.local_service.errors import invalid_api_key
from qa_pipeline.local_service.signing import Signer

TEMPORARY_PREFIX = "st-"
DEFAULT_LIFE_S = 60
LONGEST_LIFE_S = 1800


@dataclass(frozen=True, slots=True)
class TemporaryKeys:
    """Keys that speak for an account until they expire. Each carries account, expiry and signature: none is stored."""

    signer: Signer

    def issue(self, account: str, expires_at_s: int) -> str:
        """A key of `account` that is valid until `expires_at_s` (epoch seconds)."""
        return f"{TEMPORARY_PREFIX}{account}.{expires_at_s}.{self._signature(account, str(expires_at_s))}"

    def account_of(self, key: str, now_s: float) -> str:
        """The account that a key of `issue` speaks for.

        Raises:
            ServiceError: 401 InvalidApiKey, not one of these or no longer valid.
        """
        account, _, rest = key.removeprefix(TEMPORARY_PREFIX).partition(".")
        expires, _, signature = rest.partition(".")
        genuine = hmac.compare_digest(self._signature(account, expires).encode(), signature.encode())
        if not genuine or int(expires) <= now_s:
            raise invalid_api_key()
        return account

    def _signature(self, account: str, expires: str) -> str:
        text = f"temporary key\n{account}\n{expires}"
        return hmac.new(self.signer.secret.encode(), text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def account_of(request: Request, api_key: str | None, temporary: TemporaryKeys, now_s: float) -> str:
    """The account of the request's key: the key's sha256 (hex), so that no key is ever stored.

    With `api_key` None any non-empty bearer is an account of its own. A temporary key is its maker's account.

    Raises:
        ServiceError: 401 InvalidApiKey.
    """
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    bearer = bearer.strip()
    if scheme.lower() != "bearer" or not bearer:
        raise invalid_api_key()
    if bearer.startswith(TEMPORARY_PREFIX) and bearer.count(".") == 2:
        return temporary.account_of(bearer, now_s)
    # Headers are Latin-1 text; comparing digests takes the same time for any wrong key.
    account = hashlib.sha256(bearer.encode("latin-1", errors="replace")).hexdigest()
    if api_key is not None and not hmac.compare_digest(account, hashlib.sha256(api_key.encode()).hexdigest()):
        raise invalid_api_key()
    return account
