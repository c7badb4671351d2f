"""Figures with their names, and beside each the way to its definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboards.markdown import plain
from qa_pipeline.wording.definitions import definition, name
from qa_pipeline.wording.figures import figure

GLOSSARY_PAGE = "app_pages/glossary.py"


def heading(column: str) -> None:
    """A figure's name as a link to its definition, which also shows when the pointer rests on it."""
    st.page_link(
        GLOSSARY_PAGE,
        label=f":primary[{plain(name(column))}]",
        query_params={"metric": column},
        help=definition(column),
    )


def of_call(columns: Sequence[str], metrics: Mapping[str, Any]) -> None:
    """Figures of one call, each with its name above it."""
    with st.container(key="figures"), st.grid(min_column_width=150):
        for column in columns:
            with st.container(gap=None):
                heading(column)
                st.text(figure(column, metrics[column], metrics.get(f"{column}_unit")))
