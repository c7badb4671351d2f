"""Which bytes of a sound a request asks for."""

from __future__ import annotations

import pytest

from dashboards.serving.ranges import ByteRange, NotSatisfiable, wanted_range

ETAG = '"abc"'


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-0", ByteRange(0, 0)),
        ("bytes=10-19", ByteRange(10, 19)),
        ("bytes=90-", ByteRange(90, 99)),
        ("bytes=90-5000", ByteRange(90, 99)),
        ("bytes=-1", ByteRange(99, 99)),
        ("bytes=-5000", ByteRange(0, 99)),
        ("Bytes = 5 - 6", ByteRange(5, 6)),
        (None, None),
        ("bytes=0-1,5-6", None),
        ("bytes=9-3", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes=٣-٥", None),
        ("bytes=" + "9" * 5000 + "-", None),
        ("items=0-5", None),
        ("bytes 0-5", None),
    ],
)
def test_a_range_is_one_part_or_the_whole(header: str | None, wanted: ByteRange | None) -> None:
    assert wanted_range(header, None, size_bytes=100, etag=ETAG) == wanted


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_what_lies_behind_the_end_cannot_be_given(header: str) -> None:
    with pytest.raises(NotSatisfiable):
        wanted_range(header, None, size_bytes=100, etag=ETAG)


def test_a_part_of_another_state_of_the_sound_is_the_whole() -> None:
    assert wanted_range("bytes=1-2", ETAG, size_bytes=100, etag=ETAG) == ByteRange(1, 2)
    assert wanted_range("bytes=1-2", '"old"', size_bytes=100, etag=ETAG) is None
    assert wanted_range("bytes=1-2", f"W/{ETAG}", size_bytes=100, etag=ETAG) is None
    assert wanted_range("bytes=1-2", "Fri, 27 Nov 2026 07:37:07 GMT", size_bytes=100, etag=ETAG) is None
