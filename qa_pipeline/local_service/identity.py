"""What this service says of itself, so that nothing else is taken for it.

Whoever asks sends a random challenge along. The answer is made of it in a way of this product's own: a gateway that
answers every path, an echo and a recorded answer have no such proof.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

PRODUCT = "qa-pipeline local service"


def fresh_challenge() -> str:
    """32 random hex digits."""
    return secrets.token_hex(16)


def proof_of(challenge: str) -> str:
    """HMAC-SHA256 (hex) of the challenge, keyed by the product's name."""
    return hmac.new(PRODUCT.encode(), challenge.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def is_proof(challenge: str, proof: object) -> bool:
    """Whether `proof` was made of `challenge`."""
    return isinstance(proof, str) and hmac.compare_digest(
        proof.encode("utf-8", "replace"), proof_of(challenge).encode()
    )
