"""The dashboards' server and their router: `streamlit run dashboards/app.py` from the project's root.

Streamlit reads this file twice. Its server imports it and takes `app`, with the gate and the routes around the pages;
then each page that somebody opens runs it, and `main` shows the page.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboards.evaluating.routes import form_routes
from dashboards.exporting.routes import export_routes
from dashboards.instrument.routes import call_data_routes
from dashboards.language import language_of_reader, remember
from dashboards.rules.flips_route import flips_route
from dashboards.serving.access import Right, Viewer, viewer
from dashboards.serving.front_end import FrontEnd
from dashboards.serving.gate import Gate
from dashboards.serving.sound_route import raw_sound_route, sound_route
from dashboards.serving.warm_up import warm_up
from dashboards.shell.document import frame
from dashboards.unmasking.routes import unmask_route
from qa_pipeline.settings import SettingsError
from qa_pipeline.wording.languages import ask_for_language, t

HERE = Path(__file__).parent


def main() -> None:
    """Sets the frame up and runs the page that the URL names."""
    remember()
    st.set_page_config(page_icon=str(HERE / "icon.svg"), layout="wide")
    st.logo(str(HERE / "logo.svg"), size="large")
    person = _viewer()
    page = st.navigation(_own_pages() if person.sees_only_own else _pages(person), position="top")
    frame()
    page.run()


def _pages(person: Viewer) -> dict[str, list[StreamlitPage]]:
    """By the heading of their menu; those without one are side by side."""
    mood = ":material/mood:"
    return {
        "": [
            st.Page("app_pages/overview.py", title=t("Overview"), icon=":material/monitoring:", default=True),
            st.Page("app_pages/calls.py", title=t("Calls"), icon=":material/call:", url_path="calls"),
            st.Page("app_pages/agents.py", title=t("Agents"), icon=":material/support_agent:", url_path="agents"),
            st.Page("app_pages/emotions.py", title=t("Emotions & languages"), icon=mood, url_path="emotions"),
            st.Page("app_pages/rules.py", title=t("Rules"), icon=":material/rule:", url_path="rules"),
            st.Page("app_pages/pipeline.py", title=t("Pipeline"), icon=":material/account_tree:", url_path="pipeline"),
            *_pages_of_everybody(),
        ],
        t("Evaluations"): _pages_of_evaluations(person),
    }


def _pages_of_evaluations(person: Viewer) -> list[StreamlitPage]:
    """Those for this role; what is read on them is asked for by the person's rights again."""
    pages = [st.Page("app_pages/scores.py", title=t("Scores"), icon=":material/leaderboard:", url_path="scores")]
    if person.may(Right.EVALUATE):
        listed = ":material/fact_check:"
        pages.insert(0, st.Page("app_pages/inbox.py", title=t("Inbox"), icon=":material/inbox:", url_path="inbox"))
        pages.insert(1, st.Page("app_pages/evaluations.py", title=t("List"), icon=listed, url_path="evaluations"))
    if person.may(Right.SEE_EVALUATIONS):
        alike, health = ":material/compare_arrows:", ":material/vital_signs:"
        pages.append(st.Page("app_pages/agreement.py", title=t("Agreement"), icon=alike, url_path="agreement"))
        pages.append(st.Page("app_pages/form_health.py", title=t("Form health"), icon=health, url_path="form_health"))
    return pages


def _own_pages() -> list[StreamlitPage]:
    """Of an agent: the own calls, figures and evaluations. What the others show is of everybody's calls."""
    return [
        st.Page("app_pages/own.py", title=t("Calls"), default=True, visibility="hidden"),
        st.Page("app_pages/calls.py", title=t("Calls"), icon=":material/call:", url_path="calls"),
        st.Page("app_pages/agents.py", title=t("My figures"), icon=":material/support_agent:", url_path="agents"),
        st.Page(
            "app_pages/my_evaluations.py", title=t("My evaluations"), icon=":material/fact_check:",
            url_path="my_evaluations",
        ),
        *_pages_of_everybody(),
    ]  # fmt: skip


def _pages_of_everybody() -> list[StreamlitPage]:
    return [
        st.Page("app_pages/glossary.py", title=t("Glossary"), icon=":material/menu_book:", url_path="glossary"),
        st.Page("app_pages/call.py", title=t("Call"), url_path="call", visibility="hidden"),
        st.Page("app_pages/evaluation.py", title=t("Evaluation"), url_path="evaluation", visibility="hidden"),
        st.Page("app_pages/definitions.py", title=t("Glossary"), url_path="definitions", visibility="hidden"),
    ]


def _viewer() -> Viewer:
    try:
        return viewer()
    except SettingsError:
        return Viewer("", None)  # each page says what is wrong, and shows nothing


ask_for_language(language_of_reader)
if get_script_run_ctx(suppress_warning=True) is None:
    routes = [
        sound_route(), raw_sound_route(), *call_data_routes(), flips_route(), *export_routes(), *form_routes(),
        unmask_route(),
    ]  # fmt: skip
    app = st.App(Path(__file__), routes=routes, middleware=[Middleware(Gate), Middleware(FrontEnd)])
    warm_up()
else:
    main()
