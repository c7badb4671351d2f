"""The addresses and secrets of channels, out of the environment. They are never kept, logged or shown."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import httpx

from qa_pipeline.alerts.channels import Channel
from qa_pipeline.alerts.plan import AlertPlan
from qa_pipeline.dashscope.regions import is_loopback


@dataclass(frozen=True, slots=True)
class Address:
    """Where a channel leads: a URL and a secret to sign by, or a login of a mail server."""

    url: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


class NoAddress(ValueError):
    """A channel has no usable address; the message says why, and shows nothing of it."""


def address_of(
    channel: Channel, plain_http_hosts: Collection[str] = (), environment: Mapping[str, str] = os.environ
) -> Address:
    """The address of a channel. `plain_http_hosts`: hosts of one's own network that may be spoken to by `http://`.

    Raises:
        NoAddress: a variable is not set, or is no address.
    """
    if missing := [name for name in channel.variables if not environment.get(name, "").strip()]:
        raise NoAddress(f"{' and '.join(missing)} not set")

    for name in (channel.user_env, channel.password_env):
        if name is not None and not environment[name].isascii():
            raise NoAddress(f"{name} has characters other than ASCII, which a login by mail can't have")

    def value(name: str | None) -> str:
        return environment[name].strip() if name else ""

    if channel.url_env is not None:
        _require_url(channel.url_env, value(channel.url_env), plain_http_hosts)
    return Address(
        value(channel.url_env), value(channel.secret_env), value(channel.user_env), value(channel.password_env)
    )


def addresses_of(
    plan: AlertPlan, plain_http_hosts: Collection[str] = (), environment: Mapping[str, str] = os.environ
) -> tuple[dict[str, Address], dict[str, str]]:
    """Channel → its address, and for those without one, why."""
    found: dict[str, Address] = {}
    without: dict[str, str] = {}
    for channel in plan.channels:
        try:
            found[channel.id] = address_of(channel, plain_http_hosts, environment)
        except NoAddress as error:
            without[channel.id] = str(error)
    return found, without


def _require_url(variable: str, text: str, plain_http_hosts: Collection[str]) -> None:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise NoAddress(f"{variable} is not an address such as https://hooks.example.org/…") from None
    if url.scheme not in ("http", "https") or not url.host or not text.isprintable() or " " in text:
        raise NoAddress(f"{variable} is not an address such as https://hooks.example.org/…")
    own = {host.strip("[]").lower() for host in plain_http_hosts}
    if url.scheme == "http" and not is_loopback(url.host) and url.host.lower() not in own:
        raise NoAddress(
            f"{variable} would send alerts unencrypted; write https://, or name its host in QA_PLAIN_HTTP_HOSTS"
        )
