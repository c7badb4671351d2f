"""Paths, wherever the pages are served."""

from __future__ import annotations

from starlette.types import Scope
from streamlit import config
from streamlit.url_util import make_url_path


def served_path(scope: Scope) -> str:
    """Without the base path that Streamlit may be served under."""
    base = "/" + str(config.get_option("server.baseUrlPath") or "").strip("/")
    path: str = scope["path"]
    return path.removeprefix(base) if base != "/" and path.startswith(f"{base}/") else path


def below_base(path: str) -> str:
    """A path of ours as a browser asks for it: below the base path that Streamlit may be served under."""
    return make_url_path(config.get_option("server.baseUrlPath") or "", path)
