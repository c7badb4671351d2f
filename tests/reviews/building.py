"""A store of evaluations, the people at it, and a card with one question of each kind."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from qa_pipeline.ledger.tables import connected
from qa_pipeline.people.roles import Role
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.rights import Person, ReviewPolicy
from qa_pipeline.reviews.states import EvaluationType, TaskKind
from qa_pipeline.reviews.store import Reviews, open_reviews
from qa_pipeline.reviews.values import CallRef, Evaluation, NewTask, Saved
from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.reading import read_card
from qa_pipeline.scorecards.scoring import Given

LEAD = Person("lena@example.com", Role.LEAD)
OTHER_LEAD = Person("lou@example.com", Role.LEAD)
EVALUATOR = Person("eva@example.com", Role.EVALUATOR)
OTHER_EVALUATOR = Person("emil@example.com", Role.EVALUATOR)
ADMIN = Person("ada@example.com", Role.ADMIN)
VIEWER = Person("vic@example.com", Role.VIEWER)
AGENT = Person("amy@example.com", Role.AGENT, "a-1")
OTHER_AGENT = Person("abe@example.com", Role.AGENT, "a-2")
NOBODY = Person("who@example.com", None)

CALL = CallRef("call-1", dt.date(2025, 3, 3), "a-1")
OTHER_CALL = CallRef("call-2", dt.date(2025, 3, 4), "a-2")

CARD_TEXT = """
scorecard: service
title: Service
scoring: by_section
sections:
  - id: opening
    title: Opening
    weight: 40
    questions:
      - id: greeting
        text: Was the customer greeted?
        options: [{id: yes, text: Yes, points: 1}, {id: no, text: No, points: 0}]
        comment_below: 0.5
      - id: identity
        text: Was the identity checked?
        not_applicable: true
        options: [{id: yes, text: Yes, points: 1}, {id: no, text: No, points: 0, auto_fail: card}]
  - id: solution
    title: Solution
    weight: 20
    questions:
      - id: solved
        text: Was it solved?
        options: [{id: yes, text: Yes, points: 2}, {id: partly, text: Partly, points: 1}, {id: no, text: No}]
      - id: recall
        text: Was a call back offered?
        asked_when: {question: solved, answers: [no]}
        options: [{id: yes, text: Yes, points: 1}, {id: no, text: No, points: 0}]
      - id: waiting
        text: Seconds on hold
        type: number
        bands: [{below: 30, points: 1}, {at_least: 30, points: 0}]
      - id: remark
        text: Anything else?
        type: text
"""
CARD = read_card(CARD_TEXT, "card")

GOOD: dict[str, Given] = {
    "greeting": ("yes",),
    "identity": ("yes",),
    "solved": ("partly",),
    "waiting": 12.0,
    "remark": "<b>“ok”</b>",
}


class Clock:
    """A clock that is set by hand; every look at it is a second later."""

    def __init__(self, at: float = 1_750_000_000.0) -> None:
        self.at = at
        self._seconds = itertools.count()

    def __call__(self) -> float:
        return self.at + next(self._seconds)


def hasty(file: Path) -> Engine:
    """A SQLite database that waits for no disk: for tests of what is written, not of what outlasts a power cut."""
    engine = connected(f"sqlite:///{file}")

    def hurry(connection: Any, _record: object) -> None:
        connection.execute("pragma synchronous = off").close()

    event.listen(engine, "connect", hurry)
    return engine


def store_in(folder: Path, policy: ReviewPolicy | None = None) -> Reviews:
    """The store of a folder's SQLite file."""
    return open_reviews(f"sqlite:///{folder / 'operations.sqlite'}", policy)


def drafted(
    reviews: Reviews, who: Person = EVALUATOR, call: CallRef = CALL, card: Card = CARD, **given: object
) -> Evaluation:
    """A draft with good answers."""
    draft = reviews.start(who, call, card, request_id=new_request_id(), **given)  # type: ignore[arg-type]
    revision = draft.revision
    for question, answer in GOOD.items():
        saved = reviews.answer(
            who, draft.evaluation_id, question, answer, revision=revision, request_id=new_request_id(), seconds=2.5
        )
        revision = saved.revision
    return reviews.evaluation(who, draft.evaluation_id)


def submitted(reviews: Reviews, who: Person = EVALUATOR, call: CallRef = CALL, **given: object) -> Saved:
    """A submitted evaluation with good answers."""
    draft = drafted(reviews, who, call, **given)  # type: ignore[arg-type]
    return reviews.submit(who, draft.evaluation_id, revision=draft.revision, request_id=new_request_id())


def released(reviews: Reviews, who: Person = EVALUATOR, call: CallRef = CALL, by: Person = LEAD) -> Saved:
    """A released evaluation with good answers."""
    saved = submitted(reviews, who, call)
    return reviews.release(by, saved.evaluation_id, revision=saved.revision, request_id=new_request_id())


def disputed(reviews: Reviews, agent: Person = AGENT) -> Saved:
    """An evaluation that its agent disputes."""
    saved = released(reviews)
    return reviews.dispute(
        agent,
        saved.evaluation_id,
        "It was solved",
        questions=["solved"],
        revision=saved.revision,
        request_id=new_request_id(),
    )


def sampled(task_id: str = "plan/2025-03/call-1", call: CallRef = CALL, **given: object) -> NewTask:
    """A task of a draw."""
    values = {"task_kind": TaskKind.SAMPLE, "evaluation_type": EvaluationType.STANDARD, **given}
    return NewTask(task_id=task_id, call=call, scorecard_id="service", **values)  # type: ignore[arg-type]
