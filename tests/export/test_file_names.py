"""A call id becomes a file name that stays in its folder and is nobody else's."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.export.file_names import safe_stem


@pytest.mark.parametrize(
    ("call_id", "stem"),
    [
        ("c0101", "c0101"), ("a/b", "a%2Fb"), ("a%2Fb", "a%252Fb"), ("..", "%2E%2E"), (".hidden", "%2Ehidden"),
        ("end.", "end%2E"), ("通话-1", "通话-1"), ("a b", "a%20b"), ("con", "%63on"), ("nul.1", "%6Eul.1"), ("", "%"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"), ("a\\b:c", "a%5Cb%3Ac"),
    ],
)  # fmt: skip
def test_what_a_file_name_cannot_hold_is_written_out(call_id: str, stem: str) -> None:
    assert safe_stem(call_id) == stem


@given(st.text(max_size=300))
def test_any_id_is_one_plain_name(call_id: str) -> None:
    name = f"{safe_stem(call_id)}.srt"
    for kind in (PurePosixPath, PureWindowsPath):
        assert kind(name).name == name
    assert len(name.encode()) < 240
    assert name.isprintable()
    assert not name.startswith(".")


@given(st.text(), st.text())
def test_two_ids_have_two_names(first: str, second: str) -> None:
    assert (safe_stem(first) == safe_stem(second)) == (first == second)


def test_long_ids_that_differ_at_their_end_have_two_names() -> None:
    assert safe_stem("x" * 500 + "1") != safe_stem("x" * 500 + "2")
