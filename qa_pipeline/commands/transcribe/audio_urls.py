"""The address of a recording as it is typed, and as the service is given it: what it can't fetch is refused unpaid."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

import httpx

from qa_pipeline.terminal import CommandError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LEGAL = "/:@!$&'()*+,;=~?%"
"""What a path and a query may contain besides letters, digits and `-._`; it stays, for a signature may cover it."""


def is_url(text: str) -> bool:
    """Whether a source is meant as an address, and not as a file."""
    return _SCHEME.match(text.strip()) is not None


def url_to_send(text: str) -> str:
    """The address in the form that travels: scheme in lower case, host in ASCII, and everything else that no address
    may contain (letters beyond ASCII, blanks, a `%` that begins no escape) percent-encoded. An `oss://` address is the
    service's own name of an upload and stays as it is.

    Raises:
        CommandError: it is of no kind that is read, names no host, or has a fragment.
    """
    shown, text = text, text.strip()
    match = _SCHEME.match(text)
    scheme = match[1].lower() if match else ""
    if match is None or scheme not in ("http", "https", "oss"):
        raise CommandError(f"{shown} is not an http(s) or oss URL; for a local file give its path")
    if _CONTROL.search(text):
        raise CommandError(f"{_CONTROL.sub('�', shown)} has control characters in it; give the address without them")
    rest = text[match.end() :]
    if scheme == "oss":
        return f"oss://{rest}"
    if "#" in rest:
        fragment = rest[rest.index("#") :]
        raise CommandError(
            f"{shown} has a part that no server is sent ({fragment}), and all of the recording would be transcribed: "
            "leave it out, or write %23 where # belongs to a name"
        )
    return f"{scheme}://{_authority(scheme, rest, shown)}{_encoded(rest)}"


def _authority(scheme: str, rest: str, shown: str) -> str:
    """Host and port, in ASCII."""
    try:
        split = urlsplit(f"{scheme}://{rest}")
        host, port = split.hostname, split.port
        ascii_host = httpx.URL(scheme=scheme, host=host or "").raw_host.decode("ascii")
    except (ValueError, httpx.InvalidURL) as error:
        raise CommandError(f"{shown} is not an address: {error}") from error
    if not host or " " in host:
        raise CommandError(f"{shown} names no host; write https://HOST/PATH")
    if split.username is not None or split.password is not None:
        raise CommandError(f"the address of {host} carries a user name or password; give one that needs none")
    shown_host = f"[{ascii_host}]" if ":" in ascii_host and not ascii_host.startswith("[") else ascii_host
    return shown_host if port is None else f"{shown_host}:{port}"


def _encoded(rest: str) -> str:
    """Path and query, from the first `/` or `?` on."""
    begin = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    return quote(_BARE_PERCENT.sub("%25", rest[begin:]), safe=_LEGAL)
