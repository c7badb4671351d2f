"""Receivers on loopback: a web server that answers as it is told, and a small SMTP server (RFC 5321)."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What a web server says: `slow_s` before it, a byte at a time with `dripping`."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    slow_s: float = 0.0
    dripping: bool = False


@dataclass
class Got:
    """A request that came."""

    path: str
    headers: dict[str, str]
    body: Any

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]


class WebReceiver:
    """Takes what is posted; the n-th request (from 0) is answered by `answer(n)`. `taken` is set when one came."""

    def __init__(self, answer: Callable[[int], Answer] = lambda _: Answer()) -> None:
        self.answer = answer
        self.got: list[Got] = []
        self.taken = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.take(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook/s3cret?token=s3cret"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        content = handler.rfile.read(int(handler.headers["Content-Length"]))
        with self._lock:
            number = len(self.got)
            headers = {name.lower(): value for name, value in handler.headers.items()}
            self.got.append(Got(handler.path, headers, json.loads(content)))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.taken.set()
        self.may_answer.wait(30)
        answer = self.answer(number)
        time.sleep(answer.slow_s)
        with contextlib.suppress(OSError):
            handler.send_response(answer.status)
            for name, value in ({"Content-Length": str(len(answer.body))} | answer.headers).items():
                handler.send_header(name, value)
            handler.end_headers()
            for byte in answer.body if answer.dripping else ():
                handler.wfile.write(bytes([byte]))
                handler.wfile.flush()
                time.sleep(0.1)
            if not answer.dripping:
                handler.wfile.write(answer.body)
        with self._lock:
            self.at_once -= 1

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def web_receiver(answer: Callable[[int], Answer] = lambda _: Answer()) -> Iterator[WebReceiver]:
    receiver = WebReceiver(answer)
    try:
        yield receiver
    finally:
        receiver.may_answer.set()
        receiver.close()


def unused_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class MailReceiver:
    """What an SMTP server was told. `replies` are by verb, in place of the usual ones."""

    port: int = 0
    replies: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)


class _Session(socketserver.BaseRequestHandler):
    lines: Any = io.BytesIO()

    def handle(self) -> None:
        server: Any = self.server
        self.state: MailReceiver = server.state
        self.tls: ssl.SSLContext | None = server.tls
        self.is_encrypted = server.from_the_start
        with contextlib.suppress(OSError, ssl.SSLError):
            if self.tls is not None and self.is_encrypted:
                self.request = self.tls.wrap_socket(self.request, server_side=True)
            self._talk()
        self.lines.close()
        self.request.close()

    def _say(self, text: str) -> None:
        self.request.sendall(text.encode() + b"\r\n")

    def _talk(self) -> None:
        self.lines = self.request.makefile("rb")
        self._say("220 here")
        to: list[str] = []
        while line := self.lines.readline().strip():
            verb = line.split()[0].upper().decode()
            if verb in self.state.replies:
                self._say(self.state.replies[verb])
            elif verb == "EHLO":
                offers = ["STARTTLS"] if self.tls is not None and not self.is_encrypted else []
                self._say("\r\n".join(["250-here", *(f"250-{each}" for each in offers), "250 AUTH PLAIN"]))
            elif verb == "STARTTLS" and self.tls is not None:
                self._say("220 go on")
                self.request = self.tls.wrap_socket(self.request, server_side=True)
                self.lines.close()
                self.lines, self.is_encrypted = self.request.makefile("rb"), True
            elif verb == "AUTH":
                _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
                self.state.logins.append((user, password))
                self._say("235 welcome")
            elif verb == "RCPT":
                to.append(line.partition(b":")[2].strip(b"<> ").decode())
                self._say("250 ok")
            elif verb == "DATA":
                self._say("354 go on")
                self._take(to)
                to = []
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self, to: list[str]) -> None:
        content = bytearray()
        while (line := self.lines.readline()) != b".\r\n":
            content += line[1:] if line.startswith(b"..") else line
        mail = message_from_bytes(bytes(content), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.state.mails.append(mail)
        self.state.recipients.append(to)
        self.state.encrypted.append(self.is_encrypted)
        self._say("250 taken")


@contextlib.contextmanager
def mail_receiver(tls: ssl.SSLContext | None = None, *, from_the_start: bool = False) -> Iterator[MailReceiver]:
    """An SMTP server; with `tls` it offers STARTTLS, or speaks TLS from the start."""
    state = MailReceiver()
    server: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session)
    server.daemon_threads, server.state, server.tls, server.from_the_start = True, state, tls, from_the_start
    state.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
