"""Calibration sessions: several people evaluate the same call, each without the others' answers, and one of them is the
expert whom the others are held against."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa_pipeline.agreement.ratings import Value
from qa_pipeline.agreement.strictness import Calibration, calibration
from qa_pipeline.errors import UserError
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.states import EvaluationState, EvaluationType, TaskKind, TaskState
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.values import Assigned, CallRef, EvaluationFilter, NewTask
from qa_pipeline.scorecards.scoring import Given, NoOption

LONGEST_SESSION = 60
MOST_OF_A_SESSION = 10_000


class BadSession(UserError):
    """A session that can't be meant."""


def open_session(
    reviews: Reviews,
    who: Person,
    session_id: str,
    calls: Sequence[CallRef],
    *,
    scorecard_id: str,
    expert: str,
    evaluators: Sequence[str],
    due_at: float | None = None,
) -> Assigned:
    """Assigns each call to the expert and to each evaluator (logins). The same session again adds what it lacks.
    `due_at` is in UTC epoch seconds.

    Raises:
        BadSession: nobody besides the expert, or no call.
        NotAllowed: the person assigns nothing.
    """
    name, judge = session_id.strip(), expert.strip().casefold()
    others = [login for login in dict.fromkeys(each.strip().casefold() for each in evaluators) if login != judge]
    if not name or len(name) > LONGEST_SESSION:
        raise BadSession(f"a session's name has 1 to {LONGEST_SESSION} characters")
    if not judge or not others or not all(others):
        raise BadSession("a session has an expert and at least one other evaluator")
    if not calls:
        raise BadSession("a session has at least one call")
    return reviews.assign(
        who,
        [
            NewTask(
                task_id=_task_id(name, call.call_id, login),
                task_kind=TaskKind.CALIBRATION,
                call=call,
                scorecard_id=scorecard_id,
                evaluation_type=EvaluationType.CALIBRATION,
                assignee=login,
                due_at=due_at,
                session_id=name,
                is_expert=login == judge,
            )
            for call in calls
            for login in (judge, *others)
        ],
    )


def _task_id(session: str, call_id: str, login: str) -> str:
    """Of session, call and person; ids of any length fit."""
    rest = hashlib.sha256(f"{call_id}\n{login}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"calibration/{session}/{rest}"


@dataclass(frozen=True, slots=True)
class SessionResult:
    """Where a session is: each evaluator against the expert, and who has submitted how many of the `calls`. `expert` is
    None as long as the expert has submitted nothing."""

    calls: int
    expert: str | None
    submitted: Mapping[str, int]
    results: tuple[Calibration, ...]


def session_result(reviews: Reviews, who: Person, session_id: str) -> SessionResult:
    """The session as it is now, of submitted evaluations that the person may see. Texts are not compared.

    Raises:
        BadSession: there is no such session.
        NotAllowed: the person's role sees no evaluations.
    """
    states, kinds = tuple(TaskState), (TaskKind.CALIBRATION,)
    tasks = reviews.tasks(who, states=states, kinds=kinds, session_id=session_id, limit=MOST_OF_A_SESSION)
    if not tasks:
        raise BadSession(f"there is no session {session_id}")
    chosen = EvaluationFilter(
        types=frozenset({EvaluationType.CALIBRATION}),
        states=frozenset({EvaluationState.SUBMITTED}),
        session_ids=frozenset({session_id}),
    )
    found = reviews.evaluations(who, chosen, limit=MOST_OF_A_SESSION)
    given = reviews.answers_of(who, [each.evaluation_id for each in found])
    answers = [
        (each.call.call_id, answer.question, each.evaluator, value)
        for each in found
        for answer in given.get(each.evaluation_id, [])
        if (value := compared(answer.answer)) is not None
    ]
    expert = next((each.evaluator for each in found if each.is_expert), None)
    scores = [(each.call.call_id, each.evaluator, each.score) for each in found]
    results = calibration(answers, expert, scores) if expert is not None else []
    submitted = dict.fromkeys(sorted({task.assignee for task in tasks if task.assignee}), 0)
    for each in found:
        submitted[each.evaluator] = submitted.get(each.evaluator, 0) + 1
    return SessionResult(len({task.call.call_id for task in tasks}), expert, submitted, tuple(results))


def compared(answer: Given) -> Value | None:
    """What of an answer is compared with another: an option, the chosen options in one order, a number, a day, or that
    there is none. None for texts, which two people never write alike, and for what was not answered or not asked."""
    match answer:
        case NoOption.UNANSWERED | NoOption.NOT_ASKED:
            return None
        case NoOption():
            return answer.value
        case tuple():
            return ", ".join(sorted(answer))
        case dt.date():
            return answer.isoformat()
        case str():
            return None
        case _:
            return float(answer)
