"""Draws calls of a period by a plan, so that the same seed and the same calls give the same draw in any order.

Each call has a number from 0 to 1, made of seed, plan and call id alone: a permanent random number (Ohlsson 1995,
"Coordination of samples using permanent random numbers"). Of each stratum those with the smallest are drawn, so that a
call more or less changes one drawn call at most.

What was drawn stays drawn, with the probability that it was drawn with. Calls that come after a period was drawn are
drawn too if they are among the smallest of all the stratum's, at the probability that they have among all; those that
were there before are not drawn a second time. So every call has one known probability, at which it is weighted.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_pipeline.sampling.frames import FrameCall, Period
from qa_pipeline.sampling.plans import Plan, Size

LONGEST_ID = 120
_BITS = 64


@dataclass(frozen=True, slots=True)
class Stratum:
    """Calls that are drawn from together: `calls` in the frame, `taken` of them. `key` is JSON of what they have in
    common, `{"agent": "a-17"}`, or of the risk, `{"risk": "dead-air"}`."""

    key: str
    calls: int
    taken: int
    is_risk: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnCall:
    """A call that a plan has drawn of a period. `sample_id` is of plan, period and call.

    `frame_calls` are the eligible calls of the period, `stratum_calls` those of the stratum, of which `stratum_taken`
    are the sample; `inclusion_probability` is the one by the other. `random_number` is the call's own, from 0 to 1.
    `blind_probability` is how likely a drawn call is evaluated blind.
    """

    sample_id: str
    plan: str
    plan_version: str
    period: Period
    seed: int
    frame_hash: str
    frame_calls: int
    stratum: str
    is_risk: bool
    stratum_calls: int
    stratum_taken: int
    inclusion_probability: float
    random_number: float
    is_blind: bool
    blind_probability: float
    is_double: bool
    call_id: str
    call_date: dt.date
    agent_id: str | None
    scorecard: str


@dataclass(frozen=True, slots=True)
class Draw:
    """What a draw came to: the calls that are new in the sample, the strata as they are now, and the frame: a mark of
    each call, in order (shape (calls,), unsigned, 64 bits), to be handed to the next draw of the period."""

    drawn: tuple[DrawnCall, ...]
    strata: tuple[Stratum, ...]
    frame: NDArray[np.uint64]
    frame_hash: str
    late_calls: int
    """Calls that were not there when the period was drawn before; 0 with the first draw."""


NO_FRAME: NDArray[np.uint64] = np.array([], dtype=np.uint64)


def draw(plan: Plan, period: Period, calls: Iterable[FrameCall], before: NDArray[np.uint64] = NO_FRAME) -> Draw:
    """Draws the period. `calls` may have more than the plan's: those of other days and those that are not eligible are
    left out. `before` is the frame of the draw before, and none with the first.

    Raises:
        ValueError: two calls have one id.
    """
    eligible: dict[str, FrameCall] = {}
    for call in calls:
        if call.call_id in eligible:
            raise ValueError(f"the call {call.call_id} is there twice")
        eligible[call.call_id] = call
    eligible = {call_id: call for call_id, call in eligible.items() if is_meant(plan, period, call)}
    numbers = {call_id: number_of(plan, call_id) for call_id in eligible}
    marks = {call_id: _hashed(call_id, _key_of("frame", 0, plan.plan)) for call_id in eligible}
    known = set(before.tolist())
    frame = np.unique(np.concatenate([before, np.array(sorted(marks.values()), dtype=np.uint64)]))
    frame_hash = hashlib.sha256(frame.tobytes()).hexdigest()
    strata: list[Stratum] = []
    chosen: list[tuple[FrameCall, Stratum]] = []
    for (key, size, is_risk), own in sorted(_divided(plan, eligible.values()).items(), key=lambda item: item[0][0]):
        taken = size.of(len(own))
        stratum = Stratum(key, len(own), taken, is_risk)
        strata.append(stratum)
        own.sort(key=lambda call: (numbers[call.call_id], call.call_id))
        chosen += [(call, stratum) for call in own[:taken] if marks[call.call_id] not in known]
    version = plan.version
    blind, double = _for_two(plan, period, [call.call_id for call, _ in chosen], is_first=not known)
    drawn = tuple(
        DrawnCall(
            sample_id=sample_id_of(plan, period, call.call_id),
            plan=plan.plan,
            plan_version=version,
            period=period,
            seed=plan.seed,
            frame_hash=frame_hash,
            frame_calls=len(eligible),
            stratum=stratum.key,
            is_risk=stratum.is_risk,
            stratum_calls=stratum.calls,
            stratum_taken=stratum.taken,
            inclusion_probability=stratum.taken / stratum.calls,
            random_number=numbers[call.call_id] / 2**_BITS,
            is_blind=call.call_id in blind,
            blind_probability=plan.blind_probability,
            is_double=call.call_id in double,
            call_id=call.call_id,
            call_date=call.call_date,
            agent_id=call.agent_id,
            scorecard=plan.scorecard,
        )
        for call, stratum in chosen
    )
    late = sum(mark not in known for mark in marks.values()) if known else 0
    return Draw(drawn, tuple(strata), frame, frame_hash, late)


def number_of(plan: Plan, call_id: str, what: str = "draw") -> int:
    """The call's permanent random number, of 64 bits: the same as long as seed, plan and call id are."""
    return _hashed(call_id, _key_of(what, plan.seed, plan.plan))


def sample_id_of(plan: Plan, period: Period, call_id: str) -> str:
    """`plan/period/call`; a call id that makes it too long for an id is a hash there."""
    text = f"{plan.plan}/{period.name}/{call_id}"
    if len(text) <= LONGEST_ID:
        return text
    return f"{plan.plan}/{period.name}/{hashlib.sha256(call_id.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"


def stratum_of(plan: Plan, call: FrameCall) -> tuple[str, Size, bool]:
    """Key, size, whether it is a risk: of the first risk whose condition holds, else of what the plan divides by."""
    for risk in plan.risk:
        if risk.when.holds(call) is True:
            return _key({"risk": risk.id}), risk, True
    return _key({name: _value(plan, call, name) for name in plan.strata.by}), plan.strata, False


def is_meant(plan: Plan, period: Period, call: FrameCall) -> bool:
    """Whether the call is in the frame of the period: of its days and the plan's, and eligible."""
    is_its_day = period.first <= call.call_date <= period.last and call.call_date >= plan.effective_from
    return is_its_day and call.call_date <= (plan.effective_to or dt.date.max) and plan.eligible.lets_in(call)


def _divided(plan: Plan, calls: Iterable[FrameCall]) -> dict[tuple[str, Size, bool], list[FrameCall]]:
    found: dict[tuple[str, Size, bool], list[FrameCall]] = {}
    for call in calls:
        found.setdefault(stratum_of(plan, call), []).append(call)
    return found


def _for_two(
    plan: Plan, period: Period, call_ids: Collection[str], *, is_first: bool
) -> tuple[frozenset[str], frozenset[str]]:
    """Which of them are evaluated blind, and which by two, who are a part of these.

    By a number of their own, as many as the share says; a part of one is one or none by a number of the draw, so that
    each call has just the share as its probability.
    """
    ordered = sorted(call_ids, key=lambda call_id: number_of(plan, call_id, "blind"))
    batch = "" if is_first else "\n".join(ordered)
    part = number_of(plan, f"{period.name}\n{batch}", "round") / 2**_BITS
    blind, double = (int(share * len(ordered) + part) for share in (plan.blind_probability, plan.double_share))
    return frozenset(ordered[:blind]), frozenset(ordered[:double])


def _value(plan: Plan, call: FrameCall, name: str) -> str | None:
    if name != "tenure":
        value: str | None = getattr(call, "agent_id" if name == "agent" else name)
        return value
    if call.hired_at is None:
        return None
    days = (call.call_date - call.hired_at).days
    low = max((bound for bound in plan.strata.tenure_days if days >= bound), default=0)
    high = min((bound for bound in plan.strata.tenure_days if days < bound), default=None)
    return f"{low}+" if high is None else f"{low}-{high - 1}"


def _hashed(text: str, key: bytes) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BITS // 8, key=key).digest()
    return int.from_bytes(digest, "big")


@functools.lru_cache
def _key_of(what: str, seed: int, plan: str) -> bytes:
    return hashlib.sha256(json.dumps([what, seed, plan]).encode()).digest()


def _key(values: Mapping[str, str | None]) -> str:
    return json.dumps(values, ensure_ascii=False)
