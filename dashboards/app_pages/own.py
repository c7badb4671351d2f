"""Where an agent begins: at the list of the own calls, which has an address of its own that links lead to."""

from __future__ import annotations

import streamlit as st

from dashboards.links import CALLS_PAGE

st.switch_page(CALLS_PAGE)
