"""Mounts the instrument on a page. What Streamlit hands over is small; everything else is fetched beside the page."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

BROWSER = Path(__file__).with_name("browser")
PARTS = (
    "call", "outline", "painting", "board", "find", "search_bar", "rows", "transcript", "findings", "sound", "keys",
    "dock", "beside", "unmask", "mount",
)  # fmt: skip
"""Scripts in the order in which they make one module; only the last has anything to export."""

KEY = "instrument"


@dataclass(frozen=True, slots=True)
class Shown:
    """What one mounting needs besides the call itself.

    `link` is the address below which the call's data are fetched, `sound` that of its sound, None where there is none;
    `silence` then says why. Hits of the search `asked` are marked from the start; `at_s` is where to open. `is_beside`
    says that something else stands beside it, so that there is less room. `unmask` is for people who may see or hear
    what was masked: `link` is where to ask for it, `may` which of text, sound and export.
    """

    call_id: str
    link: str
    sound: str | None
    silence: str
    at_s: float | None
    asked: str
    labels: dict[str, Any]
    looks: dict[str, Any]
    is_beside: bool = False
    unmask: dict[str, Any] | None = None


def instrument(shown: Shown) -> None:
    """Draws the instrument, which stays as it is when the page runs again with the same call. It asks for a run itself
    only when an address has expired."""
    html, css, js = _files()
    render = st.components.v2.component("qa_call_instrument", html=html, css=css, js=js)
    render(
        key=KEY,
        data={name: getattr(shown, name) for name in Shown.__slots__},
        on_renew_change=lambda: None,
    )


@functools.cache
def _files() -> tuple[str, str, str]:
    js = "\n".join((BROWSER / f"{part}.js").read_text(encoding="utf-8") for part in PARTS)
    html, css = ((BROWSER / f"instrument.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
    return html, css, js
