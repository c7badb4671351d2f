"""Mail, by a server on loopback: plain, by STARTTLS and by TLS from the start."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from qa_pipeline.alerts.replies import Trouble
from qa_pipeline.outbox.addresses import Address
from qa_pipeline.outbox.mail import mail
from tests.alerts.building import hit, mail_channel, message, rate
from tests.outbox.receivers import mail_receiver, unused_port
from tests.wire.authority import make_authority

LOGIN = Address(user="qa", password="p w")


def test_a_mail_says_what_a_message_says_under_its_key() -> None:
    told = message(hit(title="承诺\r\nBcc: everybody@example.org"), rate(), language="zh")
    with mail_receiver() as server:
        its = mail_channel(port=server.port, security="none", to=["a@example.org", "b@example.org"])
        assert mail(its, Address(), told) is None
        assert mail(its, Address(), told) is None
    first, again = server.mails
    assert server.recipients[0] == ["a@example.org", "b@example.org"]
    assert first["Subject"] == told.title
    assert (first["From"], first["To"]) == ("qa@example.org", "a@example.org, b@example.org")
    assert first["Message-ID"] == again["Message-ID"] == f"<{told.key}@example.org>"
    assert first["X-QA-Key"] == told.key
    assert first["Date"] == again["Date"] == "Tue, 02 Sep 2025 12:00:00 +0000"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Bcc"] is None
    assert "https://qa.example.org/call?call=c0101" in first.get_content()
    assert told.lines[0].text in first.get_content()


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_a_login_is_sent_encrypted_to_a_server_that_is_who_it_says(
    security: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, context = make_authority(tmp_path, ["localhost"])
    with mail_receiver(context, from_the_start=security == "ssl") as server:
        its = mail_channel(host="localhost", port=server.port, security=security, user_env="QA_U", password_env="QA_P")
        monkeypatch.setattr(socket, "has_ipv6", False)
        refused = mail(its, LOGIN, message())
        assert refused is not None, "nobody has said that it may be trusted"
        assert refused.said.startswith("no encrypted connection")
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert mail(its, LOGIN, message()) is None
    assert server.logins == [("qa", "p w")]
    assert server.encrypted == [True]


def test_a_server_without_starttls_gets_no_password() -> None:
    with mail_receiver() as server:
        its = mail_channel(port=server.port, user_env="QA_U", password_env="QA_P")
        found = mail(its, LOGIN, message())
    assert found is not None
    assert "no STARTTLS" in found.said
    assert server.logins == []


@pytest.mark.parametrize(
    ("verb", "reply", "said", "is_refused"),
    [
        ("RCPT", "550 5.1.1 no such user lead@example.org", "SMTP 550: all recipients are refused", True),
        ("RCPT", "450 later", "SMTP 450: all recipients are refused", False),
        ("MAIL", "553 no", "SMTP 553", True),
        ("DATA", "554 no spam", "SMTP 554", True),
        ("DATA", "451 later", "SMTP 451", False),
        ("EHLO", "421 busy", "SMTP 421", False),
    ],
)
def test_what_a_server_refuses(verb: str, reply: str, said: str, is_refused: bool) -> None:
    with mail_receiver() as server:
        server.replies = {verb: reply} | ({"HELO": reply} if verb == "EHLO" else {})
        found = mail(mail_channel(port=server.port, security="none"), Address(), message())
    assert found == Trouble(said, is_refused=is_refused)


def test_a_server_that_is_not_there_or_never_ends_is_left() -> None:
    found = mail(mail_channel(port=unused_port(), security="none"), Address(), message())
    assert found is not None
    assert found.said.startswith("no connection to the mail server")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        threading.Thread(target=_drip, args=(silent,), daemon=True).start()
        its = mail_channel(port=silent.getsockname()[1], security="none")
        found = mail(its, Address(), message(), total_s=0.5)
    assert found is not None
    assert found.said.startswith("no connection to the mail server")


def _drip(server: socket.socket) -> None:
    """A server that greets, and then says a letter now and then."""
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"220 here\r\n")
        try:
            while True:
                connection.sendall(b"2")
                threading.Event().wait(0.1)
        except OSError:
            return
