"""An evaluation of a call of the scenario, and the people around it."""

from __future__ import annotations

import json
from pathlib import Path

from qa_pipeline.people.roles import Role
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.states import EvaluationType
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.values import CallRef, Evaluation
from qa_pipeline.scorecards.reading import read_card
from tests.scenario import DAY_1

CARD_TEXT = """
scorecard: service
title: Service <b>& more</b>
scoring: by_section
min_coverage: 0.5
sections:
  - id: opening
    title: Opening
    weight: 40
    questions:
      - id: greeting
        text: Was the customer greeted?
        instructions: A name is enough.
        options:
          - {id: yes, text: Yes, points: 1, definition: With a name}
          - {id: no, text: No, points: 0}
        comment_below: 0.5
      - id: identity
        text: Was the identity checked?
        not_applicable: true
        critical: [compliance]
        options: [{id: yes, text: Yes, points: 1}, {id: no, text: No, points: 0, auto_fail: card}]
        answered_by:
          rules:
            - {rule: identity, outcome: hit, answer: yes}
            - {rule: identity, outcome: miss, answer: no}
            - {rule: identity, outcome: not_applicable, answer: not_applicable}
        trust: assisted
  - id: solution
    title: Solution
    weight: 20
    questions:
      - id: solved
        text: Was it solved?
        options: [{id: yes, text: Yes, points: 1}, {id: no, text: No, points: 0}]
      - id: recall
        text: Was a call back offered?
        asked_when: {question: solved, answers: [no]}
        options: [{id: yes, text: Yes, points: 1}, {id: no, text: No, points: 0}]
      - id: silence
        text: Dead air, s
        type: number
        answered_by: {metric: dead_air_s}
        trust: advisory
        bands: [{below: 30, points: 1}, {at_least: 30, points: 0}]
      - id: topics
        text: What was it about?
        type: several
        excluded: true
        options: [{id: bill, text: The bill}, {id: other, text: <i>Other</i>}]
      - id: remark
        text: Anything else?
        type: text
"""
CARD = read_card(CARD_TEXT, "service.yaml")
CALL = CallRef("c0102", DAY_1, "a-ortiz")

EVA, EMIL, LENA = "eva@example.com", "emil@example.com", "lena@example.com"
VIC, AMY, STRANGER = "vic@example.com", "amy@example.com", "nobody@example.com"
ROLES = {EVA: Role.EVALUATOR, EMIL: Role.EVALUATOR, LENA: Role.LEAD, VIC: Role.VIEWER}
USERS = json.dumps(
    [{"login": login, "role": role} for login, role in ROLES.items()]
    + [{"login": AMY, "role": "agent", "agent_id": "a-ortiz"}]
)


def person(login: str) -> Person:
    """Somebody as the store knows people."""
    return Person(login, ROLES.get(login))


def begun(
    reviews: Reviews, login: str = EVA, kind: EvaluationType = EvaluationType.STANDARD, call: CallRef = CALL
) -> Evaluation:
    """A draft without answers."""
    return reviews.start(person(login), call, CARD, request_id=new_request_id(), evaluation_type=kind)


def write_card(folder: Path) -> None:
    """Puts the card where the project of the settings file in `folder` has its cards."""
    (folder / "scorecards").mkdir(exist_ok=True)
    (folder / "scorecards" / "service.yaml").write_text(CARD_TEXT, encoding="utf-8")
