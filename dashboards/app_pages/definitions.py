"""What each figure means: formula, unit, thresholds, when it is missing, with examples. `?metric=COLUMN` names one."""

from __future__ import annotations

import streamlit as st

from dashboards.components import url_controls
from dashboards.definitions import Definitions, load_definitions
from dashboards.figures import label
from dashboards.wording import plain


def definitions_page(found: Definitions) -> None:
    """One section of docs/metrics.md at a time."""
    st.title("Definitions", anchor=False)
    if not found.sections:
        st.info(
            "This installation has no docs/metrics.md beside its dashboards; the project's docs folder holds it.",
            icon=":material/menu_book:",
        )
        return
    names = list(found.sections)
    asked = st.query_params.get("metric", "")
    default = found.section_of(asked) or names[0]
    section = url_controls.choice("section", "Section", names, default)
    column = found.columns.get(asked)
    if column is not None and column.section == section:
        st.info(f"**{plain(label(asked))}** (`{asked}`): {column.sentence}", icon=":material/function:")
    st.header(section, anchor=False)
    st.markdown(found.sections[section])
    st.caption("The examples are tests of the program: what is drawn is what is computed.")


definitions_page(load_definitions())
