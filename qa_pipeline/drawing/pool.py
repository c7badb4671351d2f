"""Who a plan's calls are given to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from qa_pipeline.drawing.frame import Ask
from qa_pipeline.people.roles import Role, User
from qa_pipeline.sampling.assigning import Evaluator
from qa_pipeline.sampling.plans import Plan, PoolMember

_LISTED = (
    "select lower(email), agent_id, team from agents where email is not null "
    "and coalesce(valid_from <= $day, true) and coalesce(valid_to >= $day, true)"
)


def pool_of(ask: Ask, plan: Plan, users: Sequence[User], day: dt.date) -> list[Evaluator]:
    """The plan's evaluators, or everybody of `users` with that role, with who they are to the calls on that day."""
    members = plan.evaluators.people or tuple(
        PoolMember(login=user.login) for user in users if user.role is Role.EVALUATOR and not user.login.startswith("*")
    )
    listed = ask(_LISTED, {"day": day})
    pool = []
    for member in members:
        own = [(agent_id, team) for email, agent_id, team in listed if email == member.login]
        if member.agent_id is not None:
            teams = ask("select team from agents where agent_id = $agent_id", {"agent_id": member.agent_id})
            own = [(member.agent_id, team) for (team,) in teams] or [(member.agent_id, None)]
        ids, teams_of = frozenset(agent_id for agent_id, _ in own), frozenset(team for _, team in own if team)
        pool.append(Evaluator(member.login, member.most, ids, teams_of))
    return pool
