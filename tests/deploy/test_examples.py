"""The examples of deploy/ name images, settings and commands that exist; they are not run here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from qa_pipeline.cli import app
from qa_pipeline.settings import OFFICIAL_NAMES, Settings
from qa_pipeline.workers.queues import QUEUES
from tests.serving import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
MANIFESTS: list[dict[str, Any]] = list(
    yaml.safe_load_all((DEPLOY / "kubernetes" / "qa-pipeline.yaml").read_text(encoding="utf-8"))
)
OURS = [name for name, service in COMPOSE["services"].items() if service["image"] == "qa-pipeline"]
VARIABLES = {OFFICIAL_NAMES.get(key, f"QA_{key.upper()}") for key in Settings.model_fields} - {"QA_PROJECT_ROOT"}
OF_STORAGE = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"}
SERVICE_KEYS = {
    "image", "build", "init", "restart", "depends_on", "command", "environment", "ports", "volumes", "healthcheck",
    "stop_grace_period",
}  # fmt: skip
"""Of the Compose specification, those that the example uses."""


def containers() -> Iterator[dict[str, Any]]:
    for manifest in MANIFESTS:
        if manifest["kind"] == "Deployment":
            yield from manifest["spec"]["template"]["spec"]["containers"]


def commands() -> list[list[str]]:
    return [COMPOSE["services"][name]["command"] for name in OURS] + [found["args"] for found in containers()]


@pytest.mark.parametrize("arguments", commands(), ids=" ".join)
def test_every_command_exists_with_its_options(arguments: list[str]) -> None:
    name, *rest = arguments
    get_command(app).commands[name].make_context(name, list(rest))  # type: ignore[attr-defined]  # refuses what it has not
    if "--queues" in rest:
        assert set(rest[rest.index("--queues") + 1].split(",")) <= set(QUEUES)


def test_every_queue_has_a_worker() -> None:
    for found in (
        [COMPOSE["services"][name]["command"] for name in OURS],
        [item["args"] for item in containers()],
    ):
        served = [part for args in found if "--queues" in args for part in args[args.index("--queues") + 1].split(",")]
        assert sorted(served) == sorted(QUEUES)


def test_every_variable_is_a_setting() -> None:
    given = {name for service in OURS for name in COMPOSE["services"][service]["environment"]}
    [configuration] = [item for item in MANIFESTS if item["kind"] == "ConfigMap"]
    given |= set(configuration["data"])
    given |= {item["name"] for found in containers() for item in found.get("env", [])}
    assert given - OF_STORAGE <= VARIABLES
    text = (DEPLOY / "kubernetes" / "qa-pipeline.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\b(?:QA|DASHSCOPE)_[A-Z_]+\b", text)) <= VARIABLES


def test_the_env_file_holds_what_the_compose_file_asks_for_and_no_secret() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    lines = [line for line in (DEPLOY / "example.env").read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    values = dict(line.split("=", 1) for line in lines)
    assert set(values) == asked
    assert not any(value for name, value in values.items() if re.search("PASSWORD|KEY", name))


def test_the_services_use_keys_of_the_specification_and_volumes_that_are_declared() -> None:
    assert {key for key in COMPOSE if not key.startswith("x-")} <= {"name", "services", "volumes"}
    for service in COMPOSE["services"].values():
        assert set(service) <= SERVICE_KEYS
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])
        assert {volume.partition(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"])
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_secrets_are_named_and_never_written_and_no_pod_keeps_a_disk() -> None:
    for found in containers():
        assert {"secretRef": {"name": "qa-pipeline"}} in found["envFrom"]
        assert not any(re.search("URL|KEY|PASSWORD", item["name"]) for item in found.get("env", []))
    for manifest in MANIFESTS:
        if manifest["kind"] == "Deployment":
            spec = manifest["spec"]
            assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
            assert all("emptyDir" in volume for volume in spec["template"]["spec"]["volumes"])


def test_the_image_is_made_of_files_that_exist() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = [name for line in re.findall(r"^COPY (.+) \S+$", text, flags=re.MULTILINE) for name in line.split()]
    assert copied
    assert all(Path(ROOT, name).exists() for name in copied)
    assert (ROOT / COMPOSE["services"]["up"]["build"]["dockerfile"]).is_file()
