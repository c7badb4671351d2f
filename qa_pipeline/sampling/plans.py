"""What a sampling plan says: which calls, in which strata, how many, by whom and until when.

The version is a hash of the content. Ids of plans stay: what was drawn is known by plan, period and call.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from qa_pipeline.sampling.conditions import CallCondition, Names, Strict
from qa_pipeline.sampling.frames import FrameCall, PeriodKind

VERSION_DIGITS = 16

Id = Annotated[str, StringConstraints(pattern=r"^\w[\w.-]{0,39}$")]
Share = Annotated[float, Field(ge=0, le=1)]
Dimension = Literal["agent", "team", "queue", "direction", "language", "tenure"]
Status = Literal["ok", "partial", "failed"]


class Eligibility(Strict):
    """Calls that may be drawn: all that is given holds. `language` is what the call's metadata says, else the one that
    most was spoken in."""

    status: Annotated[tuple[Status, ...], Field(min_length=1)] = ("ok",)
    queues: Names | None = None
    directions: Names | None = None
    languages: Names | None = None
    agents: Names | None = None
    teams: Names | None = None
    min_duration_s: Annotated[float | None, Field(ge=0, allow_inf_nan=False)] = None
    max_duration_s: Annotated[float | None, Field(gt=0, allow_inf_nan=False)] = None
    when: CallCondition | None = None

    @model_validator(mode="after")
    def _lets_something_in(self) -> Self:
        if (
            self.min_duration_s is not None
            and self.max_duration_s is not None
            and self.min_duration_s > self.max_duration_s
        ):
            raise ValueError("min_duration_s is more than max_duration_s")
        return self

    def lets_in(self, call: FrameCall) -> bool:
        """Whether the call may be drawn; what is asked for and not known keeps it out."""
        chosen = (
            (self.queues, call.queue),
            (self.directions, call.direction),
            (self.languages, call.language),
            (self.agents, call.agent_id),
            (self.teams, call.team),
        )
        if call.status not in self.status or any(names is not None and name not in names for names, name in chosen):
            return False
        if self.min_duration_s is not None and (call.duration_s is None or call.duration_s < self.min_duration_s):
            return False
        if self.max_duration_s is not None and (call.duration_s is None or call.duration_s > self.max_duration_s):
            return False
        return self.when is None or self.when.holds(call) is True


class Size(Strict):
    """How many calls of a stratum: `take`, or `share` of its calls, rounded up, within `at_least` and `at_most`."""

    take: Annotated[int | None, Field(ge=1)] = None
    share: Annotated[float | None, Field(gt=0, le=1)] = None
    at_least: Annotated[int, Field(ge=1)] = 1
    at_most: Annotated[int | None, Field(ge=1)] = None

    @model_validator(mode="after")
    def _is_one_size(self) -> Self:
        if (self.take is None) == (self.share is None):
            raise ValueError("give take, or share: how many of each stratum and period")
        if self.take is not None and {"at_least", "at_most"} & self.model_fields_set:
            raise ValueError("at_least and at_most go with share")
        if self.at_most is not None and self.at_most < self.at_least:
            raise ValueError("at_most is less than at_least")
        return self

    def of(self, calls: int) -> int:
        """How many of a stratum of so many calls: at least one, so that every call may be drawn."""
        if self.take is not None:
            return min(self.take, calls)
        # 7% of 100 is 7.000000000000001
        wanted = max(-int(-round((self.share or 0) * calls, 9) // 1), self.at_least)
        return min(calls, wanted if self.at_most is None else min(wanted, self.at_most))


class Strata(Size):
    """Calls that are no risk, divided `by` what is given: so many of each. `tenure_days` are the bounds of tenure: with
    [90, 365] below 90 days since `hired_at`, from 90, and from 365 on."""

    by: tuple[Dimension, ...] = ("agent",)
    tenure_days: tuple[Annotated[int, Field(ge=1)], ...] = ()

    @model_validator(mode="after")
    def _tenure_has_bounds(self) -> Self:
        if len(set(self.by)) < len(self.by):
            raise ValueError("by names something twice")
        if ("tenure" in self.by) != bool(self.tenure_days):
            raise ValueError("tenure in by and tenure_days go together")
        if any(one >= other for one, other in pairwise(self.tenure_days)):
            raise ValueError("tenure_days rise from one to the next")
        return self


class RiskStratum(Size):
    """Calls that are looked for, in a stratum of their own over all agents; of several the first whose condition holds
    counts. They are weighted back by how likely they were drawn."""

    id: Id
    title: str | None = None
    when: CallCondition


class PoolMember(Strict):
    """An evaluator who may be given at most `most` calls of a period; without it, as many as come. `agent_id` is who
    the person is to the calls; without it, whoever the list of people has the login as e-mail of."""

    login: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1)]
    most: Annotated[int | None, Field(ge=1)] = None
    agent_id: Annotated[str | None, Field(min_length=1)] = None


class Pool(Strict):
    """Who evaluates. Without `people`, everybody with the role evaluator. Each call goes to whoever has the fewest open
    calls; nobody is given a call in which the person took part, nor with `not_own_team` one of the own team."""

    people: tuple[PoolMember, ...] = ()
    not_own_calls: bool = True
    not_own_team: bool = False

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        logins = [member.login for member in self.people]
        if len(set(logins)) < len(logins):
            raise ValueError("a login is there twice")
        return self


class Plan(Strict):
    """A plan. `effective_from` and `effective_to` bound the days of calls: periods before it are never drawn.
    `blind_share` of the calls are evaluated without the machine's answers, `double_share` by two people, each without
    the other's answers. `carry_over_periods`: for how many periods a call that nobody evaluated stays to be done; not
    given, for ever."""

    plan: Id
    title: str | None = None
    scorecard: Annotated[str, StringConstraints(pattern=r"^\w[\w.-]{0,79}$")]
    period: PeriodKind
    effective_from: dt.date
    effective_to: dt.date | None = None
    seed: int
    due_days: Annotated[int, Field(ge=1, le=366)] = 7
    eligible: Eligibility = Eligibility()
    strata: Strata
    risk: tuple[RiskStratum, ...] = ()
    blind_share: Share = 0.2
    double_share: Share = 0
    evaluators: Pool = Pool()
    carry_over_periods: Annotated[int | None, Field(ge=0)] = None

    @model_validator(mode="after")
    def _has_an_order_of_days(self) -> Self:
        if self.effective_to and self.effective_to < self.effective_from:
            raise ValueError("effective_to lies before effective_from")
        return self

    @property
    def blind_probability(self) -> float:
        """How likely a drawn call is evaluated blind: a double one always is."""
        return max(self.blind_share, self.double_share)

    @property
    def version(self) -> str:
        """What this content is known by: another one whenever anything in it changes."""
        text = json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:VERSION_DIGITS]

    def conditions(self) -> Iterator[CallCondition]:
        """All conditions, also those within others."""
        for condition in (self.eligible.when, *(risk.when for risk in self.risk)):
            yield from condition.parts() if condition else ()


class Plans(Strict):
    """The file sampling.yaml."""

    plans: Annotated[tuple[Plan, ...], Field(min_length=1)]
