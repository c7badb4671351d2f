"""Addresses a second: signed together, one by one as the pipeline asks for them, by boto3, and by plain HMAC.

Nothing is sent anywhere. The plain HMAC is Amazon's published algorithm (Signature Version 4, in the query) in a few
lines; each address of the product is held against it, so that speed is not bought with a signature nobody would take.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import importlib.util
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from qa_pipeline.dispatch.audio_source import PresignedSource
from qa_pipeline.landing.recording_files import recording_files
from qa_pipeline.object_storage.bucket import Bucket
from qa_pipeline.object_storage.locations import BucketUrl
from qa_pipeline.settings import Settings

TARGET_PER_S = 10_000
TTL_S = 86_400
REGION = "us-east-1"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIABENCHMARK", "AWS_SECRET_ACCESS_KEY": "made-up", "AWS_REGION": REGION}
UNDER_WAY = 64
"""Submissions that ask for an address at once, as in `qa_pipeline.dispatch.sending`."""

URL = BucketUrl("s3", "calls", "raw")


def presigning(addresses: int, say: Callable[[str], None]) -> bool:
    """Prints addresses a second and their ratio to plain HMAC; False where a signature is not the algorithm's."""
    names = [f"2025-09-01/c{number:06}.wav" for number in range(addresses)]
    signed: list[str] = []
    with _made_up_keys():
        trials: dict[str, Callable[[], Sequence[str]]] = {
            "plain HMAC": lambda: [_by_hmac(name, "20250901T120000Z") for name in names],
            "signed together": lambda: Bucket(URL).sign(names, TTL_S),
            "one by one, as the pipeline does": lambda: _as_the_pipeline(names),
        }
        if importlib.util.find_spec("boto3"):
            trials["boto3, one by one"] = lambda: _by_boto3(names)
        say(
            f"Presigning: {addresses:,} addresses of S3 for a day each, computed here; target {TARGET_PER_S:,} a second"
        )
        say(f"{'':<44}{'addresses/s':>14}{'÷ plain HMAC':>14}")
        baseline = 0.0
        for name, trial in trials.items():
            began = time.perf_counter()
            urls = trial()
            rate = addresses / (time.perf_counter() - began)
            baseline = baseline or rate
            say(f"{name:<44}{rate:>14,.0f}{rate / baseline:>14.2f}")
            signed.extend(urls if name.startswith(("signed", "one")) else ())
    wrong = sum(not is_rightly_signed(url) for url in signed)
    if wrong or len(signed) != 2 * addresses:
        say(f"  INVALID: {wrong:,} of {len(signed):,} addresses are not signed as Signature Version 4 says")
    return not wrong and len(signed) == 2 * addresses


def is_rightly_signed(url: str) -> bool:
    """Whether the signature of an address is the one that the algorithm gives for everything else in it."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    signature = query.pop("X-Amz-Signature", "")
    return hmac.compare_digest(signature, _signature(parts.netloc, parts.path, query))


def _by_hmac(name: str, moment: str) -> str:
    host, path = f"s3.{REGION}.amazonaws.com", quote(f"/{URL.bucket}/{URL.prefix}/{name}")
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{KEYS['AWS_ACCESS_KEY_ID']}/{moment[:8]}/{REGION}/s3/aws4_request",
        "X-Amz-Date": moment,
        "X-Amz-Expires": str(TTL_S),
        "X-Amz-SignedHeaders": "host",
    }
    return f"https://{host}{path}?{_canonical(query)}&X-Amz-Signature={_signature(host, path, query)}"


def _signature(host: str, path: str, query: dict[str, str]) -> str:
    moment = query.get("X-Amz-Date", "")
    scope = f"{moment[:8]}/{REGION}/s3/aws4_request"
    request = f"GET\n{path}\n{_canonical(query)}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{KEYS['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in (moment[:8], REGION, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _canonical(query: dict[str, str]) -> str:
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(query.items()))


def _as_the_pipeline(names: Sequence[str]) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as home:
        source = PresignedSource(
            recording_files(Settings(home=Path(home), recordings=URL)), uploads=None, ttl_s=float(TTL_S)
        )
        return asyncio.run(_ask(source, names))


async def _ask(source: PresignedSource, names: Sequence[str]) -> list[str]:
    turn = asyncio.Semaphore(UNDER_WAY)

    async def one(name: str) -> str:
        async with turn:
            return await source.url_for(URL.uri_of(name), "0" * 32, "any")

    return await asyncio.gather(*(one(name) for name in names))


def _by_boto3(names: Sequence[str]) -> list[str]:
    import boto3
    from botocore.config import Config

    client = boto3.client("s3", region_name=REGION, config=Config(signature_version="s3v4"))
    return [
        client.generate_presigned_url(
            "get_object", Params={"Bucket": URL.bucket, "Key": f"{URL.prefix}/{name}"}, ExpiresIn=TTL_S
        )
        for name in names
    ]


@contextmanager
def _made_up_keys() -> Iterator[None]:
    """Nobody's own keys, addresses and settings for the time of the block."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "QA_"))}
    try:
        for name in kept:
            del os.environ[name]
        os.environ.update(KEYS)
        yield
    finally:
        for name in KEYS:
            os.environ.pop(name, None)
        os.environ.update(kept)
