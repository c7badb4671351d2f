"""A tiny set of weights and a web server that can be told to misbehave as networks and servers do."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from qa_pipeline.local_service.weights import download
from qa_pipeline.local_service.weights.catalogue import WeightFile, WeightSet

MODEL_BYTES = bytes(range(256)) * 8000  # 2 MB
TOKENS_BYTES = b"<unk> 0\n"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Shelf:
    """What the server has and does; `asked` keeps method-free requests as (path, Range or None, status)."""

    files: dict[str, bytes] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    cut_after: list[int] = field(default_factory=list)
    """Bytes after which the next answers break off, one each."""
    statuses: list[int] = field(default_factory=list)
    """Statuses of the next answers, one each."""
    takes_ranges: bool = True
    asked: list[tuple[str, str | None, int]] = field(default_factory=list)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    shelf: Shelf

    def do_GET(self) -> None:
        shelf, name = self.shelf, self.path.rpartition("/")[2]
        asked_range, wanted_etag = self.headers.get("Range"), self.headers.get("If-Range")
        if shelf.statuses or name not in shelf.files:
            return self._refuse(shelf.statuses.pop(0) if shelf.statuses else 404, asked_range)
        if name.startswith("moved-"):
            return self._move(name, asked_range)
        content, etag = shelf.files[name], shelf.etags.get(name, f'"{sha256(shelf.files[name])[:8]}"')
        begin = 0
        if shelf.takes_ranges and asked_range and wanted_etag == etag:
            begin = int(asked_range.removeprefix("bytes=").rstrip("-"))
        status = 206 if begin else 200
        shelf.asked.append((self.path, asked_range, status))
        self.send_response(status)
        self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(content) - begin))
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        end = begin + shelf.cut_after.pop(0) if shelf.cut_after else len(content)
        self.wfile.write(content[begin:end])
        if end < len(content):
            self.close_connection = True
        return None

    def _refuse(self, status: int, asked_range: str | None) -> None:
        self.shelf.asked.append((self.path, asked_range, status))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _move(self, name: str, asked_range: str | None) -> None:
        self.shelf.asked.append((self.path, asked_range, 302))
        self.send_response(302)
        self.send_header("Location", f"/elsewhere/{name.removeprefix('moved-')}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Says nothing: what was asked is in `asked`."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *args: object) -> None:
        """Says nothing of clients that go away in the middle: some tests do."""


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """A server with the two files; nobody waits between tries."""
    monkeypatch.setattr(download, "FIRST_DELAY_S", 0.0)
    shelf = Shelf({"model.onnx": MODEL_BYTES, "tokens.txt": TOKENS_BYTES})
    handler = type("Handler", (_Handler,), {"shelf": shelf})
    with _Server(("127.0.0.1", 0), handler) as server:
        shelf.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield shelf
        server.shutdown()
        thread.join()


@pytest.fixture
def tiny(shelf: Shelf) -> WeightSet:
    """Two files, published on the server."""
    return WeightSet(
        id="tiny",
        title="two files",
        licence="none",
        files=(
            WeightFile("model.onnx", len(MODEL_BYTES), sha256(MODEL_BYTES), f"{shelf.url}/published/model.onnx"),
            WeightFile("tokens.txt", len(TOKENS_BYTES), sha256(TOKENS_BYTES), f"{shelf.url}/published/tokens.txt"),
        ),
    )


@pytest.fixture
def carried(tmp_path: Path) -> Path:
    """A folder that somebody brought, with both files."""
    folder = tmp_path / "carried"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(MODEL_BYTES)
    (folder / "tokens.txt").write_bytes(TOKENS_BYTES)
    return folder
