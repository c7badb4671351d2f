"""The document around a page: its language, its style, and the title of its browser tab."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal

import streamlit as st

from dashboards.language import COOKIE, chosen
from dashboards.markdown import plain
from dashboards.palette import QUIET_TEXT
from qa_pipeline.wording.languages import BCP47, ENGLISH, language, t, to_translate

PRODUCT = "Call QA"
_HERE = Path(__file__).parent

STREAMLITS_WORDS = (
    to_translate("Press Enter to apply"),
    to_translate("Press Ctrl+Enter to apply"),
    to_translate("Press ⌘+Enter to apply"),
    to_translate("No results"),
    to_translate("Select all"),
    to_translate("Upload"),
    to_translate("{size} per file"),
    to_translate("System"),
    to_translate("Light"),
    to_translate("Dark"),
    to_translate("Print"),
    to_translate("Record screen"),
)
"""What widgets and the menu of Streamlit say, which knows English only."""


def frame() -> None:
    """Puts style and script on the page; neither ever holds data."""
    st.html(_style())
    render = st.components.v2.component("qa_document", js=_script())
    code = chosen()
    render(
        key="document",
        data={
            "language": BCP47[language()],
            "skip": t("Skip to main content"),
            "words": {} if language() == ENGLISH else {word: t(word) for word in STREAMLITS_WORDS},
            "cookie": {"name": COOKIE, "value": code} if code else None,
        },
        height=1,
    )


def title(text: str, *, width: Literal["stretch", "content"] = "stretch") -> None:
    """The page's heading, which is also what its browser tab says; `text` is shown as it is, never as Markdown."""
    st.set_page_config(page_title=f"{text} · {PRODUCT}")
    st.title(plain(text), anchor=False, width=width)


@functools.cache
def _script() -> str:
    return (_HERE / "document.js").read_text(encoding="utf-8")


@functools.cache
def _style() -> str:
    quiet = f".stApp {{--qa-quiet-text: light-dark({QUIET_TEXT['light']}, {QUIET_TEXT['dark']});}}"
    return f"<style>\n{quiet}\n{(_HERE / 'style.css').read_text(encoding='utf-8')}</style>"
