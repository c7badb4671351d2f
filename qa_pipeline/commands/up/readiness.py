"""Whether Dagster and the dashboards are ready: asked of themselves."""

from __future__ import annotations

from typing import Any

import httpx

from qa_pipeline.processes.supervisor import ProgramFailed

ASK_TIMEOUT_S = 5.0
_STATE_OF_DAGSTER = """{
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }
  workspaceOrError { ... on Workspace { locationEntries {
    name loadStatus locationOrLoadError { __typename ... on PythonError { message } }
  } } }
}"""


def ask_dagster(url: str) -> dict[str, Any] | None:
    """What Dagster says of its daemon and code locations; None while it does not answer."""
    try:
        reply = httpx.post(f"{url}/graphql", json={"query": _STATE_OF_DAGSTER}, timeout=ASK_TIMEOUT_S, trust_env=False)
        data = reply.raise_for_status().json()["data"]
    except (httpx.HTTPError, ValueError, KeyError):
        return None
    return data if isinstance(data, dict) else None


def has_loaded(state: dict[str, Any] | None) -> bool:
    """Whether every code location is loaded.

    Raises:
        ProgramFailed: one cannot be; the message is Dagster's.
    """
    entries = (state or {}).get("workspaceOrError", {}).get("locationEntries") or []
    for entry in entries:
        loaded = entry.get("locationOrLoadError") or {}
        if loaded.get("__typename") == "PythonError":
            raise ProgramFailed(f"Dagster cannot load {entry.get('name')}: {loaded.get('message', '').strip()}")
    # no entries: the workspace is still being read
    return bool(entries) and all(entry.get("loadStatus") == "LOADED" for entry in entries)


def daemon_is_healthy(state: dict[str, Any] | None) -> bool:
    health = ((state or {}).get("instance") or {}).get("daemonHealth") or {}
    required = [status for status in health.get("allDaemonStatuses") or [] if status.get("required")]
    return bool(required) and all(status.get("healthy") for status in required)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=ASK_TIMEOUT_S, trust_env=False).is_success
    except httpx.HTTPError:
        return False
