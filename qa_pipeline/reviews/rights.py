"""Who may see and do what with evaluations: plain functions, asked wherever the store is read or written.

The table of docs/reviews.md is this module in words.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, Protocol

from qa_pipeline.people.roles import RIGHTS, Right, Role
from qa_pipeline.reviews.states import CURRENT_STATES, EvaluationState, EvaluationType
from qa_pipeline.reviews.values import CallRef


class OwnAgentId(Protocol):
    """An id by which calls know an agent, and the days on which it is this agent's, both included; None leaves that end
    open. `qa_pipeline.published.own_calls.OwnId` is one."""

    @property
    def agent_id(self) -> str: ...
    @property
    def valid_from(self) -> dt.date | None: ...
    @property
    def valid_to(self) -> dt.date | None: ...


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever asks; a person without a role may nothing. Who somebody is to the calls is said by `agent_id`, or by
    `own_ids` where it is known from the list of people, on whose days an id may have been somebody else's."""

    login: str
    role: Role | None
    agent_id: str | None = None
    own_ids: tuple[OwnAgentId, ...] = ()

    def may(self, right: Right) -> bool:
        """Whether the person's role has the right."""
        return self.role is not None and right in RIGHTS[self.role]

    @property
    def is_agent(self) -> bool:
        """Whether the person sees the own calls only."""
        return self.role is Role.AGENT

    def took(self, call: CallRef) -> bool:
        """Whether the call is one of the person's own."""
        if call.agent_id is None:
            return False
        days = [(own.valid_from, own.valid_to) for own in self.own_ids if own.agent_id == call.agent_id]
        if not self.own_ids and call.agent_id == self.agent_id:
            return True
        return any(
            (begin or dt.date.min) <= call.call_date and call.call_date <= (end or dt.date.max) for begin, end in days
        )


PIPELINE = Person("qa-pipeline", Role.ADMIN)
"""Draws of samples assign in this name."""


@dataclass(frozen=True, slots=True)
class ReviewPolicy:
    """What settings say: the days after a release, or a decision, in which an agent may dispute, how often, and who
    releases. `is_sole_person`: there is nobody but the person at this machine, who is agent and judge too; the log
    says of each such decision that the evaluator made it."""

    dispute_days: float = 7
    dispute_rounds: int = 1
    release: Literal["lead", "evaluator"] = "lead"
    is_sole_person: bool = False


class Judged(Protocol):
    """What of an evaluation rights depend on."""

    @property
    def evaluator(self) -> str: ...
    @property
    def call(self) -> CallRef: ...
    @property
    def state(self) -> EvaluationState: ...
    @property
    def evaluation_type(self) -> EvaluationType: ...
    @property
    def released_at(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands to a call: at a blind evaluation of it (or assigned one), and whether the person has
    submitted one."""

    is_blind: bool = False
    has_submitted: bool = False


def may_see(who: Person, found: Judged, standing: Standing) -> bool:
    """Whether a person may see an evaluation with its answers.

    Own ones always. Of others nothing while the person is at a blind evaluation of the call. Leads see all else; an
    evaluator what counts of a call that the person has evaluated; an agent what was released of the own calls.
    """
    if who.is_agent:
        is_own = who.took(found.call) and found.released_at is not None
        return is_own and found.evaluation_type is not EvaluationType.CALIBRATION
    if who.may(Right.EVALUATE) and found.evaluator == who.login:
        return True
    if standing.is_blind:
        return False
    if who.may(Right.SEE_EVALUATIONS):
        return True
    return who.may(Right.EVALUATE) and standing.has_submitted and found.state in CURRENT_STATES


def why_not_write(who: Person, found: Judged) -> str | None:
    """Why a person may not write a draft; None where the person may."""
    if not who.may(Right.EVALUATE):
        return "your role does not evaluate"
    return None if found.evaluator == who.login else "only its evaluator writes a draft"


def why_not_withdraw(who: Person, found: Judged) -> str | None:
    """Why a person may not give a draft up; who assigns may do it for others."""
    return None if who.may(Right.ASSIGN) else why_not_write(who, found)


def why_not_release(who: Person, found: Judged, policy: ReviewPolicy) -> str | None:
    """Why a person may not release an evaluation to its agent; None where the person may."""
    if found.evaluation_type is EvaluationType.CALIBRATION:
        return "a calibration is never released"
    if who.may(Right.RELEASE):
        return None
    if policy.release == "evaluator":
        return why_not_write(who, found)
    return "a lead releases evaluations (QA_REVIEW_RELEASE)"


def why_not_answer_as_agent(who: Person, found: Judged, policy: ReviewPolicy) -> str | None:
    """Why a person may not acknowledge or dispute an evaluation; None where the person may."""
    if who.is_agent:
        return None if who.took(found.call) else "this is not an evaluation of yours"
    if policy.is_sole_person and who.role is Role.ADMIN:
        return None
    return "only the agent of the call does this"


def why_not_decide(who: Person, found: Judged, former: frozenset[str], policy: ReviewPolicy) -> str | None:
    """Why a person may not decide a dispute; `former` are the evaluators of what this evaluation supersedes.

    Never the agent, and nobody who evaluated the call this way, unless there is nobody else.
    """
    if not who.may(Right.DECIDE):
        return "your role does not decide disputes"
    if who.took(found.call):
        return "nobody decides a dispute about the own call"
    if who.login in former | {found.evaluator} and not policy.is_sole_person:
        return "a dispute is decided by somebody other than the evaluator"
    return None
