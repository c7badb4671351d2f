"""Which questions of a card tell calls apart, and which only cost time."""

from __future__ import annotations

from dataclasses import replace

from dashboards.board.addresses import address
from dashboards.board.drawing import board
from dashboards.board.figures import Section
from dashboards.cards import form_health as cards
from dashboards.components import evaluation_controls
from dashboards.components.evaluation_frame import Source, one_version
from dashboards.links import EVALUATIONS_PAGE
from dashboards.page import Reading, reading
from dashboards.results.figures import health
from qa_pipeline.wording.languages import t

NO_REPEAT = "no_repeat_call"


def form_health(page: Reading) -> None:
    """The whole page."""
    of = one_version(
        page,
        t("Form health"),
        Source(t("Evaluated by"), {"people": t("People"), "machine": t("Machine")}),
        t("No call of these dates was evaluated. The health of a form shows once some dozens of calls are."),
        ":material/vital_signs:",
    )
    if of is None:
        return
    chosen = of.chosen
    found = health(page.snapshot, of.dates, *of.version, chosen.source)
    outcomes = list(dict.fromkeys(name for each in found for name in each.odds))

    def leads(question_id: str, answer: str | None = None) -> str:
        query = replace(chosen, question=question_id, answer=answer).to_query()
        return address(EVALUATIONS_PAGE, query | {"view": ["list"]})

    board(
        "form_health",
        Section("", (cards.health_card(found, leads),)),
        Section("", (cards.outcomes_card(found, outcomes, _outcome_name),)),
    )
    evaluation_controls.files(page, "form_health", t("Form health"), chosen.to_query())


def _outcome_name(name: str) -> str:
    return t("no repeat call within seven days") if name == NO_REPEAT else name


with reading() as opened:
    form_health(opened)
