"""Whether people can get into the dashboards, and only those who should, found out without starting a server."""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.landing.people import landed_people
from qa_pipeline.local_service.config import is_loopback_host
from qa_pipeline.people.roles import Role
from qa_pipeline.recordings.people import BadPeople
from qa_pipeline.settings import Settings
from qa_pipeline.wording.figures import count

LEAST_SECRET = 32
CALLBACK = "/oauth2callback"
MADE_BY = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'
_OF_A_SERVICE = ("client_id", "client_secret", "server_metadata_url")
_NOT_SERVICES = ("client_kwargs",)

_found = partial(Finding, "dashboards")


def dashboards(settings: Settings) -> Iterator[Finding]:
    """What is to be said of the settings that let people in."""
    if settings.dashboard_access == "local":
        yield from _local(settings)
        return
    if not settings.dashboard_users:
        yield _found(Level.FAIL, "nobody is listed, so nobody gets in", "add [[dashboard_users]] to qa.toml")
    else:
        people = count(len(settings.dashboard_users), "login")
        who = f"whom to ask: {settings.dashboard_contact}" if settings.dashboard_contact else "nobody is named to ask"
        fix = "" if settings.dashboard_contact else "set dashboard_contact"
        yield _found(Level.OK, f"by {settings.dashboard_access}, {people} in dashboard_users, {who}", fix)
    yield from _agents(settings)
    yield from _login(settings) if settings.dashboard_access == "login" else _proxy(settings)


def _agents(settings: Settings) -> Iterator[Finding]:
    """Agents of whom nothing says which calls are theirs."""
    named = {user.login for user in settings.dashboard_users if user.role is Role.AGENT and user.agent_id is None}
    by_name = {login for login in named if not login.startswith("*")}
    if not by_name:
        return
    try:
        people = landed_people(settings)
    except BadPeople:
        return  # what is wrong with the list is said of the list
    listed = {person.email for person in people.periods} if people else set()
    if unknown := sorted(by_name - listed):
        fix = "write their e-mail into people.csv, or agent_id into their entry"
        yield _found(Level.WARN, f"agents who see nothing, as the list of people lacks them: {', '.join(unknown)}", fix)


def _local(settings: Settings) -> Iterator[Finding]:
    if settings.dashboard_users:
        fix = 'set dashboard_access to "login" or "proxy"'
        yield _found(Level.WARN, "dashboard_users are listed, and dashboard_access is local: none gets in", fix)
    elif not is_loopback_host(settings.host):
        fix = "set dashboard_access and dashboard_users to open them to others (docs/operations.md)"
        yield _found(Level.WARN, f"QA_HOST is {settings.host}; the dashboards stay on this machine", fix)
    else:
        yield _found(Level.OK, "for the person at this machine")


def _proxy(settings: Settings) -> Iterator[Finding]:
    wide = [item for item in settings.dashboard_proxies if ipaddress.ip_network(item, strict=False).prefixlen == 0]
    if wide:
        fix = "name the proxy's own address"
        yield _found(Level.FAIL, f"dashboard_proxies has {wide[0]}: anybody can say who they are", fix)
    elif not settings.dashboard_proxies:
        yield _found(Level.FAIL, "dashboard_proxies is empty, so no proxy is believed", "name the proxy's address")
    else:
        places = ", ".join(settings.dashboard_proxies)
        yield _found(Level.OK, f"{settings.dashboard_user_header} is believed from {places}")


def _login(settings: Settings) -> Iterator[Finding]:
    if find_spec("authlib") is None:
        yield _found(
            Level.FAIL,
            "authlib is not installed",
            "install what requirements.lock names (`make up` does)",
        )
    path = settings.sign_in_file
    if not path.is_file():
        yield _found(Level.FAIL, f"there is no {path}", "docs/operations.md says what to write into it")
        return
    if path.stat().st_mode & 0o077:
        yield _found(Level.WARN, f"others on this machine can read {path}", f"chmod 600 {path}")
    try:
        section = tomllib.loads(path.read_text(encoding="utf-8")).get("auth")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        yield _found(Level.FAIL, f"{path} is not valid TOML: {error}")
        return
    if not isinstance(section, dict):
        yield _found(Level.FAIL, f"{path} has no [auth]", "docs/operations.md says what to write into it")
        return
    faults = [*_address_faults(section), *_secret_faults(section), *_service_faults(section)]
    for detail, fix in faults:
        yield _found(Level.FAIL, f"[auth] in {path}: {detail}", fix)
    if not faults:
        yield _found(
            Level.OK,
            f"people sign in by {', '.join(_services(section))}, and come back to {_home(section)}",
        )


def _address_faults(section: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    address = str(section.get("redirect_uri", ""))
    parts = urlsplit(address)
    example = f"such as https://qa.example.com{CALLBACK}"
    if not parts.hostname or not parts.path.endswith(CALLBACK):
        yield f"redirect_uri is {address!r}", f"write the address of the dashboards with {CALLBACK}, {example}"
    elif parts.scheme != "https" and not is_loopback_host(parts.hostname):
        yield f"redirect_uri is {address!r}, not https", f"put a proxy with TLS in front, {example}"


def _secret_faults(section: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if len(str(section.get("cookie_secret", ""))) < LEAST_SECRET:
        yield f"cookie_secret has fewer than {LEAST_SECRET} letters", MADE_BY


def _service_faults(section: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    services = _services(section)
    if not services:
        yield "no sign-in service is named", f"write {', '.join(_OF_A_SERVICE)}"
    for name, keys in services.items():
        missing = [key for key in _OF_A_SERVICE if not keys.get(key)]
        if missing:
            yield f"{name} lacks {', '.join(missing)}", "copy it from the service's page for this application"
        if "_" in name:
            yield f"{name} has an underscore", "Streamlit takes names without one"


def _services(section: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """By name, as Streamlit finds them: the section itself, and the tables in it."""
    own = {"default": section} if any(key in section for key in _OF_A_SERVICE) else {}
    tables = {name: value for name, value in section.items() if isinstance(value, dict) and name not in _NOT_SERVICES}
    return {**own, **tables}


def _home(section: Mapping[str, Any]) -> str:
    return str(section["redirect_uri"]).removesuffix(CALLBACK)
