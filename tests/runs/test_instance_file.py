"""What stands in dagster.yaml: ours, unless the user's own file says otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from qa_pipeline.object_storage.locations import BucketUrl
from qa_pipeline.runs.dagster_home import prepare_dagster_home
from qa_pipeline.runs.instance_file import instance_text
from qa_pipeline.settings import SettingsError, load_settings


def written(**overrides: Any) -> dict[str, Any]:
    return yaml.safe_load(instance_text(load_settings(**overrides)))


def with_workers(home: Path) -> dict[str, Any]:
    return {
        "home": home,
        "operations_url": "postgresql+psycopg://qa:secret@db/qa",
        "lake": BucketUrl("s3", "calls", "lake"),
        "raw_bucket": BucketUrl("s3", "calls", "raw"),
        "broker_url": "amqp://qa:secret@mq//",
    }


def test_each_top_level_key_of_the_users_file_goes_before_ours_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    own = tmp_path / "own.yaml"
    own.write_text("retention: {schedule: {purge_after_days: 365}}\n", encoding="utf-8")
    settings = load_settings(home=tmp_path, dagster_yaml=own)
    for _ in range(2):  # as often as something is started
        found = yaml.safe_load((prepare_dagster_home(settings) / "dagster.yaml").read_text(encoding="utf-8"))
        assert found["retention"] == {"schedule": {"purge_after_days": 365}}
    ours = written(home=tmp_path)
    assert {key: value for key, value in found.items() if key != "retention"} == {
        key: value for key, value in ours.items() if key != "retention"
    }


@pytest.mark.parametrize("text", ["- a list\n", "{", None], ids=["no settings", "not YAML", "no file"])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, text: str | None) -> None:
    own = tmp_path / "own.yaml"
    if text is not None:
        own.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"QA_DAGSTER_YAML names .*own\.yaml"):
        written(home=tmp_path, dagster_yaml=own)


def test_with_workers_the_storage_is_shared_and_no_password_is_written(tmp_path: Path) -> None:
    settings = load_settings(**with_workers(tmp_path))
    assert "secret" not in instance_text(settings)
    found = written(**with_workers(tmp_path))
    assert found["storage"]["custom"]["class"] == "SharedStorage"
    assert found["run_launcher"]["class"] == "SharedRunLauncher"
    assert found["run_retries"]["enabled"]
