"""A form upload read as it arrives: text fields first, then the file, piece by piece.

Object storage reads forms in order and stops at the file, so everything that decides about the upload must
come before it. That is also what keeps memory small and lets a refused upload end before its gigabyte is sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from qa_pipeline.local_service.errors import StorageError

MAX_FIELD_BYTES = 64 * 1024
MAX_FIELDS = 100


def malformed(reason: str) -> StorageError:
    """400 MalformedPOSTRequest with the reason behind the documented sentence."""
    return StorageError(
        400,
        "MalformedPOSTRequest",
        f"The body of your POST request is not well-formed multipart/form-data. {reason}",
    )


@dataclass(slots=True)
class _Collector:
    """Receives the parser's callbacks; `chunks` are pieces of the file not yet handed on."""

    fields: dict[str, str] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=list)
    file_name: str | None = None
    in_file: bool = False
    file_done: bool = False
    ended: bool = False
    _header: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _disposition: bytes = b""
    _name: str = ""

    def on_part_begin(self) -> None:
        self._disposition = b""
        self._value.clear()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def on_headers_finished(self) -> None:
        kind, options = parse_options_header(self._disposition)
        if kind != b"form-data" or b"name" not in options:
            raise malformed("A part has no Content-Disposition with a name.")
        self._name = _text(options[b"name"])
        if self._name == "file":
            self.in_file = True
            self.file_name = _text(options.get(b"filename", b""))

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self.in_file:
            self.chunks.append(data[start:end])
        elif not self.file_done:  # what follows the file is not read, as object storage does it
            self._value += data[start:end]
            if len(self._value) > MAX_FIELD_BYTES:
                raise malformed(f"The field {self._name!r} is over {MAX_FIELD_BYTES} bytes.")

    def on_part_end(self) -> None:
        if self.in_file:
            self.in_file, self.file_done = False, True
        elif not self.file_done:
            self.fields[self._name] = _text(bytes(self._value))
            if len(self.fields) > MAX_FIELDS:
                raise malformed(f"More than {MAX_FIELDS} fields.")

    def on_end(self) -> None:
        self.ended = True


class FormStream:
    """One form: `read_fields`, decide, then `file_chunks`.

    `content_type` is the request's header, `body` its pieces.
    """

    def __init__(self, content_type: str, body: AsyncIterator[bytes]) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise malformed("Content-Type must be multipart/form-data with a boundary.")
        self._body = body
        self._collector = collector = _Collector()
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": collector.on_part_begin,
                    "on_header_field": collector.on_header_field,
                    "on_header_value": collector.on_header_value,
                    "on_header_end": collector.on_header_end,
                    "on_headers_finished": collector.on_headers_finished,
                    "on_part_data": collector.on_part_data,
                    "on_part_end": collector.on_part_end,
                    "on_end": collector.on_end,
                },
            )
        except Exception as error:
            raise malformed(f"{error}.") from error

    @property
    def file_name(self) -> str:
        """What the sender calls the file; empty before its part is reached."""
        return self._collector.file_name or ""

    async def read_fields(self) -> dict[str, str]:
        """Every field before the file; later fields of the same name win.

        Raises:
            StorageError: not a form, or a form without a file.
        """
        while self._collector.file_name is None:
            if not await self._feed():
                raise malformed("There is no part named 'file'.")
        return dict(self._collector.fields)

    async def file_chunks(self) -> AsyncIterator[bytes]:
        """The file's bytes as they come in.

        Raises:
            StorageError: the form breaks off or is malformed.
        """
        while True:
            chunks, self._collector.chunks = self._collector.chunks, []
            for chunk in chunks:
                yield chunk
            if self._collector.file_done:
                return
            if not await self._feed():
                raise malformed("The file breaks off.")

    async def drain(self) -> None:
        """Reads what follows the file, so that the connection stays usable.

        Raises:
            StorageError: the form has no proper end.
        """
        while not self._collector.ended:
            if not await self._feed():
                raise malformed("The form has no closing boundary.")

    async def _feed(self) -> bool:
        """Parses the next piece of the body; False if there is none."""
        try:
            piece = await anext(self._body)
        except StopAsyncIteration:
            return False
        try:
            self._parser.write(piece)
        except MultipartParseError as error:
            raise malformed(f"{error}.") from error
        return True


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise malformed("A field or a file name is not UTF-8.") from error
