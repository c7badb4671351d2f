"""Where recordings live: a folder of this machine, or a bucket named by a URL such as `s3://bucket/calls`.

No client in here, so that settings can be read without one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

SCHEMES: dict[str, str] = {
    "s3": "Amazon S3, or with bucket_endpoint another storage that speaks its API",
    "gs": "Google Cloud Storage",
    "az": "Azure Blob Storage (the bucket is the container)",
}

_BUCKET = re.compile(r"[a-z0-9A-Z][a-zA-Z0-9._-]{1,221}")
_SAFE_IN_URI = "/:@+=,~()!'&$;*"
"""What a key keeps as it is in a URI; everything else is written as %XX, as it is in file:// URIs."""


class BadLocation(ValueError):
    """A text names neither a folder nor a bucket; the message says what is allowed."""


@dataclass(frozen=True, slots=True)
class BucketUrl:
    """A bucket, and the part of it below `prefix` (no slash at either end; empty for the whole bucket)."""

    scheme: str
    bucket: str
    prefix: str = ""

    @classmethod
    def parse(cls, text: str) -> BucketUrl:
        """Reads `s3://bucket/prefix`; a slash at the end means nothing.

        Raises:
            BadLocation: another scheme, no bucket, or a prefix that no object can have.
        """
        scheme, _, rest = text.partition("://")
        bucket, _, prefix = rest.partition("/")
        if scheme == "oss":
            raise BadLocation(
                f"{text!r}: Alibaba OSS is spoken to by its S3 API: write s3://{rest or 'bucket'} and set "
                "QA_BUCKET_ENDPOINT, such as https://s3.oss-cn-beijing.aliyuncs.com"
            )
        if scheme not in SCHEMES:
            known = ", ".join(f"{name}://" for name in SCHEMES)
            raise BadLocation(f"{text!r} is neither a folder nor one of {known} with a bucket and a prefix")
        if not _BUCKET.fullmatch(bucket):
            raise BadLocation(f"{text!r} names no bucket: it must look like {scheme}://bucket/prefix")
        if "?" in prefix or "#" in prefix:
            raise BadLocation(f"{text!r} must not hold ? or #: settings of a bucket are settings of their own")
        segments = prefix.rstrip("/").split("/") if prefix.strip("/") else []
        if any(segment in ("", ".", "..") for segment in segments):
            raise BadLocation(f"{text!r} has an empty part, . or .. in its prefix")
        return cls(scheme, bucket, "/".join(segments))

    def __str__(self) -> str:
        """The URL, as a person writes it."""
        return f"{self.scheme}://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")

    def uri_of(self, key: str) -> str:
        """The URI of an object, from its key below the prefix; odd characters are written as %XX."""
        return f"{self.scheme}://{self.bucket}/{quote('/'.join(filter(None, (self.prefix, key))), safe=_SAFE_IN_URI)}"

    def key_of(self, uri: str) -> str | None:
        """The key below the prefix of an object's URI (see `uri_of`); None for one that lies elsewhere."""
        parts = urlsplit(uri)
        path = unquote(parts.path.lstrip("/"))
        above = f"{self.prefix}/" if self.prefix else ""
        if (parts.scheme, parts.netloc) != (self.scheme, self.bucket) or not path.startswith(above):
            return None
        return path[len(above) :] or None


def is_in_a_bucket(source_uri: str) -> bool:
    """Whether a recording's URI names an object of a bucket (and not a file)."""
    return source_uri.partition("://")[0] in SCHEMES


def parse_location(value: Any) -> Any:
    """A text with `://` as a `BucketUrl` (`file://` as a path); anything else is left to the path's own reading.

    Raises:
        BadLocation: it names neither.
    """
    if not isinstance(value, str) or "://" not in value:
        return value
    if value.startswith("file://"):
        return Path(unquote(urlsplit(value).path))
    return BucketUrl.parse(value)


def parse_bucket(value: Any) -> Any:
    """A text as a `BucketUrl`; anything else is left as it is.

    Raises:
        BadLocation: it names no bucket.
    """
    if not isinstance(value, str):
        return value
    if "://" not in value:
        raise BadLocation(f"{value!r} is not a URL of a bucket such as s3://bucket/prefix")
    return BucketUrl.parse(value)
