"""The dashboards' frame and router: `streamlit run dashboards/app.py` from the project's root."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboards.language import language_of_reader, remember
from dashboards.shell.document import frame
from qa_pipeline.wording.languages import ask_for_language, t

HERE = Path(__file__).parent


def main() -> None:
    """Sets the frame up and runs the page that the URL names."""
    ask_for_language(language_of_reader)
    remember()
    st.set_page_config(page_icon=str(HERE / "icon.svg"), layout="wide")
    st.logo(str(HERE / "logo.svg"), size="large")
    page = st.navigation(
        [
            st.Page("app_pages/overview.py", title=t("Overview"), icon=":material/monitoring:", default=True),
            st.Page("app_pages/calls.py", title=t("Calls"), icon=":material/call:", url_path="calls"),
            st.Page(
                "app_pages/definitions.py", title=t("Glossary"), icon=":material/menu_book:", url_path="definitions"
            ),
            st.Page("app_pages/call.py", title=t("Call"), url_path="call", visibility="hidden"),
        ],
        position="top",
    )
    frame()
    page.run()


main()
