"""How soon the sound of a long call is heard from the dashboards' server, and what five listeners cost it in memory.

The server is the product's own, started for each recording. A listener is a browser that plays from the beginning and
jumps to other places. In some calls something is masked every twenty seconds, and silent. A plain file server that
sends as many bytes shows what the way over loopback takes by itself.
"""

from __future__ import annotations

import os
import secrets
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb
import httpx
import numpy as np

from benchmarks.dashboards import rss_mib, serve, settings_of, watching
from benchmarks.file_server import serve_folder
from benchmarks.measuring import MIB
from benchmarks.sound import CALL, RATE, call_body, write_mulaw
from dashboards.serving.access import LOCAL_USER, Viewer
from dashboards.serving.identity import BROWSER_COOKIE
from dashboards.serving.sound_links import sound_link
from qa_pipeline.audio.decoding import decode_blocks
from qa_pipeline.people.roles import Role
from qa_pipeline.published.snapshot import open_newest
from qa_pipeline.warehouse.database import empty_database

CALL_ID = "long"
MASKED = "PCM, masked"
LISTENERS = 5
JUMPS = (0.0, 0.5, 0.97, 0.25, 0.75)
"""Places of the recording that a listener goes to, one after the other."""

HEARD_BYTES = 64 * 1024
"""Two seconds of a telephone call as 16-bit stereo: enough for any browser to begin."""
PLAYED_BYTES = 4 * MIB
MASKED_EVERY_MS, MASKED_MS = 20_000, 2000
COLUMNS = ("start ms", "middle ms", "5 at once ms", "÷ plain file", "RSS MiB", "more MiB", "target")


def sound_route(hours: float, say: Callable[[str], None]) -> bool:
    """Calls of 60 min and of `hours`, µ-law and 16-bit PCM, and PCM of which places are masked. False if a listener
    heard something else than was there, or what was masked.

    Raises:
        ChildFailed: the server did not start.
    """
    say(f"Sound of a call from the server, 8 kHz stereo; until {HEARD_BYTES // 1024} KiB have come:")
    say(_row("", dict(zip(COLUMNS, COLUMNS, strict=True))))
    complete = True
    for seconds in (3600.0, hours * 3600):
        for name, write in (("µ-law", _write_mulaw), ("PCM", _write_pcm), (MASKED, _write_pcm)):
            with tempfile.TemporaryDirectory(prefix="qa-bench-") as scratch:
                complete &= _trial(name, Path(scratch), seconds, write, say)
    return complete


def _trial(
    name: str, scratch: Path, seconds: float, write: Callable[[Path, float], None], say: Callable[[str], None]
) -> bool:
    landing, home = scratch / "landing", scratch / "home"
    landing.mkdir()
    path = landing / f"{CALL_ID}.wav"
    write(path, seconds)
    _publish(home, path, seconds, is_masked=name == MASKED)
    browser = secrets.token_urlsafe(24)
    with serve(home, landing) as (address, pid), _listening(address, browser) as client:
        link = _link(home, landing, browser)
        before = rss_mib(pid)
        with watching(pid) as most:
            size = int(client.head(link).headers["content-length"])
            start_s = _heard_after(client, link, 0)
            middle_s = _heard_after(client, link, size // 2)
            with ThreadPoolExecutor(LISTENERS) as pool:
                waits = list(pool.map(lambda each: _listen(client, link, size, each), range(LISTENERS)))
        is_right = size == 44 + round(seconds * RATE) * 4 and (name != MASKED or _is_silent(client, link, seconds))
    beginning = scratch / "plain"
    beginning.mkdir()
    with path.open("rb") as file:
        (beginning / path.name).write_bytes(file.read(HEARD_BYTES))
    with serve_folder(beginning) as plain, httpx.Client(base_url=plain, trust_env=False) as client:
        plain_s = min(_heard_after(client, f"/{path.name}", None) for _ in range(5))
    cells = {
        "start ms": f"{start_s * 1000:,.0f}",
        "middle ms": f"{middle_s * 1000:,.0f}",
        "5 at once ms": f"{max(waits) * 1000:,.0f}",
        "÷ plain file": f"{middle_s / plain_s:,.0f}",
        "RSS MiB": f"{before:,.0f}",
        "more MiB": f"{max(most) - before:,.0f}",
        "target": "< 1,500 ms, < 150",
    }
    say(_row(f"{name}, {seconds / 3600:g} h", cells))
    if not is_right:
        say(f"  {size:,} bytes were offered, which is not the whole call, or what was masked is heard")
    return is_right


def _is_silent(client: httpx.Client, link: str, seconds: float) -> bool:
    """Whether the last place that is masked is silent, and what follows it is not."""
    begin_s = (seconds * 1000 - 1) // MASKED_EVERY_MS * MASKED_EVERY_MS // 1000
    places = [44 + 4 * RATE * round(begin_s + after_s) for after_s in (0, 5)]
    silent, heard = (
        client.get(link, headers={"range": f"bytes={place}-{place + 4 * RATE - 1}"}).content for place in places
    )
    return not any(silent) and any(heard)


def _listen(client: httpx.Client, link: str, size: int, number: int) -> float:
    """Plays some at each place, in an order of its own; the longest time until something was heard, in s."""
    places = JUMPS[number:] + JUMPS[:number]
    return max(_heard_after(client, link, int(size * place), PLAYED_BYTES) for place in places)


def _heard_after(client: httpx.Client, link: str, first: int | None, played: int = HEARD_BYTES) -> float:
    """Seconds until the first bytes have come; reads on until `played`, and goes away in the middle, as browsers do."""
    headers = {} if first is None else {"range": f"bytes={first}-"}
    begun, heard_s, received = time.perf_counter(), 0.0, 0
    with client.stream("GET", link, headers=headers) as answer:
        answer.raise_for_status()
        for block in answer.iter_bytes():
            received += len(block)
            if not heard_s and received >= HEARD_BYTES:
                heard_s = time.perf_counter() - begun
            if received >= played:
                break
    return heard_s or time.perf_counter() - begun


def _link(home: Path, landing: Path, browser: str) -> str:
    """Signed with the key of the home, as the server's pages do it."""
    os.environ |= settings_of(home, landing)
    with open_newest(home / "qa.duckdb", "UTC") as snapshot:
        return sound_link(Viewer(LOCAL_USER, Role.ADMIN, browser), CALL_ID, snapshot)


@contextmanager
def _listening(address: str, browser: str) -> Iterator[httpx.Client]:
    cookies = {BROWSER_COOKIE: browser}
    with httpx.Client(base_url=address, cookies=cookies, timeout=120, trust_env=False) as client:
        yield client


def _publish(home: Path, path: Path, seconds: float, *, is_masked: bool) -> None:
    home.mkdir()
    with empty_database(home / "qa.duckdb") as connection:
        connection.execute(
            "insert into calls (call_id, duration_s, source_uri, status, form, loaded_at) "
            "values (?, ?, ?, 'ok', 'stereo', now())",
            [CALL_ID, seconds, path.as_uri()],
        )
        if is_masked:
            _mask(connection, seconds)


def _mask(connection: duckdb.DuckDBPyConnection, seconds: float) -> None:
    """Sentences with times, all of which are masked."""
    places = f"from (select unnest(range({round(seconds * 1000) // MASKED_EVERY_MS})) as i)"
    times = f"i * {MASKED_EVERY_MS} as begin_ms, i * {MASKED_EVERY_MS} + {MASKED_MS} as end_ms"
    of_call = f"'{CALL_ID}' as call_id, 0 as channel_id, i as sentence_id, 'agent' as role, {times}"
    connection.execute(f"insert into sentences by name select {of_call}, '[card]' as text {places}")
    masked = "i + 1 as redaction_id, 'card' as kind, 'mask' as policy, 0 as begin_char, 6 as end_char"
    connection.execute(f"insert into redactions by name select {of_call}, {masked}, 'shape' as detector {places}")


def _write_mulaw(path: Path, seconds: float) -> None:
    write_mulaw(path, call_body(noisy=False), seconds)


def _write_pcm(path: Path, seconds: float) -> None:
    body = np.concatenate(list(decode_blocks(CALL)), axis=1).T.astype("<i2").tobytes()
    total = 4 * round(seconds * RATE)
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, RATE, 4 * RATE, 4, 16)
    with path.open("wb") as out:
        out.write(struct.pack("<4sI4s", b"RIFF", 36 + total, b"WAVE") + head + struct.pack("<4sI", b"data", total))
        for begin in range(0, total, len(body)):
            out.write(body[: total - begin])


def _row(name: str, cells: dict[str, str]) -> str:
    return (
        f"{name:<18}"
        + "".join(f"{cells[column]:>{max(12, len(column) + 2)}}" for column in COLUMNS[:-1])
        + (f"  {cells['target']}")
    )
