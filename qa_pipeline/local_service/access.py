"""Who asks: the bearer of a request, and the account that stands for it."""

from __future__ import annotations

import hashlib
import hmac

from starlette.requests import Request

from qa_pipeline.local_service.errors import invalid_api_key


def account_of(request: Request, api_key: str | None) -> str:
    """The account of the request's key: the key's sha256 (hex), so that no key is ever stored.

    With `api_key` None any non-empty bearer is an account of its own.

    Raises:
        ServiceError: 401 InvalidApiKey.
    """
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    bearer = bearer.strip()
    if scheme.lower() != "bearer" or not bearer:
        raise invalid_api_key()
    # Headers are Latin-1 text; comparing digests takes the same time for any wrong key.
    account = hashlib.sha256(bearer.encode("latin-1", errors="replace")).hexdigest()
    if api_key is not None and not hmac.compare_digest(account, hashlib.sha256(api_key.encode()).hexdigest()):
        raise invalid_api_key()
    return account
