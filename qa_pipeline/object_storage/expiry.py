"""Until when a signed address is valid, read from the address itself: it survives crashes with the ledger's row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

CLOCK_SKEW = timedelta(minutes=5)
"""How far the clocks here, at the storage and at the service may be apart."""

SHORTEST_SESSION = timedelta(minutes=15)
"""Temporary keys live at least so long (AWS STS: 900 s). An address signed with them dies when they do."""


@dataclass(frozen=True, slots=True)
class Validity:
    """When an address was signed (where it says so) and expires; `by_session` if it was signed with temporary keys."""

    expires_at: datetime
    signed_at: datetime | None = None
    by_session: bool = False

    def may_have_expired_by(self, moment: datetime) -> bool:
        """Whether a refusal at `moment` can be because the address had expired."""
        if moment >= self.expires_at - CLOCK_SKEW:
            return True
        return self.by_session and self.signed_at is not None and moment >= self.signed_at + SHORTEST_SESSION


def validity_of(url: str | None) -> Validity | None:
    """The validity of a presigned address of S3 (and what speaks its API), Google or Azure; None for any other."""
    if not url:
        return None
    query = {name.lower(): values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    try:
        for vendor in ("x-amz", "x-goog"):
            if f"{vendor}-expires" in query:
                signed_at = datetime.strptime(query[f"{vendor}-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
                lasts = timedelta(seconds=int(query[f"{vendor}-expires"]))
                return Validity(signed_at + lasts, signed_at, f"{vendor}-security-token" in query)
        if "sig" in query and "se" in query:
            ends = [_instant(query[name]) for name in ("se", "ske") if name in query]
            return Validity(min(ends), _instant(query["st"]) if "st" in query else None)
    except (KeyError, ValueError, OverflowError):
        return None
    return None


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
