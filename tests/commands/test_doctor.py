"""`qa-pipeline doctor`: each thing that can be wrong is named with the way out, and the key is never shown."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from qa_pipeline.local_service import ServiceConfig, start_local_service
from tests.commands.conftest import Typed
from tests.scenario import publish_snapshot  # type: ignore[import-not-found]

SECRET = "sk-0123456789abcdef"


def levels(text: str) -> dict[str, str]:
    return {finding["name"]: finding["level"] for finding in json.loads(text)}


def test_a_fresh_machine_has_warnings_and_no_failure(typed: Typed) -> None:
    done = typed("doctor")
    assert done.code == 0, done.out
    assert "landing zone" in done.out
    assert "QA_RECORDINGS" in done.out
    assert "make demo" in done.out
    assert "FAIL" not in done.out


def test_a_missing_folder_and_an_old_snapshot_are_warnings_in_json_too(typed: Typed) -> None:
    found = levels(typed("doctor", "--json").out)
    assert found["landing zone"] == "warn"
    assert found["snapshot"] == "warn"
    assert found["ledger"] == "ok"


def test_the_key_is_never_shown(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    with start_local_service(ServiceConfig(api_key="another")) as service:
        monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", service.base_url)
        monkeypatch.setenv("DASHSCOPE_API_KEY", SECRET)
        done = typed("doctor")
    assert done.code == 1
    assert SECRET not in done.out + done.err
    assert "19 characters" in done.out
    assert "refuses the key" in done.out
    assert "region" in done.out


def test_a_service_that_takes_the_key_is_well(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    with start_local_service(ServiceConfig(api_key=SECRET)) as service:
        monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", service.base_url)
        monkeypatch.setenv("DASHSCOPE_API_KEY", SECRET)
        found = levels(typed("doctor", "--json").out)
    assert found["service"] == "ok"


def test_a_service_that_is_not_there_fails(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", "http://127.0.0.1:9/api/v1")
    done = typed("doctor")
    assert done.code == 1
    assert "127.0.0.1:9" in done.out


def test_a_damaged_ledger_and_a_damaged_snapshot_fail(typed: Typed, home: Path) -> None:
    home.mkdir(parents=True)
    (home / "operations.sqlite").write_bytes(b"this is no database, and was never one" * 100)
    (home / "qa.duckdb").write_bytes(b"neither is this")
    done = typed("doctor", "--json")
    assert done.code == 1
    assert levels(done.out)["ledger"] == "fail"
    assert levels(done.out)["snapshot"] == "fail"


def test_a_good_home_is_well(typed: Typed, home: Path) -> None:
    publish_snapshot(home)
    found = levels(typed("doctor", "--json").out)
    assert found["snapshot"] in ("ok", "warn")
    with sqlite3.connect(home / "operations.sqlite") as connection:
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
