"""The glossary's former address, which bookmarks and messages may still hold: it leads to the same figure there."""

from __future__ import annotations

import streamlit as st

from dashboards.links import GLOSSARY_PAGE

st.switch_page(GLOSSARY_PAGE, query_params={name: st.query_params.get_all(name) for name in st.query_params})
