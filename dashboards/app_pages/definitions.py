"""What each figure means. `?metric=COLUMN` names one: its definition comes first, then its section."""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st

from dashboards.components import url_controls
from dashboards.markdown import plain
from qa_pipeline.conversation.catalogue import CATALOGUE, PAGE, SECTIONS, markdown_table

_LINK_TO_A_PAGE = re.compile(r"\[([^\]]+)\]\((?!https?://)[^)]*\)")
_DRAWING = re.compile(r"^```text .*$", re.MULTILINE)


def sections(page: Path) -> dict[str, str]:
    """The sections of docs/metrics.md as Markdown that needs no other page: rules and worked examples around the
    tables. An installation without docs has the tables alone.
    """
    if not page.is_file():
        return {section: markdown_table(section) for section in SECTIONS}
    parts = re.split(r"^## (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {
        name: _DRAWING.sub("```text", _LINK_TO_A_PAGE.sub(r"\1", text)).strip()
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def definitions_page(found: dict[str, str]) -> None:
    """One section at a time."""
    st.title("Definitions", anchor=False)
    names = list(found)
    asked = CATALOGUE.get(st.query_params.get("metric", ""))
    section = url_controls.choice("section", "Section", names, asked.section if asked else names[0])
    if asked and asked.section == section:
        st.info(f"**{plain(asked.label)}** (`{asked.column}`): {asked.definition}", icon=":material/function:")
    st.header(section, anchor=False)
    st.markdown(found[section])


definitions_page(sections(Path(__file__).resolve().parents[2] / PAGE))
