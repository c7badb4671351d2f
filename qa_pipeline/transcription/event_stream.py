"""Server-sent events, read from bytes that come in pieces of any size: the form in which answers are streamed.

Follows the HTML standard's rules for event streams (line ends of three kinds, comments, several data lines in one
event), with two liberties that the service needs: the HTTP status of an error is in a `status:` field or in a
comment `:HTTP_STATUS/429`, and a last event whose closing empty line was left out still counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

DONE = "[DONE]"
"""The data that ends a stream of the OpenAI style."""

_NAMES = frozenset({"", "message", "result", "error"})
_LINE_END = re.compile(rb"\r\n|\n|\r(?!\n|\Z)")
_BOM = b"\xef\xbb\xbf"
_STATUS_COMMENT = b"HTTP_STATUS/"


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name (`result`, `error`, or what else the sender says), its data, an HTTP status if one is given.

    What `is_foreign` has a name that no documentation of the service has, as the pings that a gateway puts between.

    Bytes that are no UTF-8 become replacement characters; whoever reads the data as JSON sees them there.
    """

    name: str
    data: str
    status: int | None = None

    @property
    def is_foreign(self) -> bool:
        """Whether it need not be part of the answer."""
        return self.name not in _NAMES


@dataclass(slots=True)
class EventStream:
    """Takes bytes, gives events. One object reads one stream, in order."""

    _rest: bytearray = field(default_factory=bytearray)
    _searched: int = 0
    _at_start: bool = True
    _name: str = ""
    _data: list[bytes] = field(default_factory=list)
    _status: int | None = None

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes."""
        self._rest += chunk
        return self._events(self._whole_lines())

    def end(self) -> list[Event]:
        """What was still open as the stream ended: an event whose last empty line is missing."""
        last = bytes(self._rest).rstrip(b"\r")
        self._rest.clear()
        return self._events([last, b""])

    def _whole_lines(self) -> list[bytes]:
        """Lines that have ended; a CR that came last waits, since an LF may follow it."""
        lines, begin, start = [], 0, self._searched
        while (found := _LINE_END.search(self._rest, start)) is not None:
            lines.append(bytes(self._rest[begin : found.start()]))
            begin = start = found.end()
        del self._rest[:begin]
        self._searched = max(0, len(self._rest) - 1)
        return lines

    def _events(self, lines: list[bytes]) -> list[Event]:
        return [event for line in lines if (event := self._take(line)) is not None]

    def _take(self, line: bytes) -> Event | None:
        if self._at_start:
            line, self._at_start = line.removeprefix(_BOM), False
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not name:
            self._note_status(value.strip().removeprefix(_STATUS_COMMENT) if _STATUS_COMMENT in value else b"")
        elif name == b"event":
            self._name = value.decode("utf-8", "replace").strip()
        elif name == b"data":
            self._data.append(value)
        elif name == b"status":
            self._note_status(value)
        return None

    def _note_status(self, digits: bytes) -> None:
        if digits.strip().isdigit() and len(digits.strip()) == 3:
            self._status = int(digits)

    def _dispatch(self) -> Event | None:
        name, data, status = self._name, self._data, self._status
        self._name, self._data, self._status = "", [], None
        return Event(name, b"\n".join(data).decode("utf-8", "replace"), status) if data else None


def read_events(raw: bytes) -> Iterator[Event]:
    """All events of a stream that is there as a whole."""
    stream = EventStream()
    yield from stream.feed(raw)
    yield from stream.end()


def looks_like_events(raw: bytes) -> bool:
    """Whether bytes begin as an event stream does, with a field or a comment."""
    head = raw[:64].removeprefix(_BOM).lstrip(b"\r\n")
    return head.startswith((b"data:", b"id:", b"event:", b":", b"retry:", b"status:"))
