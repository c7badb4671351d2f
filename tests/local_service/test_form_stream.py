"""A form upload read piece by piece, wherever the pieces are cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_pipeline.local_service.errors import StorageError
from qa_pipeline.local_service.form_stream import FormStream

CONTENT_TYPE = "multipart/form-data; boundary=cut"


def form(fields: dict[str, str], file: bytes, behind: bytes = b"") -> bytes:
    parts = [
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    head = (
        '--cut\r\nContent-Disposition: form-data; name="file"; filename="通话.wav"\r\nContent-Type: audio/x-wav\r\n\r\n'
    )
    return "".join(parts).encode() + head.encode() + file + b"\r\n" + behind + b"--cut--\r\n"


async def pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def read(body: bytes, size: int = 7) -> tuple[dict[str, str], str, bytes]:
    stream = FormStream(CONTENT_TYPE, pieces(body, size))
    fields = await stream.read_fields()
    content = b"".join([chunk async for chunk in stream.file_chunks()])
    await stream.drain()
    return fields, stream.file_name, content


@given(
    file=st.binary(max_size=200).map(lambda raw: raw.replace(b"\r\n--cut", b"")),
    key=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=30),
    size=st.integers(1, 60),
)
def test_cuts_change_nothing(file: bytes, key: str, size: int) -> None:
    fields, name, content = asyncio.run(read(form({"key": key, "policy": "p"}, file), size))
    assert fields == {"key": key, "policy": "p"}
    assert (name, content) == ("通话.wav", file)


def test_what_stands_behind_the_file_is_not_read() -> None:
    behind = b'--cut\r\nContent-Disposition: form-data; name="key"\r\n\r\nlate' + b"x" * 200_000 + b"\r\n"
    fields, _, content = asyncio.run(read(form({}, b"sound", behind), 4096))
    assert (fields, content) == ({}, b"sound")


@pytest.mark.parametrize("keep", [10, 60, 130, -5])
def test_a_form_that_breaks_off_is_malformed(keep: int) -> None:
    with pytest.raises(StorageError) as refused:
        asyncio.run(read(form({"key": "k"}, b"sound" * 10)[:keep]))
    assert refused.value.code == "MalformedPOSTRequest"


def test_too_many_fields_are_refused() -> None:
    with pytest.raises(StorageError, match="fields"):
        asyncio.run(read(form({f"f{number}": "" for number in range(101)}, b""), 4096))
