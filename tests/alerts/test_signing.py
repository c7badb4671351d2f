"""Signatures, against an HMAC that is put together here by its definition (RFC 2104)."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs

from qa_pipeline.alerts.signing import dingtalk_query, feishu_signature

AT = 1_599_360_473.25
SECRET = "SEC-a long secret of more than sixty-four bytes, so that it has to be hashed before it is used"


def hmac_sha256(key: bytes, text: bytes) -> bytes:
    block = hashlib.sha256(key).digest() if len(key) > 64 else key
    block = block.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + text).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in block) + inner).digest()


def test_the_definition_gives_the_value_of_rfc_4231() -> None:
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert hmac_sha256(b"Jefe", b"what do ya want for nothing?").hex() == expected


def test_feishu_signs_nothing_by_time_and_secret() -> None:
    for secret in ("demo", SECRET):
        key = f"1599360473\n{secret}".encode()
        sign = base64.b64encode(hmac_sha256(key, b"")).decode()
        assert feishu_signature(secret, AT) == {"timestamp": "1599360473", "sign": sign}


def test_dingtalk_signs_time_and_secret_by_the_secret_in_milliseconds() -> None:
    for secret in ("this is secret", SECRET):
        query = dingtalk_query(secret, AT)
        sign = base64.b64encode(hmac_sha256(secret.encode(), f"1599360473250\n{secret}".encode())).decode()
        assert parse_qs(query, strict_parsing=True) == {"timestamp": ["1599360473250"], "sign": [sign]}
        assert not set("+/=") & set(query.partition("&sign=")[2]), "a plus would be read as a blank"
