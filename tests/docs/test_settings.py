"""docs/settings.md lists every setting with its default and what is allowed, and nothing else."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import re
from pathlib import Path
from typing import Any, get_args

import annotated_types
import pytest

from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.transcription.models import MODELS
from tests.docs.markdown import PAGES, ROOT, page, table

DOCUMENTED = {row["key"]: row for row in table(page("docs/settings.md"), "key", "value", "default", "meaning")}
FIELDS = {name: field for name, field in Settings.model_fields.items() if not field.exclude}


def key_of(name: str) -> str:
    """The key under which a field is documented."""
    alias = FIELDS[name].validation_alias
    return name if alias is None else str(alias.choices[0])  # type: ignore[union-attr]


def shown(default: Any) -> str:
    """A default as the page writes it."""
    if default is None:
        return "not set"
    if isinstance(default, tuple):
        return ", ".join(map(str, default)) or "empty"
    if isinstance(default, bool):
        return str(default).lower()
    if dataclasses.is_dataclass(default):
        return "as shipped" if not isinstance(default, type) and default == type(default)() else repr(default)
    return default.isoformat() if isinstance(default, dt.date) else str(default)


def test_every_setting_is_listed_and_nothing_else() -> None:
    assert sorted(DOCUMENTED) == sorted(key_of(name) for name in FIELDS)


def test_the_defaults_are_those_in_the_code() -> None:
    written = {name: DOCUMENTED[key_of(name)]["default"] for name in FIELDS}
    assert written == {name: shown(field.default) for name, field in FIELDS.items()}


def test_every_allowed_value_and_every_bound_is_named() -> None:
    for name, field in FIELDS.items():
        value = DOCUMENTED[key_of(name)]["value"]
        named = set(re.findall(r"[\w.-]+", value))
        assert {item for item in get_args(field.annotation) if isinstance(item, str)} <= named, name
        for bound in field.metadata:
            match bound:
                case annotated_types.Ge(ge=low):
                    assert f"{low:g}" in named, name
                case annotated_types.Gt(gt=low):
                    assert f"above {low:g}" in value, name
                case annotated_types.Le(le=high):
                    assert f"{high:g}" in named, name
                case _:
                    pass


def test_every_model_is_named() -> None:
    named = DOCUMENTED["model"]["value"]
    assert all(f"`{name}`" in named for model in MODELS for name in (model.id, *model.aliases))


def test_every_variable_that_a_page_or_the_shipped_file_names_is_a_setting() -> None:
    others = {"QA_CONFIG", "QA_LOCAL_SERVICE_API_KEY", "QA_ALERT_LEADS_URL"}  # the last: a name that alerts.yaml gives
    known = others | {key if key.isupper() else f"QA_{key.upper()}" for key in DOCUMENTED}
    text = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
    assert set(re.findall(r"\b(?:QA|DASHSCOPE)_[A-Z_]+[A-Z]\b", text)) - known == set()


def test_a_list_in_the_environment_is_split_as_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_CONFIG", str(ROOT / "qa.toml"))
    monkeypatch.setenv("QA_LOCAL_REFERENCES", os.pathsep.join(["samples/recordings", "mine"]))
    assert load_settings().local_references == (ROOT / "samples/recordings", ROOT / "mine")
    assert "`QA_LOCAL_REFERENCES=samples/recordings:mine`" in page("docs/settings.md").read_text(encoding="utf-8")


def test_relative_paths_count_from_the_file_that_qa_config_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "other.toml"
    config.write_text('home = "state"\n', encoding="utf-8")
    monkeypatch.setenv("QA_CONFIG", str(config))
    monkeypatch.delenv("QA_HOME", raising=False)
    assert load_settings().home == tmp_path / "state"
