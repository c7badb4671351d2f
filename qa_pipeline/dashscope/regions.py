"""Where the service lives: regions, workspace hosts, and which hosts the client may talk to.

A key belongs to one region and travels with every request, so an address is checked before anything is sent to it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass

import httpx

from qa_pipeline.dashscope.errors import ForbiddenHost

API_PATH = "/api/v1"
DEFAULT_REGION = "beijing"
OTHER = "other"
"""The region of a host that is none of the service's own."""

_REGION_HOSTS: dict[str, str] = {
    "beijing": "dashscope.aliyuncs.com",
    "singapore": "dashscope-intl.aliyuncs.com",
    "us": "dashscope-us.aliyuncs.com",
    "hongkong": "cn-hongkong.dashscope.aliyuncs.com",
}
_CLOUD_REGIONS: dict[str, str] = {
    "cn-beijing": "beijing",
    "ap-southeast-1": "singapore",
    "us-east-1": "us",
    "cn-hongkong": "hongkong",
    "eu-central-1": "frankfurt",
    "ap-northeast-1": "tokyo",
}
"""Cloud region id of a workspace host to our name of the region."""
_WORKSPACE_HOST = re.compile(r"[a-z0-9-]+\.(?P<cloud_region>[a-z0-9-]+)\.maas\.aliyuncs\.com")
_WORKSPACE_ID = re.compile(r"(?:ws|llm)-[a-z0-9-]+")
_WORKSPACE_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_PLATFORM_HOST = "maas.qianwenaiapi.com"
"""The host of the vendor's platform for China; it serves Beijing's models."""
_WITHOUT_FILETRANS = frozenset({"us"})


class BadEndpoint(ValueError):
    """The address is not one the client may use; the message has the corrected value where there is one."""


class FiletransNotOffered(ValueError):
    """The region has no file transcription."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place that speaks the service's protocol.

    `base_url` ends in `/api/v1` without a slash behind it. `region` is the name that prices go by; `OTHER` for a host
    that the service's own list does not have: a gateway, a tunnel, a server of this product.
    """

    base_url: str
    region: str

    @property
    def is_on_this_machine(self) -> bool:
        """Whether its host is a loopback address. That says where it listens, not what it is or costs."""
        return is_loopback(httpx.URL(self.base_url).host)

    def require_filetrans(self) -> None:
        """Raises `FiletransNotOffered` where the region has only the short, synchronous models."""
        if self.region in _WITHOUT_FILETRANS:
            raise FiletransNotOffered(
                f"the region {self.region!r} ({self.base_url}) does not offer file transcription; "
                "use a key of beijing or singapore and that region's base URL"
            )

    def allow(self, url: str) -> httpx.URL:
        """The URL to use for an upload or a result the service names, or `ForbiddenHost`.

        Allowed are the base URL's own host (any port on this machine, else the same port) and `*.aliyuncs.com`,
        which is always spoken to over https: the samples' `http://` would show a conversation to everyone on
        the way, and the storage's signatures do not cover the scheme.
        """
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, TypeError) as error:
            raise ForbiddenHost("ForbiddenHost", "the service named something that is not a URL") from error
        host = parsed.host.lower()
        if parsed.scheme not in ("http", "https") or not host or parsed.userinfo:
            raise ForbiddenHost("ForbiddenHost", f"the service named a URL of an unusable kind on host {host!r}")
        if host.endswith(".aliyuncs.com"):
            port = None if parsed.port in (80, 443) else parsed.port
            return parsed.copy_with(scheme="https", port=port)
        if self._is_own_host(parsed):
            return parsed
        raise ForbiddenHost(
            "ForbiddenHost",
            f"the service named the host {host!r}; only {httpx.URL(self.base_url).host} and *.aliyuncs.com are used",
        )

    def _is_own_host(self, url: httpx.URL) -> bool:
        own = httpx.URL(self.base_url)
        if self.is_on_this_machine:
            return is_loopback(url.host)
        return (url.scheme, url.host, url.port) == (own.scheme, own.host, own.port)


def endpoint_for(
    value: str = DEFAULT_REGION, *, workspace_region: str = DEFAULT_REGION, plain_http_hosts: Collection[str] = ()
) -> Endpoint:
    """The endpoint of a base URL, a region's name, or a workspace id (then in `workspace_region`).

    `plain_http_hosts`: hosts of one's own network that may be spoken to by `http://`, as this machine may.

    Raises:
        BadEndpoint: none of these, or an address that would leak the key or miss the API.
    """
    text = value.strip()
    region = _region_name(text)
    if region in _REGION_HOSTS:
        return Endpoint(f"https://{_REGION_HOSTS[region]}{API_PATH}", region)
    if _WORKSPACE_ID.fullmatch(text.lower()):
        cloud_region = _cloud_region(workspace_region)
        return _from_url(f"https://{text.lower()}.{cloud_region}.maas.aliyuncs.com{API_PATH}")
    if "://" in text:
        return _from_url(text, plain_http_hosts)
    if "." in text or text.startswith("localhost"):
        raise BadEndpoint(f"the base URL {value!r} has no scheme; write https://{text.split('/')[0]}{API_PATH}")
    regions = ", ".join(_REGION_HOSTS)
    raise BadEndpoint(
        f"{value!r} is neither a region ({regions}), a workspace id (ws-… or llm-…) nor a base URL ending in {API_PATH}"
    )


def workspace_endpoint(workspace: str, region: str) -> Endpoint:
    """The host of its own that a workspace has in one of the six regions (our name, or the cloud's id).

    Raises:
        BadEndpoint: no such region, or no workspace's id.
    """
    cloud_region, label = _cloud_region(region), workspace.strip().lower()
    if not _WORKSPACE_LABEL.fullmatch(label):
        raise BadEndpoint(f"{workspace!r} is not the id of a workspace, which has letters, digits and hyphens")
    return _from_url(f"https://{label}.{cloud_region}.maas.aliyuncs.com{API_PATH}")


def has_shared_host(region: str) -> bool:
    """Whether a region can be asked without a workspace."""
    return region in _REGION_HOSTS


def region_named(text: str) -> str | None:
    """Our name of a region by ours or the cloud's id (`cn-beijing`), None where it is neither."""
    name = _region_name(text.strip())
    return name if name in _CLOUD_REGIONS.values() else None


def with_api_path(base_url: str) -> str:
    """A base URL as the newer official client has it, host only or with the path, with the path."""
    text = base_url.strip().rstrip("/")
    return text if text.endswith(API_PATH) else text + API_PATH


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine: localhost, 127.0.0.0/8 or ::1. Names are not looked up."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _region_name(text: str) -> str:
    lowered = text.lower()
    return _CLOUD_REGIONS.get(lowered, lowered)


def _cloud_region(region: str) -> str:
    name = _region_name(region)
    for cloud_region, known in _CLOUD_REGIONS.items():
        if known == name:
            return cloud_region
    raise BadEndpoint(f"workspaces have no region {region!r}; choose one of: {', '.join(_CLOUD_REGIONS.values())}")


def _from_url(text: str, plain_http_hosts: Collection[str] = ()) -> Endpoint:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise BadEndpoint(f"the base URL {text!r} is not a URL: {error}") from error
    if url.userinfo:
        raise BadEndpoint("the base URL carries a user name or password; the key belongs in DASHSCOPE_API_KEY")
    if url.scheme not in ("http", "https") or not url.host:
        raise BadEndpoint(f"the base URL {text!r} must begin with https:// and name a host")
    region = _region_of(url.host)
    is_own = is_loopback(url.host) or url.host in {host.strip("[]").lower() for host in plain_http_hosts}
    takes_http = is_own and region == OTHER
    path = url.raw_path.partition(b"?")[0].decode("ascii").rstrip("/")
    has_prefix = region == OTHER and path.endswith(API_PATH)  # of a gateway, which may serve more than this API
    corrected = (
        f"{url.scheme if takes_http else 'https'}://{url.netloc.decode('ascii')}{path if has_prefix else API_PATH}"
    )
    if url.scheme == "http" and not takes_http:
        allowed = f", or name {url.host} in QA_PLAIN_HTTP_HOSTS if it is of your own network" if region == OTHER else ""
        raise BadEndpoint(
            f"the base URL {text!r} would send the key unencrypted; write {corrected} "
            f"(http:// is for this machine only){allowed}"
        )
    if url.query or url.fragment or not (path == API_PATH or has_prefix):
        raise BadEndpoint(f"the base URL {text!r} must end in {API_PATH}; write {corrected}")
    return Endpoint(corrected, region)


def _region_of(host: str) -> str:
    for region, known in _REGION_HOSTS.items():
        if host == known:
            return region
    if host == _PLATFORM_HOST or host.endswith(f".{_PLATFORM_HOST}"):
        return DEFAULT_REGION
    match = _WORKSPACE_HOST.fullmatch(host)
    return _CLOUD_REGIONS.get(match["cloud_region"], OTHER) if match else OTHER
