"""Who evaluates what was drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa_pipeline.sampling.draws import DrawnCall, number_of
from qa_pipeline.sampling.frames import FrameCall
from qa_pipeline.sampling.plans import Plan


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Somebody who evaluates; `agent_ids` and `teams` are who the person is to the calls, where that is known."""

    login: str
    most: int | None = None
    agent_ids: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Assignment:
    """A drawn call with who evaluates it; the second is for double scoring."""

    drawn: DrawnCall
    evaluator: str | None
    second_evaluator: str | None


def spread(
    plan: Plan,
    drawn: Sequence[DrawnCall],
    calls: Mapping[str, FrameCall],
    pool: Sequence[Evaluator],
    open_calls: Mapping[str, int],
    taken_before: Mapping[str, int],
) -> list[Assignment]:
    """Gives each drawn call to whoever of `pool` has the fewest open calls and may have it, in the order of the calls'
    numbers; double ones to two people.

    `open_calls` has the open tasks of each login now, `taken_before` those of this period of the plan. A call that
    nobody may have is given to nobody (`evaluator` None: whoever takes it). A double one for which there is no second
    person is evaluated once.
    """
    load = {each.login: open_calls.get(each.login, 0) for each in pool}
    left = {each.login: each.most - taken_before.get(each.login, 0) for each in pool if each.most is not None}
    found = []
    for each in sorted(drawn, key=lambda one: (one.random_number, one.call_id)):
        able = [one for one in pool if _may_have(one, calls[each.call_id], plan)]
        logins: list[str] = []
        for _ in range(2 if each.is_double else 1):
            free = [one.login for one in able if one.login not in logins and left.get(one.login, 1) > 0]
            if not free:
                break
            # among those with as many, chance decides, so that nobody is first for every call
            login = min(free, key=lambda one: (load[one], number_of(plan, f"{each.call_id}\n{one}", "spread")))
            load[login] += 1
            if login in left:
                left[login] -= 1
            logins.append(login)
        found.append(Assignment(each, logins[0] if logins else None, logins[1] if len(logins) > 1 else None))
    return found


def _may_have(evaluator: Evaluator, call: FrameCall, plan: Plan) -> bool:
    took_part = call.agents | ({call.agent_id} if call.agent_id else frozenset())
    if plan.evaluators.not_own_calls and not evaluator.agent_ids.isdisjoint(took_part):
        return False
    return not (plan.evaluators.not_own_team and call.team in evaluator.teams)
