"""The inbox of whoever evaluates: what is to be done, and for leads who has how much to do.

It is read from the store of evaluations with each run of the page, so that it has what was saved a second ago.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards.board.drawing import board
from dashboards.board.figures import Card, Cell, Column, Section, Table
from dashboards.evaluating.card_choice import cards_of
from dashboards.evaluating.on_call_page import why_not
from dashboards.inbox.component import Shelf, Wishes, inbox_table
from dashboards.inbox.waiting import MOST, Kind, Waiting, waiting_for
from dashboards.markdown import plain
from dashboards.page import Reading, reading
from dashboards.queries import ask
from dashboards.serving.access import Right
from dashboards.serving.review_store import colleague, evaluators_of, reviews_of
from dashboards.shell.document import title
from qa_pipeline.errors import UserError
from qa_pipeline.published.snapshot import Row
from qa_pipeline.reviews.faults import ReviewError
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.reaching import reaching
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.settings import Settings
from qa_pipeline.wording.clocks import amount
from qa_pipeline.wording.languages import t, tn

LATELY_DAYS = 7
_SAID = "inbox_said"


def inbox(page: Reading) -> None:
    """The whole page."""
    title(t("Inbox"))
    who = colleague(page.viewer, page.settings)
    try:
        with reaching():
            reviews = reviews_of(page.settings)
            found = waiting_for(reviews, who, reviews.clock())
    except UserError as error:
        st.warning(plain(why_not(error)), icon=":material/lock:")
        return
    if said := st.session_state.pop(_SAID, None):
        st.info(plain(said), icon=":material/assignment_ind:")
    people = evaluators_of(page.settings) if who.may(Right.ASSIGN) else []
    calls = {row["call_id"]: row for row in _calls(page, found)}
    titles = {each.card.scorecard: each.card.title for each in cards_of(page.settings).cards}
    wishes = inbox_table(Shelf(found, _kinds(who, found), calls, titles, people, who.login, page.settings.timezone))
    if wishes.tasks:
        st.session_state[_SAID] = _assign(reviews, who, wishes, found, people)
        st.rerun()
    if any(sum(kind in each.kinds for each in found) >= MOST for kind in Kind):
        st.caption(t("Of each kind the {n} that are due first are listed.", n=MOST))
    if page.settings.dashboard_access == "local":
        st.caption(
            t(
                "Nobody signs in here, so everything is done by one person, under the name {login}, who may decide "
                "disputes about the own evaluations too.",
                login=who.login,
            )
        )
    if who.may(Right.ASSIGN):
        _workload(reviews, who, page.settings)


def _kinds(who: Person, found: Sequence[Waiting]) -> list[Kind]:
    """Those that the person's role has, and others of which something is there."""
    rights = {
        Kind.DUE: Right.EVALUATE,
        Kind.OVERDUE: Right.EVALUATE,
        Kind.DRAFTS: Right.EVALUATE,
        Kind.DISPUTES: Right.DECIDE,
        Kind.POOL: Right.EVALUATE,
        Kind.RELEASE: Right.RELEASE,
        Kind.OTHERS: Right.ASSIGN,
        Kind.TO_ASSIGN: Right.ASSIGN,
    }
    there = {kind for each in found for kind in each.kinds}
    return [kind for kind in Kind if kind in there or who.may(rights[kind])]


def _calls(page: Reading, found: Sequence[Waiting]) -> list[Row]:
    ids = sorted({each.call.call_id for each in found})
    return ask(page.snapshot, "who_took_calls", call_ids=ids) if ids else []


def _assign(reviews: Reviews, who: Person, wishes: Wishes, found: Sequence[Waiting], people: Sequence[str]) -> str:
    """Gives tasks to somebody, with the time that they have, and says how it went."""
    if wishes.assignee is not None and wishes.assignee not in people:
        return t("There is no such evaluator.")
    due = {each.task_id: each.due_at for each in found}
    done, refused = 0, ""
    for task in wishes.tasks:
        if task not in due:
            continue
        try:
            reviews.reassign(who, task, assignee=wishes.assignee, due_at=due[task], request_id=new_request_id())
            done += 1
        except ReviewError as error:
            refused = why_not(error)
    said = tn("{n} task is assigned now.", "{n} tasks are assigned now.", done)
    return f"{said} {refused}".strip()


def _workload(reviews: Reviews, who: Person, settings: Settings) -> None:
    found = reviews.workloads(who, since=reviews.clock() - LATELY_DAYS * 24 * 3600)
    idle = [login for login in evaluators_of(settings) if login not in {each.evaluator for each in found}]
    headings = (
        t("Evaluator"), t("To do"), t("Overdue"), t("Drafts"), t("To release"),
        t("Submitted in {n} days", n=LATELY_DAYS), t("Time spent on them"),
    )  # fmt: skip
    rows = [
        (
            Cell(each.evaluator),
            *(
                Cell(f"{number:,}")
                for number in (each.unfinished, each.overdue, each.drafts, each.unreleased, each.submitted)
            ),
            Cell(amount(each.seconds)),
        )
        for each in found
    ]
    rows += [(Cell(login), *(Cell("0"),) * 5, Cell(amount(0))) for login in idle]
    if not rows:
        return
    columns = tuple(Column(name, is_number=place > 0) for place, name in enumerate(headings))
    board("workload", Section("", (Card(t("Workload"), Table(columns, tuple(rows))),)))


with reading() as opened:
    inbox(opened)
