"""Which service is used, with which key, at whose cost: settings turned into an endpoint and a client.

With neither a key nor a base URL the local service is used. It says where it listens in
`QA_HOME/local_service/service.json`, so that Dagster, the command line and the dashboards find the same one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from qa_pipeline.dashscope.client import DashScopeClient
from qa_pipeline.dashscope.rate_limit import RateLimits, account_id
from qa_pipeline.dashscope.regions import BadEndpoint, Endpoint, endpoint_for
from qa_pipeline.errors import UserError
from qa_pipeline.ledger.ledger import Billing
from qa_pipeline.local_service.address_file import ServiceAddressFile
from qa_pipeline.settings import Settings, SettingsError
from qa_pipeline.transcription.limits import Ask, refusal

SERVICE_QUERIES_PER_SECOND = 20.0
"""Documented for one main account: query, list and cancel together."""

LOCAL_REQUESTS_PER_MINUTE = 6000.0
LOCAL_QUERIES_PER_SECOND = 100.0
LOCAL_SUBMIT_BURST = 600
"""The local service counts by the minute only; the paid one also by the second, so there submits are spread."""

UNVERIFIED_REGION = "hongkong"
"""No page says which of the models this region has; it is left to the service to refuse."""

LOCAL_KEY = "local"
HEALTH_TIMEOUT_S = 3.0


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
    """'local' or 'dashscope', without asking any service."""
    return "local" if price_region(settings) == "local" else "dashscope"


def price_region(settings: Settings) -> str:
    """The region whose price applies, 'local' where nothing is paid; asks no service."""
    endpoint = _endpoint(settings)
    return "local" if endpoint is None or endpoint.is_local else endpoint.region


def reach_service(settings: Settings) -> ServiceAccess:
    """Finds the service that the settings name and, when it is a local one, asks whether it is there.

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
        return _local_access(settings, endpoint_for(address.base_url), address.api_key or LOCAL_KEY)
    if endpoint.is_local:
        key = settings.api_key.get_secret_value() if settings.api_key else LOCAL_KEY
        return _local_access(settings, endpoint, key)
    if settings.api_key is None:
        raise SettingsError(f"DASHSCOPE_HTTP_BASE_URL is {endpoint.base_url}, but DASHSCOPE_API_KEY is not set")
    key = settings.api_key.get_secret_value()
    billing = Billing("dashscope", f"dashscope {endpoint.region}", endpoint.region, account_id(endpoint.base_url, key))
    return ServiceAccess(endpoint, key, billing, _limits(settings, billing), settings.workspace_id)


def local_health(base_url: str) -> dict[str, Any]:
    """What a local service says of itself.

    Raises:
        ServiceUnavailable: nothing, or something else, answers there.
    """
    root = base_url.removesuffix("/api/v1")
    try:
        reply = httpx.get(f"{root}/healthz", timeout=HEALTH_TIMEOUT_S, trust_env=False)
        health = reply.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise ServiceUnavailable(
            f"no local service answers at {base_url} ({error}); start one with `qa-pipeline serve` or `make up`"
        ) from error
    return dict(health)


def recognizer_of(health: Mapping[str, Any]) -> str:
    """The name of the recognizer behind a local service, from what it says of itself."""
    recognizer = health.get("recognizer")
    return str(recognizer.get("name", "unknown") if isinstance(recognizer, Mapping) else recognizer or "unknown")


def _endpoint(settings: Settings) -> Endpoint | None:
    """The endpoint the settings name; None for this QA_HOME's own local service."""
    if settings.uses_local_service:
        return None
    try:
        endpoint = endpoint_for(settings.base_url or settings.region)
    except BadEndpoint as error:
        raise SettingsError(str(error)) from error
    _require_offered(settings, endpoint.region)
    return endpoint


def _require_offered(settings: Settings, region: str) -> None:
    """Refuses a region that has none of the models that may be asked."""
    if region == UNVERIFIED_REGION:
        return
    asked = [(model, Ask("the recording", model.audio_forms[0], region=region)) for model in settings.possible_models]
    reasons = [refusal(model, ask) for model, ask in asked]
    if all(reasons):
        raise SettingsError(f"QA_REGION and QA_MODEL do not go together: {reasons[0]}; change one of the two")


def _local_access(settings: Settings, endpoint: Endpoint, key: str) -> ServiceAccess:
    recognizer = recognizer_of(local_health(endpoint.base_url))
    billing = Billing("local", f"local {recognizer}", "local", account_id(endpoint.base_url, key))
    return ServiceAccess(endpoint, key, billing, _limits(settings, billing))


def _limits(settings: Settings, billing: Billing) -> RateLimits:
    """The settings' limits; where they name none, what is documented, and for the local service what it can do."""
    local = billing.engine_kind == "local"
    slowest = min(model.requests_per_minute for model in settings.possible_models)
    documented = LOCAL_REQUESTS_PER_MINUTE if local else float(slowest)
    per_minute = settings.requests_per_minute or documented
    burst = settings.submit_burst or (LOCAL_SUBMIT_BURST if local and settings.requests_per_minute is None else 1)
    return RateLimits(
        requests_per_minute=per_minute,
        submit_burst=max(1, min(burst, int(per_minute))),
        queries_per_second=settings.queries_per_second
        or (LOCAL_QUERIES_PER_SECOND if local else SERVICE_QUERIES_PER_SECOND),
        account=billing.account,
        state_path=settings.home / "rate_limits",
    )
