"""Where the programs of `up` listen, and by which addresses they are opened."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from qa_pipeline.local_service.config import LOOPBACK, is_loopback_host
from qa_pipeline.processes.ports import BadHost, PortTaken, next_free_port
from qa_pipeline.settings import Settings
from qa_pipeline.terminal import EXIT_WORK_REMAINS, CommandError, err

LOCAL_SERVICE, DAGSTER, DAEMON, DASHBOARDS = "local_service", "dagster", "dagster_daemon", "dashboards"
"""The programs, as logs and messages name them."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the two web programs listen."""

    host: str
    dagster: int
    dashboards_host: str
    dashboards: int

    @property
    def dagster_url(self) -> str:
        """The address to open."""
        return _url(self.host, self.dagster)

    @property
    def dashboards_url(self) -> str:
        """The address to open."""
        return _url(self.dashboards_host, self.dashboards)


def reachable_host(host: str) -> str:
    """`host`, or this machine's loopback address where `host` means every address."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host
    if not address.is_unspecified:
        return str(address)
    return "::1" if address.version == 6 else LOOPBACK


def dashboards_host(settings: Settings) -> str:
    """Where the dashboards listen: on this machine alone as long as nothing says who somebody is."""
    is_open = settings.dashboard_access != "local" or is_loopback_host(settings.host)
    return settings.host if is_open else LOOPBACK


def _url(listens_on: str, port: int) -> str:
    """For a host that means every address, this machine's own."""
    host = reachable_host(listens_on)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def choose_ports(settings: Settings) -> Ports:
    host = settings.host
    shown_on = dashboards_host(settings)
    if not is_loopback_host(host):
        kept = "" if shown_on == host else f"; the dashboards stay on {shown_on} until dashboard_access is set"
        err.print(f"QA_HOST is {host}: whoever reaches this machine can use Dagster{kept}", style="yellow")
    try:
        dagster = next_free_port(host, settings.dagster_port)
        # Dagster does not listen yet, so its port still looks free
        dashboards = next_free_port(shown_on, settings.dashboards_port, frozenset({dagster}))
    except BadHost as error:
        raise CommandError(f"QA_HOST: {error}") from error
    except PortTaken as error:
        raise CommandError(str(error), EXIT_WORK_REMAINS) from error
    say_other_port(DAGSTER, settings.dagster_port, dagster)
    say_other_port(DASHBOARDS, settings.dashboards_port, dashboards)
    return Ports(host, dagster, shown_on, dashboards)


def say_other_port(name: str, wanted: int, port: int) -> None:
    # 0 asks for any port
    if wanted not in (0, port):
        err.print(f"{name}: port {wanted} is taken; using {port}", style="yellow")
