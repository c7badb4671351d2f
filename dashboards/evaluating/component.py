"""Mounts the form on a page. What Streamlit hands over holds no answer: the form fetches all beside the page."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import streamlit as st

from dashboards.evaluating.labels import form_labels
from dashboards.evaluating.links import form_link
from dashboards.evaluating.wire import LONGEST_TEXT
from dashboards.serving.access import Viewer
from qa_pipeline.wording.languages import language

BROWSER = Path(__file__).with_name("browser")
PARTS = ("elements", "outbox", "watch", "question", "moments", "ending", "keys", "form", "mount")
"""Scripts in the order in which they make one module; only the last has anything to export."""

KEY = "evaluation_form"


def evaluation_form(viewer: Viewer, evaluation_id: str) -> None:
    """Draws the form, which stays as it is when the page runs again with the same evaluation. It asks for a run itself
    when its address has expired, and when the evaluation was submitted, released or given up."""
    html, css, js = _files()
    render = st.components.v2.component("qa_evaluation_form", html=html, css=css, js=js)
    render(
        key=KEY,
        data={
            "evaluation_id": evaluation_id,
            "link": form_link(viewer, evaluation_id),
            "who": hashlib.sha256(viewer.user.encode()).hexdigest()[:12],
            "language": language(),
            "labels": form_labels(),
            "longest": LONGEST_TEXT,
        },
        on_renew_change=lambda: None,
    )


@functools.cache
def _files() -> tuple[str, str, str]:
    js = "\n".join((BROWSER / f"{part}.js").read_text(encoding="utf-8") for part in PARTS)
    html, css = ((BROWSER / f"form.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
    return html, css, js
