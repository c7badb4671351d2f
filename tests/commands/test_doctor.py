"""`qa-pipeline doctor`: each thing that can be wrong is named with the way out, and the key is never shown."""

from __future__ import annotations

import json
import socket
import sqlite3
from pathlib import Path

import pytest

from qa_pipeline.ledger.read_days import note_read
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.local_service import ServiceConfig
from qa_pipeline.privacy.policy import RedactionPolicy
from qa_pipeline.service.local_process import local_service, start_local_service
from qa_pipeline.settings import load_settings
from tests import scenario
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


def test_a_key_that_lives_for_minutes_is_named(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "st-0123456789")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")  # nothing may leave this machine
    done = typed("doctor")
    assert "a temporary key, valid for 30 minutes at most" in done.out
    assert "st-0123456789" not in done.out + done.err


def test_two_variables_that_contradict_each_other_are_named(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", SECRET)
    monkeypatch.setenv("QA_REGION", "singapore")
    monkeypatch.setenv("DASHSCOPE_REGION", "cn-beijing")
    done = typed("doctor")
    assert done.code == 1
    assert "QA_REGION is singapore and DASHSCOPE_REGION is cn-beijing" in done.out


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


def findings(text: str, name: str) -> list[dict[str, str]]:
    return [finding for finding in json.loads(text) if finding["name"] == name]


def test_settings_are_told_with_where_they_come_from_and_without_secrets(
    typed: Typed, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "qa.toml"
    config.write_text('timezone = "Asia/Shanghai"\nlanguage = "zh"\n', encoding="utf-8")
    monkeypatch.setenv("QA_CONFIG", str(config))
    monkeypatch.setenv("QA_LANGUAGE", "yue")
    monkeypatch.setenv("QA_OPERATIONS_URL", f"postgresql://qa:{SECRET}@127.0.0.1:9/qa")
    monkeypatch.setenv("DASHSCOPE_HTTP_BASE_URL", "http://127.0.0.1:9/api/v1")
    monkeypatch.setenv("DASHSCOPE_API_KEY", SECRET)
    done = typed("doctor", "--json")
    detail = findings(done.out, "settings")[0]["detail"]
    for part in (
        str(config),
        "timezone = Asia/Shanghai (qa.toml)",
        "language = yue (QA_LANGUAGE)",
        f"home = {home} (QA_HOME)",
        "operations_url = postgresql://qa:***@127.0.0.1:9/qa (QA_OPERATIONS_URL)",
        "api_key = set, not shown (DASHSCOPE_API_KEY)",
    ):
        assert part in detail
    assert SECRET not in done.out + done.err
    assert findings(done.out, "ledger")[0]["level"] == "fail"


def test_a_misspelt_setting_is_noticed(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_RECORDING", "/somewhere")
    monkeypatch.setenv("QA_LOCAL_SERVICE_API_KEY", "x")
    done = typed("doctor", "--json")
    warned = [finding for finding in findings(done.out, "settings") if finding["level"] == "warn"]
    assert [(item["detail"], item["fix"]) for item in warned] == [
        ("unknown setting QA_RECORDING", "did you mean QA_RECORDINGS?")
    ]


def test_a_key_that_cannot_be_one_fails_and_is_not_shown(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-01 23")
    done = typed("doctor")
    assert done.code == 1
    assert "DASHSCOPE_API_KEY has characters that a key or id cannot have" in done.out
    assert "sk-01" not in done.out + done.err


def test_a_host_that_is_not_of_this_machine_fails(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_HOST", "192.0.2.1")
    monkeypatch.setenv("QA_DAGSTER_PORT", "3000")
    done = typed("doctor", "--json")
    assert (done.code, levels(done.out)["ports"]) == (1, "fail")


def test_ports_in_use_are_named(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("QA_DASHBOARDS_PORT", str(other.getsockname()[1]))
        done = typed("doctor", "--json")
        assert f"dashboards {other.getsockname()[1]}" in findings(done.out, "ports")[0]["detail"]
    assert done.code == 0


def test_a_running_local_service_is_told(typed: Typed, home: Path) -> None:
    assert "not running" in findings(typed("doctor", "--json").out, "service")[0]["detail"]
    with local_service(load_settings()) as note:
        assert note is not None
        assert note.base_url in findings(typed("doctor", "--json").out, "service")[0]["detail"]


def test_a_home_that_cannot_be_written_fails(typed: Typed, home: Path) -> None:
    home.write_text("a file where the folder should be")
    done = typed("doctor")
    assert done.code == 1
    assert f"{home} can't be written" in done.out
    assert "set QA_HOME to another folder" in done.out


def test_days_that_another_redaction_has_read_are_named_with_the_command(
    typed: Typed, snapshot: Path, home: Path
) -> None:
    engine = open_operations(f"sqlite:///{home / 'operations.sqlite'}")
    note_read(engine, [scenario.DAY_1, scenario.DAY_2], "1-of-before")
    note_read(engine, [scenario.DAY_1], RedactionPolicy().version)
    said = typed("doctor").out
    assert "texts of 2 days (from 2025-09-02 to 2025-09-03) were read before redaction" in said
    assert "qa-pipeline run --from 2025-09-02 --to 2025-09-03" in said
    note_read(engine, [scenario.DAY_2, scenario.DAY_3], RedactionPolicy().version)
    engine.dispose()
    assert levels(typed("doctor", "--json").out)["redaction"] == "ok"
