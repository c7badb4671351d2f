"""Which service is used, with which key, at whose cost: settings turned into an endpoint and a client.

With neither a key nor a base URL the local service is used. It says where it listens in
`QA_HOME/local_service/service.json`, so that Dagster, the command line and the dashboards find the same one.
An address that the settings name is the paid service, unless this product's local service says there that it is one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.rate_limit import RateLimits, account_id
from qa_pipeline.dashscope.regions import (
    OTHER,
    BadEndpoint,
    Endpoint,
    endpoint_for,
    has_shared_host,
    region_named,
    with_api_path,
    workspace_endpoint,
)
from qa_pipeline.errors import UserError
from qa_pipeline.ledger.rows import Billing
from qa_pipeline.local_service.address_file import ServiceAddressFile
from qa_pipeline.service.identity import Identity, KnownAddresses, identify
from qa_pipeline.service.pace_table import shared_pace
from qa_pipeline.settings import Settings, SettingsError
from qa_pipeline.transcription.engines import engine_in_tables
from qa_pipeline.transcription.limits import Ask, refusal

SERVICE_QUERIES_PER_SECOND = 20.0
"""Documented for one main account: query, list and cancel together."""

LOCAL_REQUESTS_PER_MINUTE = 6000.0
LOCAL_QUERIES_PER_SECOND = 100.0
LOCAL_SUBMIT_BURST = 600
"""The local service counts by the minute only; the paid one also by the second, so there submits are spread."""

UNVERIFIED_REGIONS = frozenset({"hongkong", "frankfurt", "tokyo"})
"""No page says which of the models these regions have; it is left to the service to refuse."""

LOCAL_KEY = "local"
SHOWN_HOST_CHARACTERS = 48
"""A host's name in the column `engine`, which takes 80 characters."""


class ServiceUnavailable(UserError):
    """No service answers where one should; the message says how to start or reach it."""


@dataclass(frozen=True, slots=True)
class ServiceAccess:
    """All that is needed to talk to the service in force and to account for it."""

    endpoint: Endpoint
    api_key: str
    billing: Billing
    limits: RateLimits
    workspace_id: str | None = None

    def client(self) -> DashScopeClient:
        """A new client; use it as an async context manager.

        Raises:
            SettingsError: the key or the workspace has characters that none has.
        """
        try:
            return DashScopeClient(self.endpoint, self.api_key, limits=self.limits, workspace_id=self.workspace_id)
        except ValueError as error:
            raise SettingsError(str(error)) from error


def engine_kind(settings: Settings) -> str:
    """'local' or 'dashscope': whose answers count as done.

    An address that is not the service's own is asked what it is. Where nothing answers, it counts as what it was when
    it was last used: what the local service transcribed is not lost while it is switched off.
    """
    endpoint = _endpoint(settings)
    if endpoint is None:
        return "local"
    found = _identity(endpoint)
    was_local = not found.answers and endpoint.base_url in KnownAddresses(settings.service_folder)
    return "local" if found.is_local_service or was_local else "dashscope"


def price_region(settings: Settings) -> str:
    """The region whose list prices apply; 'local' where it is certain that nothing is paid.

    An address that is not the service's own is asked what it is; unless it is the local service, it is paid for as in
    the region that the settings name.
    """
    endpoint = _endpoint(settings)
    return "local" if endpoint is None or _identity(endpoint).is_local_service else _priced_as(settings, endpoint)


def offering_region(settings: Settings) -> str | None:
    """The region whose models are asked; None where any may be there (the local service, a gateway, a region of which
    no page says what it has). Asks no service.

    Raises:
        SettingsError: the address is not one to use, or the region has none of the models that may be asked.
    """
    endpoint = _endpoint(settings)
    return None if endpoint is None or endpoint.region in (OTHER, *UNVERIFIED_REGIONS) else endpoint.region


def reach_service(settings: Settings) -> ServiceAccess:
    """Finds the service that the settings name; an address that is not the service's own is asked what it is.

    Raises:
        SettingsError: the address, key and region do not go together.
        ServiceUnavailable: the local service does not answer.
    """
    endpoint = _endpoint(settings)
    if endpoint is None:
        address = ServiceAddressFile.read(settings.service_folder)
        if address is None:
            raise ServiceUnavailable(
                "no DASHSCOPE_API_KEY is set and no local service is running: start one with `qa-pipeline "
                "serve` or `make up`, or set DASHSCOPE_API_KEY to use the paid service"
            )
        health = local_health(address.base_url)
        return _local_access(settings, endpoint_for(address.base_url), address.api_key or LOCAL_KEY, health)
    found = _identity(endpoint)
    if found.health is not None:
        KnownAddresses(settings.service_folder).add(endpoint.base_url)
        key = settings.api_key.get_secret_value() if settings.api_key else LOCAL_KEY
        return _local_access(settings, endpoint, key, found.health)
    if settings.api_key is None:
        raise _keyless(endpoint, found)
    key = settings.api_key.get_secret_value()
    region = _priced_as(settings, endpoint)
    engine = f"dashscope {region}" + (f" via {_shown_host(endpoint)}" if endpoint.region == OTHER else "")
    billing = Billing("dashscope", engine, region, account_id(endpoint.base_url, key))
    return ServiceAccess(endpoint, key, billing, _limits(settings, billing), workspace_of(settings))


def local_health(base_url: str) -> Mapping[str, Any]:
    """What a local service says of itself.

    Raises:
        ServiceUnavailable: nothing, or something else, answers there.
    """
    found = identify(base_url)
    if found.health is None:
        raise _no_local_service(base_url, found)
    return found.health


def recognizer_of(health: Mapping[str, Any]) -> str:
    """The name of the recognizer behind a local service, from what it says of itself."""
    recognizer = health.get("recognizer")
    return str(recognizer.get("name", "unknown") if isinstance(recognizer, Mapping) else recognizer or "unknown")


def engines_of(health: Mapping[str, Any]) -> tuple[str, ...]:
    """The engines that may answer behind a local service, as tables name them."""
    signatures = health.get("engines")
    named = [engine_in_tables(signature) for signature in signatures] if isinstance(signatures, list) else []
    return tuple(name for name in named if name) or (f"local {recognizer_of(health)}",)


def local_engines(settings: Settings) -> tuple[str, ...]:
    """The engines behind the local service that is used; none where it does not run, or the paid one is used.

    Raises:
        SettingsError: as `reach_service`.
    """
    endpoint = _endpoint(settings)
    if endpoint is not None:
        found = _identity(endpoint)
    else:
        address = ServiceAddressFile.read(settings.service_folder)
        if address is None:
            return ()
        found = identify(address.base_url)
    return () if found.health is None else engines_of(found.health)


def _endpoint(settings: Settings) -> Endpoint | None:
    """The endpoint the settings name; None for this QA_HOME's own local service."""
    if settings.uses_local_service:
        return None
    try:
        endpoint = _named_endpoint(settings)
    except BadEndpoint as error:
        raise SettingsError(str(error)) from error
    _require_offered(settings, endpoint.region)
    return endpoint


def _named_endpoint(settings: Settings) -> Endpoint:
    """What the settings and the official clients' variables name, which must not contradict each other.

    Raises:
        BadEndpoint: an address that can't be used.
        SettingsError: two of them name different things: the key would go to the wrong one.
    """
    region = named_region(settings)
    base_url = settings.base_url
    if settings.sdk_base_url is not None:
        newer = with_api_path(settings.sdk_base_url)
        if base_url is not None and base_url.rstrip("/") != newer:
            raise _contradiction("DASHSCOPE_HTTP_BASE_URL", base_url, "DASHSCOPE_BASE_URL", settings.sdk_base_url)
        base_url = newer
    if base_url is not None:
        endpoint = endpoint_for(base_url, plain_http_hosts=settings.plain_http_hosts)
        if settings.sdk_region is not None and endpoint.region not in (OTHER, region):
            raise _contradiction("DASHSCOPE_REGION", settings.sdk_region, "the base URL", base_url)
        return endpoint
    workspace = workspace_of(settings)
    if settings.sdk_workspace is not None and workspace is not None:
        return workspace_endpoint(workspace, region)
    if has_shared_host(region):
        return endpoint_for(region)
    if workspace is None:
        raise SettingsError(f"the region {region!r} has only hosts of workspaces: set DASHSCOPE_WORKSPACE to yours")
    return workspace_endpoint(workspace, region)


def workspace_of(settings: Settings) -> str | None:
    """The workspace that is named, by either of its variables.

    Raises:
        SettingsError: they name two.
    """
    older, newer = settings.workspace_id, settings.sdk_workspace
    if older is not None and newer is not None and older != newer:
        raise _contradiction("DASHSCOPE_WORKSPACE_ID", older, "DASHSCOPE_WORKSPACE", newer)
    return newer or older


def named_region(settings: Settings) -> str:
    """The region that is named, by the setting or by the newer client's variable.

    Raises:
        SettingsError: no such region, or two of them.
    """
    if settings.sdk_region is None:
        return settings.region
    named = region_named(settings.sdk_region)
    if named is None:
        raise SettingsError(f"DASHSCOPE_REGION is {settings.sdk_region!r}, which is not a region such as cn-beijing")
    if os.environ.get("QA_REGION") and settings.region != named:  # one in qa.toml gives way to the environment
        raise _contradiction("QA_REGION", settings.region, "DASHSCOPE_REGION", settings.sdk_region)
    return named


def _contradiction(one: str, is_this: str, other: str, is_that: str) -> SettingsError:
    return SettingsError(f"{one} is {is_this} and {other} is {is_that}; unset one of the two, or make them agree")


def _identity(endpoint: Endpoint) -> Identity:
    """Who answers at an endpoint. The service's own hosts are known by their names and not asked."""
    if endpoint.region != OTHER:
        return Identity(None, answers=True, reason="it is the paid service's own host")
    return identify(endpoint.base_url)


def _priced_as(settings: Settings, endpoint: Endpoint) -> str:
    """The region of an endpoint that is paid. A gateway does not say which one is behind it; the setting does."""
    return named_region(settings) if endpoint.region == OTHER else endpoint.region


def _shown_host(endpoint: Endpoint) -> str:
    return httpx.URL(endpoint.base_url).netloc.decode("ascii")[:SHOWN_HOST_CHARACTERS]


def _keyless(endpoint: Endpoint, found: Identity) -> UserError:
    if endpoint.region == OTHER and not found.answers:
        return _no_local_service(endpoint.base_url, found)
    what = ", which is not this product's local service" if endpoint.region == OTHER else ""
    return SettingsError(f"DASHSCOPE_HTTP_BASE_URL is {endpoint.base_url}{what}, but DASHSCOPE_API_KEY is not set")


def _no_local_service(base_url: str, found: Identity) -> ServiceUnavailable:
    return ServiceUnavailable(
        f"no local service answers at {base_url} ({found.reason}); start one with `qa-pipeline serve` or `make up`"
    )


def _require_offered(settings: Settings, region: str) -> None:
    """Refuses a region that has none of the models that may be asked."""
    if region in UNVERIFIED_REGIONS:
        return
    asked = [(model, Ask("the recording", model.audio_forms[0], region=region)) for model in settings.possible_models]
    reasons = [refusal(model, ask) for model, ask in asked]
    if all(reasons):
        raise SettingsError(f"QA_REGION and QA_MODEL do not go together: {reasons[0]}; change one of the two")


def _local_access(settings: Settings, endpoint: Endpoint, key: str, health: Mapping[str, Any]) -> ServiceAccess:
    billing = Billing("local", f"local {recognizer_of(health)}", "local", account_id(endpoint.base_url, key))
    return ServiceAccess(endpoint, key, billing, _limits(settings, billing))


def _limits(settings: Settings, billing: Billing) -> RateLimits:
    """The settings' limits; where they name none, what is documented, and for the local service what it can do."""
    local = billing.engine_kind == "local"
    slowest = min(model.rate_limit(billing.region) for model in settings.possible_models)
    documented = LOCAL_REQUESTS_PER_MINUTE if local else float(slowest)
    per_minute = settings.requests_per_minute or documented
    burst = settings.submit_burst or (LOCAL_SUBMIT_BURST if local and settings.requests_per_minute is None else 1)
    return RateLimits(
        requests_per_minute=per_minute,
        submit_burst=max(1, min(burst, int(per_minute))),
        queries_per_second=settings.queries_per_second
        or (LOCAL_QUERIES_PER_SECOND if local else SERVICE_QUERIES_PER_SECOND),
        account=billing.account,
        state_path=settings.rate_limit_path,
        shared_pace=shared_pace(settings),
    )
