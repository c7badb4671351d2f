"""Sends a message as mail, by an SMTP server, encrypted and with a login where the channel says so."""

from __future__ import annotations

import contextlib
import datetime as dt
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import format_datetime

from qa_pipeline.alerts.channels import Channel
from qa_pipeline.alerts.messages import Message
from qa_pipeline.alerts.replies import Trouble
from qa_pipeline.alerts.templates import mail_text
from qa_pipeline.outbox.addresses import Address

STEP_S = 15.0
TOTAL_S = 30.0
KEY_HEADER = "X-QA-Key"

_REFUSED_FROM = 500
"""SMTP replies from here on are meant for good; those below say that it may work later."""


def mail(channel: Channel, address: Address, message: Message, total_s: float = TOTAL_S) -> Trouble | None:
    """Sends it; what went wrong, or None. Where some of several recipients are refused, the others have it."""
    try:
        with _server(channel, total_s) as server:
            if address.user:
                server.login(address.user, address.password)
            server.send_message(as_mail(channel, message))
    except smtplib.SMTPAuthenticationError as error:
        return Trouble(f"SMTP {error.smtp_code}: the login is refused")
    except smtplib.SMTPRecipientsRefused as error:
        codes = sorted({code for code, _ in error.recipients.values()})
        return Trouble(f"SMTP {codes[-1]}: all recipients are refused", is_refused=codes[0] >= _REFUSED_FROM)
    except smtplib.SMTPResponseException as error:
        return Trouble(f"SMTP {error.smtp_code}", is_refused=error.smtp_code >= _REFUSED_FROM)
    except smtplib.SMTPNotSupportedError:
        return Trouble("the server has no STARTTLS or no login; look at security:")
    except ssl.SSLError:
        return Trouble("no encrypted connection: look at the server's certificate, and at security:")
    except (smtplib.SMTPException, OSError) as error:
        return Trouble(f"no connection to the mail server, or it broke ({type(error).__name__})")
    return None


def as_mail(channel: Channel, message: Message) -> EmailMessage:
    """The mail. Sent again it has the same id, by which mail systems know it for the same."""
    sender = channel.sender or ""
    made = EmailMessage()
    made["Subject"] = message.title
    made["From"] = sender
    made["To"] = ", ".join(channel.to)
    made["Date"] = format_datetime(dt.datetime.fromtimestamp(message.at, dt.UTC))
    made["Message-ID"] = f"<{message.key}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made[KEY_HEADER] = message.key
    made.set_content(mail_text(message), cte="base64")
    return made


@contextlib.contextmanager
def _server(channel: Channel, total_s: float) -> Iterator[smtplib.SMTP]:
    """A connection that is cut off after so many seconds, whatever the other side does."""
    context = ssl.create_default_context()
    cut = _Cut(total_s)
    try:
        server = _EncryptedServer(channel, context, cut) if channel.security == "ssl" else _Server(channel, cut)
        if channel.security == "starttls":
            server.starttls(context=context)
            cut.watch(server.sock)
        yield server
        with contextlib.suppress(smtplib.SMTPException, OSError):  # the mail is there, whatever becomes of the farewell
            server.quit()
    finally:
        cut.close()


class _Cut:
    """Shuts a server's connections after some seconds; closed, it closes them itself."""

    def __init__(self, total_s: float) -> None:
        self._sockets: list[socket.socket] = []
        self._servers: list[smtplib.SMTP] = []
        self._timer = threading.Timer(total_s, self._shut)
        self._timer.daemon = True
        self._timer.start()

    def own(self, server: smtplib.SMTP) -> None:
        """The server whose connections these are, as soon as it begins to connect."""
        self._servers.append(server)

    def watch(self, connection: socket.socket | None) -> None:
        """Remembers a connection, which `close` is to shut too."""
        if connection is not None:
            self._sockets.append(connection)

    def close(self) -> None:
        """Nothing is left open."""
        self._timer.cancel()
        for server in self._servers:
            server.close()
        for connection in self._sockets:
            connection.close()

    def _shut(self) -> None:
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Server(smtplib.SMTP):
    """Shut by `cut` from the greeting on."""

    def __init__(self, channel: Channel, cut: _Cut) -> None:
        self._cut = cut
        cut.own(self)
        super().__init__(channel.host or "", channel.mail_port, timeout=STEP_S)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        made: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._cut.watch(made)
        return made


class _EncryptedServer(smtplib.SMTP_SSL):
    """Likewise, with TLS from the start."""

    def __init__(self, channel: Channel, context: ssl.SSLContext, cut: _Cut) -> None:
        self._cut = cut
        cut.own(self)
        super().__init__(channel.host or "", channel.mail_port, timeout=STEP_S, context=context)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        made: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._cut.watch(made)
        return made
