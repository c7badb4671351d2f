"""How an S3 storage is spoken to by another client than obstore, from the same settings and variables."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from qa_pipeline.object_storage.bucket import require_safe
from qa_pipeline.object_storage.faults import BucketRefused

_YES = ("true", "1")


@dataclass(frozen=True, slots=True)
class S3Access:
    """Address and keys of an S3 storage; `endpoint` is a host with its port, None for Amazon's own."""

    key_id: str
    secret: str
    session_token: str | None
    region: str
    endpoint: str | None
    uses_ssl: bool
    names_bucket_in_host: bool


def s3_access(endpoint: str | None) -> S3Access:
    """What the environment says (AWS_ACCESS_KEY_ID and others), with the storage's address where a setting names one.

    Raises:
        BucketRefused: no keys are set, or the address is plain http to another machine.
    """
    environ = os.environ
    key_id, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if not key_id or not secret:
        raise BucketRefused("the lake's bucket needs keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    address = endpoint or environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL") or None
    token = environ.get("AWS_SESSION_TOKEN") or None
    if address is None:
        return S3Access(key_id, secret, token, region, None, uses_ssl=True, names_bucket_in_host=True)
    is_plain = require_safe(address)
    parts = urlsplit(address)
    in_host = environ.get("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "").lower() in _YES
    in_host = in_host or (parts.hostname or "").endswith(".aliyuncs.com")  # OSS takes nothing else
    return S3Access(key_id, secret, token, region, parts.netloc, uses_ssl=not is_plain, names_bucket_in_host=in_host)
