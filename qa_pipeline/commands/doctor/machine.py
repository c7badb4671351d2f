"""What `qa-pipeline doctor` says of this machine: versions, settings, folders and ports."""

from __future__ import annotations

import datetime as dt
import difflib
import os
import platform
import shutil
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import av
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from qa_pipeline import __version__
from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.local_service.config import API_KEY_VARIABLE, OPENAI_KEY_VARIABLE
from qa_pipeline.local_service.recognizers.openai_requests import shown_address
from qa_pipeline.processes.ports import BadHost, is_free
from qa_pipeline.settings import OFFICIAL_NAMES, Settings, changed_from_default, find_config

LEAST_FREE_BYTES = 2 * 1024**3
"""Below this a day of calls may not fit: raw JSON, warehouse and snapshots are copies of each other."""


OTHER_VARIABLES = {"QA_CONFIG", API_KEY_VARIABLE, OPENAI_KEY_VARIABLE}
"""Variables that begin like settings and are none."""


VERSIONS = ("dagster", "duckdb", "pandas", "streamlit", "httpx", "av")


def versions(_settings: Settings) -> Iterator[Finding]:
    """The versions of what is installed, and what is missing."""
    codec = ".".join(map(str, av.library_versions["libavcodec"]))
    found = {name: _version(name) for name in VERSIONS}
    packages = ", ".join(f"{name} {number}" for name, number in found.items() if number)
    text = f"qa-pipeline {__version__}, Python {platform.python_version()}, {packages}, FFmpeg's libavcodec {codec}"
    yield Finding("versions", Level.OK, text)
    if missing := [name for name, number in found.items() if not number]:
        fix = "install what requirements.lock names (`make demo` does)"
        yield Finding("versions", Level.FAIL, f"not installed: {', '.join(missing)}", fix)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def settings_in_force(settings: Settings) -> Iterator[Finding]:
    """Where settings come from, their values without secrets, and variables that are none."""
    config = find_config()
    where = str(config) if config.is_file() else f"no {config.name} at {config.parent}"
    sources = _sources(config)
    given = ", ".join(f"{key} = {_shown(settings, key)} ({source})" for key, source in sorted(sources.items()))
    yield Finding("settings", Level.OK, f"{where}; given: {given or 'nothing'}; the rest are defaults")
    known = {f"QA_{key.upper()}" for key in Settings.model_fields if key not in OFFICIAL_NAMES} | OTHER_VARIABLES
    for name in sorted(name for name in os.environ if name.startswith("QA_") and name.upper() not in known):
        like = difflib.get_close_matches(name.upper(), known, n=1)
        fix = f"did you mean {like[0]}?" if like else "docs/settings.md lists the settings; unset it"
        yield Finding("settings", Level.WARN, f"unknown setting {name}", fix)
    now = dt.datetime.now(settings.tz)
    yield Finding("time zone", Level.OK, f"{settings.timezone}: it is {now:%Y-%m-%d %H:%M} there")


def _sources(config: Path) -> dict[str, str]:
    """Setting's key → where its value comes from, for the settings that are given anywhere."""
    in_file = tomllib.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
    sources = dict.fromkeys(in_file, config.name)
    given = {name.upper() for name, value in os.environ.items() if value}
    for key in Settings.model_fields:
        variable = OFFICIAL_NAMES.get(key, f"QA_{key.upper()}")
        if variable in given:
            sources[key] = variable
    return sources


def _shown(settings: Settings, key: str) -> str:
    """A setting's value without what is secret in it."""
    value = getattr(settings, key)
    if isinstance(value, SecretStr):
        return "set, not shown"
    if key == "openai_base_url":
        return shown_address(value)
    if key in ("operations_url", "lake_catalog", "dagster_url", "broker_url"):
        return make_url(value).render_as_string(hide_password=True)
    if key in ("acoustics", "metrics"):
        return ", ".join(f"{name} {threshold}" for name, threshold in changed_from_default(value).items())
    return ":".join(map(str, value)) if isinstance(value, tuple) else str(value)


def folders(settings: Settings) -> Iterator[Finding]:
    """Whether QA_HOME can be written, and how much room is left."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe = settings.home / f".doctor-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        fix = "make it writable or set QA_HOME to another folder"
        yield Finding("home", Level.FAIL, f"{settings.home} can't be written: {error.strerror}", fix)
        return
    yield Finding("home", Level.OK, f"{settings.home} is writable")
    free = shutil.disk_usage(settings.home).free
    text = f"{free / 1024**3:,.1f} GiB free at {settings.home}"
    if free < LEAST_FREE_BYTES:
        yield Finding("disk", Level.WARN, text, "free some, or move QA_HOME")
    else:
        yield Finding("disk", Level.OK, text)


def ports(settings: Settings) -> Iterator[Finding]:
    """Which ports the programs of `up` would take."""
    ports = {"Dagster": settings.dagster_port, "dashboards": settings.dashboards_port}
    if settings.uses_local_service:
        ports["local service"] = settings.local_service_port
    fixed = {name: port for name, port in ports.items() if port}
    if not fixed:
        yield Finding("ports", Level.OK, "any that are free")
        return
    try:
        taken = [f"{name} {port}" for name, port in fixed.items() if not is_free(settings.host, port)]
    except BadHost as error:
        yield Finding("ports", Level.FAIL, str(error), "set QA_HOST to an address of this machine")
        return
    if taken:
        yield Finding("ports", Level.OK, f"in use: {', '.join(taken)} (`make up` takes the next free ones)")
    else:
        yield Finding("ports", Level.OK, ", ".join(f"{name} {port}" for name, port in fixed.items()) + " are free")
