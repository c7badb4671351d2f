"""Addresses as people type them: encoded as a server reads them, or refused before anything is paid."""

from __future__ import annotations

import io
from urllib.parse import unquote

import pytest

from qa_pipeline.commands.transcribe.audio_urls import is_url, url_to_send
from qa_pipeline.terminal import CommandError
from tests.commands.conftest import Typed
from tests.service.gateway import gateway

SENT = {
    "https://files.example/a.mp3": "https://files.example/a.mp3",
    "HTTPS://Files.Example/A.mp3": "https://files.example/A.mp3",
    "hTTp://files.example:8080/a.mp3": "http://files.example:8080/a.mp3",
    " https://files.example/a.mp3\n": "https://files.example/a.mp3",
    "https://files.example/录音/一.mp3": "https://files.example/%E5%BD%95%E9%9F%B3/%E4%B8%80.mp3",
    "https://files.example/call one.mp3": "https://files.example/call%20one.mp3",
    "https://files.example/100%.mp3": "https://files.example/100%25.mp3",
    "https://files.example/a%2Fb%20c.mp3": "https://files.example/a%2Fb%20c.mp3",
    "https://files.example/a%zz%.mp3": "https://files.example/a%25zz%25.mp3",
    "https://files.example/a.mp3?name=王 芳&Signature=a%2Bb/c==": (
        "https://files.example/a.mp3?name=%E7%8E%8B%20%E8%8A%B3&Signature=a%2Bb/c=="
    ),
    "https://录音.example/a.mp3": "https://xn--w2t537j.example/a.mp3",
    "https://[2001:db8::1]:8443/a.mp3": "https://[2001:db8::1]:8443/a.mp3",
    'https://files.example/a"b<c>|d.mp3': "https://files.example/a%22b%3Cc%3E%7Cd.mp3",
    "https://files.example?id=7": "https://files.example?id=7",
    "OSS://dashscope-instant/一 号.wav": "oss://dashscope-instant/一 号.wav",
}
REFUSED = {
    "https://files.example/a.mp3#t=10": "#t=10",
    "https://files.example/call#7.mp3": "write %23 where # belongs to a name",
    "ftp://files.example/a.mp3": "not an http",
    "file:///tmp/a.mp3": "for a local file give its path",
    "https:///a.mp3": "names no host",
    "https://files .example/a.mp3": "is not an address|names no host",
    "https://files.example:99999/a.mp3": "is not an address",
    "https://me:secret@files.example/a.mp3": "carries a user name or password",
    "https://files.example/a\tb.mp3": "control characters",
}


@pytest.mark.parametrize(("typed_as", "sent"), SENT.items(), ids=SENT)
def test_an_address_is_sent_as_a_server_reads_it(typed_as: str, sent: str) -> None:
    assert is_url(typed_as)
    assert url_to_send(typed_as) == sent
    assert url_to_send(sent) == sent, "what is encoded already stays"


@pytest.mark.parametrize(("typed_as", "reason"), REFUSED.items(), ids=REFUSED)
def test_what_would_fetch_something_else_is_refused(typed_as: str, reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        url_to_send(typed_as)


def test_decoding_what_is_sent_gives_what_was_typed() -> None:
    typed_as = "https://files.example/50% günstiger, 王/ä ö.mp3?x=1 2"
    assert unquote(url_to_send(typed_as)) == typed_as


def test_a_name_that_only_looks_like_an_address_is_a_file() -> None:
    assert not is_url("recordings/a: //b.mp3")
    assert not is_url("a.mp3")


def test_a_refused_address_costs_nothing(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with gateway() as paid:
        monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", paid.base_url)
        monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-paid")
        done = typed("transcribe", "https://files.example/a.mp3#t=10", "--yes")
        assert done.code == 2
        assert "#t=10" in done.err
        assert paid.asked == []
