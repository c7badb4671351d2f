"""What rules come to, over time and for whom; one tried on a call; a changed one tried on all stored calls.

`?view=try` and `?view=compare` name the latter two, `?id=RULE` a rule's own view.
"""

from __future__ import annotations

import streamlit as st

from dashboards.components import url_controls
from dashboards.markdown import plain
from dashboards.page import Reading, reading
from dashboards.queries import knows_rules
from dashboards.rules.comparison import comparison
from dashboards.rules.known import KnownRules, known_rules
from dashboards.rules.overview import outcomes
from dashboards.rules.tester import tester
from dashboards.serving.access import Right
from dashboards.serving.recording_places import told_to
from dashboards.shell.document import title
from qa_pipeline.wording.languages import t
from qa_pipeline.wording.rule_faults import rule_fault

MOST_FAULTS = 10


def rules(page: Reading) -> None:
    """The whole page."""
    title(t("Rules"))
    known = known_rules(page.settings)
    _faults(page, known)
    view = _view(page)
    if view == "try":
        tester(page, known)
    elif view == "compare":
        comparison(page, known)
    elif knows_rules(page.snapshot):
        outcomes(page, known)
    else:
        st.info(
            t("This snapshot is of an earlier version, without rules; the next run publishes what they come to."),
            icon=":material/update:",
        )


def _view(page: Reading) -> str:
    names = {"outcomes": t("Outcomes"), "try": t("Try a rule")}
    if page.viewer.may(Right.COMPARE_RULES):
        names["compare"] = t("Compare a change")
    value = url_controls.one_of("view", list(names), "outcomes")
    st.session_state["control_view"] = value
    st.segmented_control(
        t("View"), list(names), key="control_view", format_func=names.__getitem__, required=True,
        label_visibility="collapsed", on_change=url_controls.write, args=("view", "control_view"),
    )  # fmt: skip
    return value


def _faults(page: Reading, known: KnownRules) -> None:
    if not known.faults:
        return
    said = t("Something is wrong with the files of rules, so runs apply none of them; what was applied before stays.")
    faults = [rule_fault(told_to(page.viewer, fault, page.settings)) for fault in known.faults[:MOST_FAULTS]]
    st.error(f"{said}  \n" + "  \n".join(map(plain, faults)), icon=":material/error:")


with reading() as opened:
    rules(opened)
