"""Team and supervisor as choices of a page, in the URL; where there is no list of people there is nothing to choose."""

from __future__ import annotations

import streamlit as st

from dashboards.components import url_controls
from dashboards.finding import agent_names
from dashboards.page import Reading
from dashboards.people import team_choices
from qa_pipeline.wording.languages import t


def team_controls(page: Reading) -> tuple[str | None, str | None]:
    """The team and the supervisor that are chosen, None for all."""
    choices = team_choices(page.snapshot)
    names = agent_names(page.snapshot) if choices["supervisors"] else {}
    labels = {
        "team": (t("Team"), choices["teams"], t("all teams")),
        "supervisor": (t("Supervisor"), choices["supervisors"], t("all supervisors")),
    }
    team, supervisor = (
        url_controls.optional(name, label, {each: names.get(each, each) for each in options}, nothing)
        if options or name in st.query_params
        else None
        for name, (label, options, nothing) in labels.items()
    )
    return team, supervisor
