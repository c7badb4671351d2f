"""Puts a board on the page."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboards.board.figures import Part, as_data

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

HERE = Path(__file__).parent
SCRIPTS = ("elements.js", "charts.js", "board.js")
"""In the order in which they make one module; only the last has anything to export."""


def board(key: str, *parts: Part) -> None:
    """Draws the parts below each other; `key` is unique on the page. A click on a link opens its page."""
    _component()(key=key, data=as_data(*parts))


@functools.cache
def _component() -> ComponentRenderer:
    css = (HERE / "board.css").read_text(encoding="utf-8")
    js = "\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return st.components.v2.component("board", html='<div class="board"></div>', css=css, js=js)
