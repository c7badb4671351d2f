"""Settings of a test's own: none of the machine that it runs on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def forget_settings(patch: pytest.MonkeyPatch, config_folder: Path | None = None, **settings: object) -> None:
    """No setting but these, keys of qa.toml, which stand in the environment; `config_folder` gets an empty qa.toml that
    is the one in force."""
    for name in [name for name in os.environ if name.startswith(("QA_", "DASHSCOPE_"))]:
        patch.delenv(name)
    if config_folder is not None:
        begin_project(patch, config_folder)
    for key, value in settings.items():
        patch.setenv(f"QA_{key.upper()}", str(value))


def begin_project(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """An empty qa.toml in the folder, which is the one in force from then on."""
    (folder / "qa.toml").touch()
    patch.setenv("QA_CONFIG", str(folder / "qa.toml"))
