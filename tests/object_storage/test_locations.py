"""URLs of buckets and URIs of objects."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.object_storage.locations import (
    BadLocation,
    BucketUrl,
    is_in_a_bucket,
    parse_bucket,
    parse_location,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://calls", BucketUrl("s3", "calls")),
        ("s3://calls/", BucketUrl("s3", "calls")),
        ("gs://calls/raw/2025/", BucketUrl("gs", "calls", "raw/2025")),
        ("az://calls/a b/中文", BucketUrl("az", "calls", "a b/中文")),
    ],
)
def test_a_url_names_a_bucket_and_a_prefix(text: str, expected: BucketUrl) -> None:
    assert BucketUrl.parse(text) == expected
    assert BucketUrl.parse(str(expected)) == expected


REFUSED = {
    "s3://": "names no bucket",
    "s3:///calls": "names no bucket",
    "s3://c": "names no bucket",
    "s3://user:key@calls": "names no bucket",
    "s3://calls//raw": "an empty part",
    "s3://calls/../raw": "an empty part, . or ..",
    "s3://calls?region=x": "names no bucket",
    "s3://calls/raw?endpoint=http://evil": "must not hold ? or #",
    "http://host/calls": "is neither a folder nor one of s3://, gs://, az://",
    "oss://calls/raw": "write s3://calls/raw and set QA_BUCKET_ENDPOINT",
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_what_is_no_bucket_is_refused_with_what_would_be_right(text: str, reason: str) -> None:
    with pytest.raises(BadLocation) as refused:
        parse_location(text)
    assert reason in str(refused.value)
    with pytest.raises(BadLocation):
        parse_bucket(text)


def test_folders_stay_folders() -> None:
    assert parse_location("/calls") == "/calls"
    assert parse_location(Path("calls")) == Path("calls")
    assert parse_location("file:///calls/a%20b") == Path("/calls/a b")
    with pytest.raises(BadLocation, match="not a URL of a bucket"):
        parse_bucket("/calls")


KEYS = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1), min_size=1, max_size=4
).map("/".join)


@given(KEYS, st.sampled_from(["", "raw", "a b/ü#?"]))
def test_a_key_and_its_uri_lead_to_each_other_whatever_is_in_it(key: str, prefix: str) -> None:
    url = BucketUrl("s3", "calls", prefix)
    uri = url.uri_of(key)
    assert url.key_of(uri) == key
    assert is_in_a_bucket(uri)
    assert unquote(urlsplit(uri).path) == "/" + "/".join(filter(None, (prefix, key))), "as with file:// URIs"


@pytest.mark.parametrize(
    "uri",
    ["s3://calls/raw2/a.wav", "s3://other/raw/a.wav", "gs://calls/raw/a.wav", "file:///raw/a.wav", "s3://calls/raw/"],
)
def test_what_lies_elsewhere_has_no_key_here(uri: str) -> None:
    assert BucketUrl("s3", "calls", "raw").key_of(uri) is None
