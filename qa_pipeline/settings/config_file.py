"""qa.toml itself: where it is found, and what is said of what is wrong in it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from pydantic import ValidationError

from qa_pipeline.errors import WrongUse

CONFIG_NAME = "qa.toml"

_NEVER_SHOWN = frozenset(
    {"operations_url", "lake_catalog", "dagster_url", "broker_url", "DASHSCOPE_API_KEY", "QA_OPENAI_API_KEY"}
)
"""Settings that can hold a password."""


_KEYS = {
    "API_KEY": "DASHSCOPE_API_KEY",
    "DASHSCOPE_API_KEY": "DASHSCOPE_API_KEY",
    "OPENAI_API_KEY": "QA_OPENAI_API_KEY",
    "QA_OPENAI_API_KEY": "QA_OPENAI_API_KEY",
}
"""What somebody may write into qa.toml for a key, and the variable it belongs in."""


OFFICIAL_NAMES = {
    "api_key": "DASHSCOPE_API_KEY",
    "base_url": "DASHSCOPE_HTTP_BASE_URL",
    "workspace_id": "DASHSCOPE_WORKSPACE_ID",
    "sdk_base_url": "DASHSCOPE_BASE_URL",
    "sdk_workspace": "DASHSCOPE_WORKSPACE",
    "sdk_region": "DASHSCOPE_REGION",
    "openai_api_key": "QA_OPENAI_API_KEY",
}
"""Fields whose variable is not QA_ and their name."""


class SettingsError(WrongUse):
    """A setting is wrong; the message names the key, the value and what is allowed."""


def find_config() -> Path:
    """The qa.toml to read: `QA_CONFIG`, else in the current folder, else beside the package."""
    named = os.environ.get("QA_CONFIG")
    if named:
        return Path(named).absolute()
    here = Path.cwd() / CONFIG_NAME
    return here if here.is_file() else Path(__file__).resolve().parents[2] / CONFIG_NAME


def refuse_key_in_file(config: Path) -> None:
    """A key in a file ends up in a repository; it is not even read from there.

    Raises:
        SettingsError: the file holds one; the message says where it belongs.
    """
    if not config.is_file():
        return
    written = tomllib.loads(config.read_text(encoding="utf-8"))
    for name in {key.upper() for key in written} & set(_KEYS):
        raise SettingsError(
            f"{config} contains the {'recognizer' if 'OPENAI' in name else 'service'}'s key; API keys belong in the "
            f"environment: remove it from this file and set {_KEYS[name]}; make a new key if anybody else has seen it"
        )


def explain(error: ValidationError, config: Path) -> str:
    """One line that names each setting that is wrong, its value (unless it may hold a password) and the reason."""
    official = set(OFFICIAL_NAMES.values())
    lines = []
    for item in error.errors(include_url=False, include_context=False):
        key = ".".join(str(part) for part in item["loc"])
        name = key if key in official else f"QA_{key.upper()} (or {key} in {config.name})"
        if item["type"] == "extra_forbidden":
            lines.append(f"unknown setting {key!r} in {config}; docs/settings.md lists them")
            continue
        reason = item["msg"].removeprefix("Value error, ")
        value = "" if key in _NEVER_SHOWN else f" is {item['input']!r}"
        lines.append(f"{name}{value}: {reason}")
    return "; ".join(lines)
