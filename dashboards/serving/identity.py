"""Who a request is from, as the settings say it is found out: from its headers, its cookies and where it comes from.

`local` trusts the machine, not the network: the connection must come from this machine, without a proxy between, and
to a name that is this machine's (a page of another site whose name was pointed at 127.0.0.1 asks for that name).
`login` reads the cookie that Streamlit's sign-in has signed. `proxy` believes a header of known addresses only.
"""

from __future__ import annotations

import ipaddress
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

from dashboards.serving.access import LOCAL_USER
from qa_pipeline.settings import Settings
from qa_pipeline.wording.languages import to_translate

BROWSER_COOKIE = "qa_browser"
USER_COOKIE = "_streamlit_user"
_PROXY_HEADERS = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded")

NOT_THIS_MACHINE = to_translate("These pages are for the person at this machine. Sign-in is not set up.")
THROUGH_A_PROXY = to_translate("A proxy passed this request on, and nothing says who it is from.")
FOREIGN_HOST = to_translate("These pages are not served under this name.")
UNTRUSTED_PROXY = to_translate("These pages are reached through the proxy in front of them only.")
NOBODY_NAMED = to_translate("The proxy did not say who you are.")
UNVERIFIED = to_translate("The sign-in service has not verified your e-mail address.")
NO_CLAIM = to_translate("The sign-in service did not say your login.")


class NotAdmitted(Exception):
    """A request that nobody's name can be put to; the message is an English sentence of the catalogue."""


class SignInNeeded(Exception):
    """Nobody has signed in yet."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Where a connection comes from."""

    host: str

    @property
    def address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        """As an address; an IPv4 one that came by an IPv6 socket is IPv4. None where it isn't one."""
        with suppress(ValueError):
            found = ipaddress.ip_address(self.host.strip("[]").split("%")[0])
            mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
            return mapped or found
        return None

    @property
    def is_this_machine(self) -> bool:
        """Whether it is a loopback address."""
        return self.address is not None and self.address.is_loopback


def peer_of(connection: HTTPConnection) -> Peer:
    """The other end of the connection.

    uvicorn puts the address of `X-Forwarded-For` in its place where the connection is from this machine, with the
    port 0 that no connection has.
    """
    client = connection.client
    if client is None:
        return Peer("")
    return Peer("127.0.0.1") if client.port == 0 else Peer(client.host)


def came_by_proxy(connection: HTTPConnection) -> bool:
    """Whether a proxy says that it passed the request on."""
    return any(name in connection.headers for name in _PROXY_HEADERS)


def user_of(connection: HTTPConnection, settings: Settings) -> str:
    """The login of whoever asks.

    Raises:
        NotAdmitted: it can't be told, or must not be believed.
        SignInNeeded: nobody has signed in, with `dashboard_access = "login"`.
    """
    match settings.dashboard_access:
        case "local":
            return _local(connection, settings)
        case "proxy":
            return _named_by_proxy(connection, settings)
        case "login":
            return _signed_in(connection, settings)


def host_is_ours(host: str | None, settings: Settings) -> bool:
    """Whether a Host header names this machine, as its own browser does."""
    try:
        name = urlsplit(f"//{host or ''}").hostname
    except ValueError:
        return False
    if name is None:
        return False
    named = name.rstrip(".").casefold()
    known = {"localhost", *(each.strip("[]").rstrip(".").casefold() for each in settings.dashboard_hosts)}
    return named in known or Peer(named).is_this_machine


def _local(connection: HTTPConnection, settings: Settings) -> str:
    if came_by_proxy(connection):
        raise NotAdmitted(THROUGH_A_PROXY)
    if not peer_of(connection).is_this_machine:
        raise NotAdmitted(NOT_THIS_MACHINE)
    if not host_is_ours(connection.headers.get("host"), settings):
        raise NotAdmitted(FOREIGN_HOST)
    return LOCAL_USER


def _named_by_proxy(connection: HTTPConnection, settings: Settings) -> str:
    address = peer_of(connection).address
    networks = [ipaddress.ip_network(item, strict=False) for item in settings.dashboard_proxies]
    if address is None or not any(address in network for network in networks):
        raise NotAdmitted(UNTRUSTED_PROXY)
    named = connection.headers.getlist(settings.dashboard_user_header)
    # two would be one of the proxy's and one that it let through
    if len(named) != 1 or not named[0].strip():
        raise NotAdmitted(NOBODY_NAMED)
    return _as_text(named[0]).strip().casefold()


def _signed_in(connection: HTTPConnection, settings: Settings) -> str:
    said = _claims(connection)
    if not said or said.get("is_logged_in") is not True:
        raise SignInNeeded
    claim = settings.dashboard_login_claim
    login = said.get(claim)
    if not isinstance(login, str) or not login.strip():
        raise NotAdmitted(NO_CLAIM)
    if claim == "email" and said.get("email_verified") in (False, "false"):
        raise NotAdmitted(UNVERIFIED)
    return login.strip().casefold()


def _claims(connection: HTTPConnection) -> dict[str, Any] | None:
    """What Streamlit's sign-in has written into the browser's cookie, if its signature is right."""
    secret = get_cookie_secret()
    if not secret:
        return None

    def read(name: str) -> bytes | None:
        value = connection.cookies.get(name)
        return None if value is None else decode_signed_value(secret, name, value.encode("latin-1", "replace"))

    raw = get_cookie_with_chunks(read, USER_COOKIE)
    with suppress(ValueError):
        said = json.loads(raw or b"")
        return said if isinstance(said, dict) else None
    return None


def _as_text(header: str) -> str:
    """A header's bytes as UTF-8, which proxies send; headers are read as Latin-1."""
    with suppress(UnicodeError):
        return header.encode("latin-1").decode("utf-8")
    return header
