"""Signatures of upload policies and result URLs, in the way object storage signs them.

HMAC-SHA1 over the base64 policy (form upload) and over method, expiry and path (signed GET), as OSS
signature version 1 does. The secret lives in the service's state, so a URL outlives a restart.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs and checks with one access key id and its secret."""

    access_key_id: str
    secret: str

    @classmethod
    def fresh(cls) -> Signer:
        """A new random pair; the id has the look of a storage access key."""
        return cls(access_key_id=f"LTAI{secrets.token_hex(10)}", secret=secrets.token_urlsafe(30))

    def sign(self, text: str) -> str:
        """Base64 of HMAC-SHA1 over the UTF-8 bytes of `text`."""
        digest = hmac.new(self.secret.encode(), text.encode(), hashlib.sha1).digest()
        return base64.b64encode(digest).decode()

    def verify(self, text: str, signature: str) -> bool:
        """Whether `signature` belongs to `text`; takes the same time for any wrong one."""
        return hmac.compare_digest(self.sign(text).encode(), signature.encode())

    def signed_query(self, path: str, expires_at_s: int) -> str:
        """The query string that makes a GET of `path` valid until `expires_at_s` (epoch seconds)."""
        return urlencode(
            {
                "Expires": str(expires_at_s),
                "OSSAccessKeyId": self.access_key_id,
                "Signature": self.sign(_get_text(path, str(expires_at_s))),
            }
        )

    def verify_get(self, path: str, *, expires: str, access_key_id: str, signature: str) -> bool:
        """Whether the three query values were made by `signed_query` for this path."""
        return access_key_id == self.access_key_id and self.verify(_get_text(path, expires), signature)


def _get_text(path: str, expires: str) -> str:
    return f"GET\n\n\n{expires}\n{path}"
