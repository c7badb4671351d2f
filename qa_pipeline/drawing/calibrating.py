"""Calibration sessions: several people evaluate the same call, each without the others' answers, and one of them is the
expert whom the others are held against."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from qa_pipeline.errors import UserError
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.states import EvaluationType, TaskKind
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.values import Assigned, CallRef, NewTask

LONGEST_SESSION = 60


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
