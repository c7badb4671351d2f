"""Figures with their names, and beside each the way to its definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboards.figures import Mean
from dashboards.markdown import plain
from qa_pipeline.wording.definitions import definition, name
from qa_pipeline.wording.figures import figure
from qa_pipeline.wording.languages import t, tn

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


def mean_line(column: str, mean: Mean | None) -> str:
    """Markdown of a mean, its interval and how many calls it is of."""
    if mean is None:
        return f":gray[{t('no call of these dates has it')}]"
    span = mean.interval(column)
    reach = f"{plain(span)}, " if span else ""
    return f"**{plain(mean.shown(column))}** :gray[{reach}{tn('{n} call', '{n} calls', mean.n)}]"
