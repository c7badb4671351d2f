"""One file over HTTP, in as many pieces as the network needs.

What has arrived stays in `<name>.part`, with a note of which version of the file it is the beginning of. A new try, now
or next week, asks for the rest of that same version (`Range` with `If-Range`); a server that has another version by
now, or can't send parts, sends the whole file, and it starts over.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from qa_pipeline.local_service.weights.errors import WeightsError

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
ATTEMPTS_WITHOUT_A_BYTE = 5
"""How often in a row a connection may bring nothing; one that brings anything resets the count."""

FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 8.0

_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")

Progress = Callable[[int], None]
"""Hears how many bytes of the file are here in all."""


@dataclass(frozen=True, slots=True)
class PartNote:
    """What a partial file is the beginning of. `validator` goes into `If-Range`; None can't be resumed."""

    url: str
    validator: str | None
    size_bytes: int | None


class _Interrupted(Exception):
    """The file did not come to its end this time; trying again may help."""


def download(client: httpx.Client, url: str, target: Path, *, size_bytes: int | None, progress: Progress) -> None:
    """Brings `url` into `target` (a `.part` beside the final name), going on with what is there of it.

    `size_bytes` is what the whole must be, None where anything goes. Raises:
        WeightsError: refused, gone, of another size, or cut off again and again; what arrived is kept.
    """
    if _is_whole(target, url):
        return
    tries_left = ATTEMPTS_WITHOUT_A_BYTE
    while True:
        before = _size_of(target)
        try:
            _fetch(client, url, target, size_bytes=size_bytes, progress=progress)
            return
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.TooManyRedirects) as error:
            raise WeightsError(f"{url} is not an address to fetch from: {error}") from error
        except (_Interrupted, httpx.TransportError) as error:
            tries_left = ATTEMPTS_WITHOUT_A_BYTE if _size_of(target) > before else tries_left - 1
            if tries_left == 0:
                raise WeightsError(
                    f"{url} could not be fetched: {error or type(error).__name__}. {_size_of(target):,} bytes are "
                    "kept; the same command continues with the rest"
                ) from error
        time.sleep(min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** (ATTEMPTS_WITHOUT_A_BYTE - tries_left - 1)))


def _fetch(client: httpx.Client, url: str, target: Path, *, size_bytes: int | None, progress: Progress) -> None:
    have = _resumable_bytes(target, url)
    headers = {"Accept-Encoding": "identity"}
    note = _read_note(target)
    if have and note is not None and note.validator is not None:
        headers |= {"Range": f"bytes={have}-", "If-Range": note.validator}
    with client.stream("GET", url, headers=headers) as reply:
        begins_at, whole = _place_of(reply, url, have)
        if size_bytes is not None and whole is not None and whole != size_bytes:
            raise WeightsError(f"{url} is {whole:,} bytes, expected {size_bytes:,}: it is another file by now")
        if begins_at == 0:
            target.write_bytes(b"")  # first, so that the note never stands beside bytes of another version
        _write_note(target, PartNote(url, _validator_of(reply), whole))
        arrived = _append(reply, target, begins_at, progress)
    if whole is not None and arrived < whole:
        raise _Interrupted(f"the connection ended after {arrived:,} of {whole:,} bytes")


def _place_of(reply: httpx.Response, url: str, have: int) -> tuple[int, int | None]:
    """Where the bytes of the reply belong, and the size of the whole (None: not said).

    Raises:
        WeightsError: a refusal that repeating won't change.
        _Interrupted: one that it may.
    """
    if reply.status_code == 200:
        length = reply.headers.get("content-length", "")
        return 0, int(length) if length.isdigit() else None
    if reply.status_code == 206:
        found = _CONTENT_RANGE.fullmatch(reply.headers.get("content-range", ""))
        if found and int(found[1]) == have:
            return have, int(found[2])
        raise WeightsError(f"{url} answers with a part that was not asked for; its server can't resume downloads")
    if reply.status_code in _TRY_AGAIN:
        raise _Interrupted(f"the server answers {reply.status_code} {reply.reason_phrase}".rstrip())
    raise WeightsError(
        f"{url} answers {reply.status_code} {reply.reason_phrase}".rstrip()
        + "; try another address with --from URL, or fetch the files elsewhere and give their folder with --from FOLDER"
    )


def _append(reply: httpx.Response, target: Path, begins_at: int, progress: Progress) -> int:
    """Writes the body behind the first `begins_at` bytes; returns the size of the file."""
    with target.open("r+b") as file:
        file.seek(begins_at)
        size = begins_at
        progress(size)
        for block in reply.iter_raw():  # as it comes: blocks of a fixed size would lose the last part of a cut one
            file.write(block)
            size += len(block)
            progress(size)
    return size


def _validator_of(reply: httpx.Response) -> str | None:
    """What names this version of the file; a weak ETag may not be used for ranges (RFC 9110, 13.1.5)."""
    etag: str = reply.headers.get("etag", "")
    if etag and not etag.startswith("W/"):
        return etag
    modified: str | None = reply.headers.get("last-modified")
    return modified


def _is_whole(target: Path, url: str) -> bool:
    """Whether all of `url` arrived an earlier time, and only its check is missing."""
    note = _read_note(target)
    return note is not None and note.url == url and _size_of(target) == note.size_bytes


def _resumable_bytes(target: Path, url: str) -> int:
    """How much of `url` is here and can be added to."""
    note = _read_note(target)
    return 0 if note is None or note.url != url or note.validator is None else _size_of(target)


def forget_part(target: Path) -> None:
    """Removes a partial file and its note."""
    target.unlink(missing_ok=True)
    _note_path(target).unlink(missing_ok=True)


def _note_path(target: Path) -> Path:
    return target.with_name(f"{target.name}.json")


def _read_note(target: Path) -> PartNote | None:
    try:
        return PartNote(**json.loads(_note_path(target).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write_note(target: Path, note: PartNote) -> None:
    _note_path(target).write_text(json.dumps(asdict(note)), encoding="utf-8")


def _size_of(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
