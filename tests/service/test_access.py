"""Whose service answers, and at whose cost: a loopback address alone says neither."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qa_pipeline.errors import UserError
from qa_pipeline.service.access import engine_kind, offering_region, price_region, reach_service
from qa_pipeline.service.identity import identify
from qa_pipeline.settings import load_settings
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
    for name in [name for name in os.environ if name.startswith(("QA_", "DASHSCOPE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("QA_HOME", str(tmp_path / "home"))
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
