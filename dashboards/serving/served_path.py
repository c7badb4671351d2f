"""The path that a request asks for, wherever the pages are served."""

from __future__ import annotations

from starlette.types import Scope
from streamlit import config


def served_path(scope: Scope) -> str:
    """Without the base path that Streamlit may be served under."""
    base = "/" + str(config.get_option("server.baseUrlPath") or "").strip("/")
    path: str = scope["path"]
    return path.removeprefix(base) if base != "/" and path.startswith(f"{base}/") else path
