"""Whose service answers, and at whose cost: a loopback address alone says neither."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_pipeline.errors import UserError
from qa_pipeline.service.access import engine_kind, offering_region, price_region, reach_service
from qa_pipeline.service.identity import identify
from qa_pipeline.settings import SettingsError, load_settings
from tests.own_settings import forget_settings
from tests.service.gateway import RECORDED, gateway

GATEWAYS = {
    "without /healthz": None,
    "healthy": '{"status": "ok"}',
    "a page for every path": "<!doctype html><title>one-api</title>",
    "an old or recorded answer of the local service": RECORDED,
    "an echo": "echo",
    "a list": "[1, 2]",
    "JSON nested without end": "[" * 100_000,
    "more than any health is": "x" * 1_000_000,
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    forget_settings(monkeypatch, home=tmp_path / "home")
    return tmp_path / "home"


@pytest.mark.parametrize("health", GATEWAYS.values(), ids=GATEWAYS)
def test_a_gateway_on_loopback_is_the_paid_service_at_list_price(
    health: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gateway(health) as there:
        monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", there.base_url)
        monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-paid")
        monkeypatch.setenv("QA_REGION", "singapore")
        settings = load_settings()
        access = reach_service(settings)
        assert (access.billing.engine_kind, access.billing.region) == ("dashscope", "singapore")
        assert access.billing.engine == f"dashscope singapore via {there.base_url[7:-7]}"
        assert (engine_kind(settings), price_region(settings)) == ("dashscope", "singapore")
        assert there.sent == [], "no key and no recording goes out to find that out"


def test_the_local_service_is_known_at_any_address_that_leads_to_it(
    service_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in (service_url, service_url.replace("127.0.0.1", "localhost")):
        monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", url)
        settings = load_settings()
        assert reach_service(settings).billing.engine == "local reference"
        assert (engine_kind(settings), price_region(settings)) == ("local", "local")


def test_what_the_local_service_did_counts_while_it_is_off_and_nothing_is_called_free(
    home: Path, service_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", service_url)
    reach_service(load_settings())
    known = home / "local_service" / "known_addresses.json"
    with gateway("{}") as there:
        known.write_text(known.read_text().replace(service_url, there.base_url))
        monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", there.base_url)
        assert engine_kind(load_settings()) == "dashscope", "what answers there now decides"
    assert engine_kind(load_settings()) == "local"
    assert price_region(load_settings()) == "beijing"


def test_an_address_where_nothing_listens_is_the_paid_service(monkeypatch: pytest.MonkeyPatch) -> None:
    with gateway() as there:
        pass
    monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", there.base_url)
    with pytest.raises(UserError, match="no local service answers at"):
        reach_service(load_settings())
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-paid")
    assert engine_kind(load_settings()) == reach_service(load_settings()).billing.engine_kind == "dashscope"


def test_a_gateway_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with gateway() as there:
        monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", there.base_url)
        with pytest.raises(UserError, match="not this product's local service, but DASHSCOPE_API_KEY is not set"):
            reach_service(load_settings())


def test_a_gateway_may_have_any_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-paid")
    monkeypatch.setenv("QA_REGION", "us")
    with pytest.raises(UserError, match="QA_REGION and QA_MODEL do not go together"):
        offering_region(load_settings())
    monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", "http://127.0.0.1:9/api/v1")
    assert offering_region(load_settings()) is None


def test_only_a_proof_made_for_this_question_counts() -> None:
    with gateway(RECORDED) as there:
        found = identify(there.base_url)
    assert (found.is_local_service, found.answers) == (False, True)


WS = "https://ws-7.ap-southeast-1.maas.aliyuncs.com/api/v1"
NAMED: dict[str, tuple[dict[str, str], str, str]] = {
    "the host alone": (
        {"DASHSCOPE_BASE_URL": "https://dashscope-intl.aliyuncs.com"},
        "https://dashscope-intl.aliyuncs.com/api/v1",
        "singapore",
    ),
    "with the path": ({"DASHSCOPE_BASE_URL": f"{WS}/"}, WS, "singapore"),
    "the same twice": ({"DASHSCOPE_BASE_URL": WS, "DASHSCOPE_HTTP_BASE_URL": WS}, WS, "singapore"),
    "a region": ({"DASHSCOPE_REGION": "ap-southeast-1"}, "https://dashscope-intl.aliyuncs.com/api/v1", "singapore"),
    "a workspace": (
        {"DASHSCOPE_WORKSPACE": "ws-7"}, "https://ws-7.cn-beijing.maas.aliyuncs.com/api/v1", "beijing"
    ),
    "a workspace of a region": ({"DASHSCOPE_WORKSPACE": "ws-7", "QA_REGION": "singapore"}, WS, "singapore"),
    "a region of workspaces": (
        {"QA_REGION": "frankfurt", "DASHSCOPE_WORKSPACE_ID": "ws-7"},
        "https://ws-7.eu-central-1.maas.aliyuncs.com/api/v1",
        "frankfurt",
    ),
    "Tokyo": (
        {"DASHSCOPE_REGION": "ap-northeast-1", "DASHSCOPE_WORKSPACE": "ws-7"},
        "https://ws-7.ap-northeast-1.maas.aliyuncs.com/api/v1",
        "tokyo",
    ),
    "the platform": (
        {"DASHSCOPE_BASE_URL": "https://maas.qianwenaiapi.com"}, "https://maas.qianwenaiapi.com/api/v1", "beijing"
    ),
}  # fmt: skip
CONTRADICTIONS: dict[str, tuple[dict[str, str], str]] = {
    "two addresses": (
        {"DASHSCOPE_BASE_URL": WS, "DASHSCOPE_HTTP_BASE_URL": "https://dashscope.aliyuncs.com/api/v1"},
        "DASHSCOPE_HTTP_BASE_URL is .* and DASHSCOPE_BASE_URL is",
    ),
    "two workspaces": ({"DASHSCOPE_WORKSPACE": "ws-7", "DASHSCOPE_WORKSPACE_ID": "ws-8"}, "DASHSCOPE_WORKSPACE_ID is"),
    "two regions": ({"DASHSCOPE_REGION": "cn-beijing", "QA_REGION": "singapore"}, "QA_REGION is singapore"),
    "a region and an address": ({"DASHSCOPE_REGION": "cn-beijing", "DASHSCOPE_BASE_URL": WS}, "DASHSCOPE_REGION is"),
    "a region that is not": ({"DASHSCOPE_REGION": "mars"}, "not a region such as cn-beijing"),
    "no workspace": ({"QA_REGION": "tokyo"}, "has only hosts of workspaces"),
    "a workspace that is not": ({"DASHSCOPE_WORKSPACE": "evil.example/"}, "not the id of a workspace"),
}


@pytest.mark.parametrize(("variables", "base_url", "region"), NAMED.values(), ids=NAMED)
def test_the_variables_of_the_official_client_are_honoured(
    variables: dict[str, str], base_url: str, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"DASHSCOPE_API_KEY": "sk-paid", **variables}.items():
        monkeypatch.setenv(name, value)
    access = reach_service(load_settings())
    assert (access.endpoint.base_url, access.billing.region) == (base_url, region)
    workspace = variables.get("DASHSCOPE_WORKSPACE", variables.get("DASHSCOPE_WORKSPACE_ID"))
    assert access.workspace_id == workspace


@pytest.mark.parametrize(("variables", "reason"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_two_variables_that_contradict_each_other_send_the_key_nowhere(
    variables: dict[str, str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"DASHSCOPE_API_KEY": "sk-paid", **variables}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=reason):
        reach_service(load_settings())


def test_an_address_in_the_newer_variable_leads_away_from_the_local_service(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().uses_local_service
    monkeypatch.setenv("DASHSCOPE_BASE_URL", "https://dashscope.aliyuncs.com")
    assert not load_settings().uses_local_service
