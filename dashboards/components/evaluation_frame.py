"""What pages on one version of a card begin with: who may see it, dates, card and version, and whose answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from dashboards.components import date_controls, evaluation_controls, url_controls
from dashboards.filters import DateRange
from dashboards.page import Reading
from dashboards.results.choice import EvaluationChoice
from dashboards.results.seen import seen_by
from dashboards.serving.access import Right
from dashboards.serving.review_store import reviews_of
from dashboards.shell.document import title
from qa_pipeline.wording.languages import t


@dataclass(frozen=True, slots=True)
class OneVersion:
    """What the controls say: days, the card with its version, and all of it as the address has it."""

    dates: DateRange
    version: tuple[str, str]
    chosen: EvaluationChoice


@dataclass(frozen=True, slots=True)
class Source:
    """Whose answers a page is about: what that is called, and the choices by their names in the address."""

    label: str
    names: Mapping[str, str]


def one_version(page: Reading, heading: str, source: Source, nothing: str, icon: str) -> OneVersion | None:
    """Draws title and controls; None where there is nothing to show, which it says: `nothing` is said, with `icon`,
    where no call of the days was evaluated."""
    title(heading)
    if evaluation_controls.explain_none(page):
        return None
    if not page.viewer.may(Right.SEE_EVALUATIONS):
        st.info(t("Your role does not include what evaluators answered."), icon=":material/lock:")
        return None
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            dates = date_controls.date_range(page)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            version = evaluation_controls.card_controls(evaluation_controls.cards_of(page, dates))
            url_controls.named_choice("source", source.label, dict(source.names), "people")
    evaluation_controls.said_of_snapshot(page, seen_by(page.viewer, reviews_of(page.settings), page.snapshot))
    if version is None:
        st.info(nothing, icon=icon)
        return None
    chosen = EvaluationChoice.from_query(url_controls.parameters()).on(dates)
    return OneVersion(dates, version, evaluation_controls.with_version(chosen, version))
