"""Event streams as servers really send them: any line end, any pieces, comments, and an end without its empty line."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.transcription.event_stream import Event, EventStream, looks_like_events, read_events

STREAM = (
    "id:1\nevent:result\n:HTTP_STATUS/200\ndata:{\"text\":\"您好\"}\n\n: keep-alive\n\n"
    "event:error\nstatus:429\ndata: {\"code\":\"Throttling\"}\n\ndata: one\ndata:two\n\ndata: [DONE]\n\n"
).encode()  # fmt: skip
EVENTS = [
    Event("result", '{"text":"您好"}', 200),
    Event("error", '{"code":"Throttling"}', 429),
    Event("", "one\ntwo"),
    Event("", "[DONE]"),
]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_every_kind_of_line_end_is_one(line_end: bytes) -> None:
    assert list(read_events(STREAM.replace(b"\n", line_end))) == EVENTS


@given(cuts=st.lists(st.integers(0, len(STREAM) * 2), max_size=30), crlf=st.booleans())
def test_pieces_may_be_cut_anywhere_even_inside_a_character(cuts: list[int], crlf: bool) -> None:
    raw = STREAM.replace(b"\n", b"\r\n") if crlf else STREAM
    places = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})
    stream = EventStream()
    found = [event for begin, end in itertools.pairwise(places) for event in stream.feed(raw[begin:end])]
    assert found + stream.end() == EVENTS


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r", b"\r\n"])
def test_a_last_event_without_its_empty_line_still_counts(ending: bytes) -> None:
    assert list(read_events(b"data:{}" + ending)) == [Event("", "{}")]


def test_a_byte_order_mark_and_unknown_fields_are_passed_over() -> None:
    assert list(read_events(b"\xef\xbb\xbfdata:a\nretry:100\nwhatever\n\n")) == [Event("", "a")]


def test_a_status_that_is_no_number_is_none() -> None:
    assert list(read_events(b"status:bad\n:HTTP_STATUS/\ndata:a\n\n")) == [Event("", "a")]


def test_a_comment_alone_is_no_event() -> None:
    assert list(read_events(b":\n\n: ping\n\n")) == []


def test_a_line_of_many_pieces_is_one_line() -> None:
    stream = EventStream()
    assert [stream.feed(piece) for piece in (b"data:", *[b"x" * 1000] * 2000)] == [[]] * 2001
    assert stream.feed(b"\n\ndata:a\n\n") == [Event("", "x" * 2_000_000), Event("", "a")]


@pytest.mark.parametrize(
    ("raw", "is_stream"),
    [(b"data: {}\n\n", True), (b"\r\nid:1\n", True), (b": hello\n", True), (b'{"output":{}}', False), (b"", False),
     (b"WEBVTT\n\n", False)],
)  # fmt: skip
def test_a_stream_is_known_by_its_first_line(raw: bytes, is_stream: bool) -> None:
    assert looks_like_events(raw) is is_stream
