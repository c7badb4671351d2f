"""When a machine may answer a question of a card by itself: people who answered blind must agree with it, on enough
calls, by a measure that chance does not lift, and on the rarer answer too.

    automatic   Wilson's lower bound (95%) of the share that agrees ≥ 0.8 at n ≥ 30
                Gwet's AC1 ≥ 0.6
                the rarer answer seen ≥ 5 times, and found by the machine in ≥ 0.6 of them
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from qa_pipeline.scorecards.machine import Trust

Z_95 = 1.959963984540054
LEAST_CALLS = 30
LEAST_AGREEMENT = 0.8
LEAST_AC1 = 0.6
LEAST_RARER = 5
LEAST_RECALL = 0.6


@dataclass(frozen=True, slots=True)
class BlindAgreement:
    """A machine beside people who answered blind: calls with both answers, how many agree, AC1, how often people gave
    the rarer answer, and how often the machine gave it too there."""

    calls: int
    agreeing: int
    ac1: float | None
    rarer: int
    rarer_found: int


def agreement_of(pairs: Mapping[tuple[str, str], int], answers: Collection[str]) -> BlindAgreement:
    """The agreement over pairs of answers, by the machine and by a person, and how often each was given. `answers` are
    those that there may be; of them, the one that people gave least is the rarer."""
    calls = sum(pairs.values())
    known = sorted({*answers, *(answer for pair in pairs for answer in pair)})
    by_people = {each: sum(times for (_, person), times in pairs.items() if person == each) for each in known}
    rarer = min((each for each in known if each in answers), key=lambda each: by_people[each], default="")
    return BlindAgreement(
        calls=calls,
        agreeing=sum(times for (machine, person), times in pairs.items() if machine == person),
        ac1=_ac1(pairs, known),
        rarer=by_people.get(rarer, 0),
        rarer_found=pairs.get((rarer, rarer), 0),
    )


def _ac1(pairs: Mapping[tuple[str, str], int], known: Collection[str]) -> float | None:
    """Gwet's AC1 of two raters: (a - e) ÷ (1 - e), e = Σ p·(1 - p) ÷ (answers - 1), p: the share of an answer."""
    calls = sum(pairs.values())
    if not calls or len(known) < 2:
        return None
    agreed = sum(times for (machine, person), times in pairs.items() if machine == person) / calls
    shares = (sum(times * pair.count(each) for pair, times in pairs.items()) / (2 * calls) for each in known)
    by_chance = sum(share * (1 - share) for share in shares) / (len(known) - 1)
    return (agreed - by_chance) / (1 - by_chance)


def against_automatic(found: BlindAgreement) -> tuple[str, ...]:
    """What keeps a question from being answered automatically, as sentences without a full stop; empty: nothing."""
    said = []
    if found.calls < LEAST_CALLS:
        said.append(f"{found.calls} calls were answered blind, fewer than {LEAST_CALLS}")
    lower = lower_bound(found.agreeing, found.calls)
    if lower < LEAST_AGREEMENT:
        said.append(f"agreement is {lower:.2f} at least, below {LEAST_AGREEMENT} (95%)")
    if found.ac1 is None or found.ac1 < LEAST_AC1:
        said.append(f"AC1 is {'not known' if found.ac1 is None else f'{found.ac1:.2f}'}, below {LEAST_AC1}")
    if found.rarer < LEAST_RARER:
        said.append(f"the rarer answer was seen {found.rarer} times, fewer than {LEAST_RARER}")
    elif found.rarer_found / found.rarer < LEAST_RECALL:
        said.append(f"the machine found {found.rarer_found} of {found.rarer} rarer answers, below {LEAST_RECALL:.0%}")
    return tuple(said)


def trust_now(declared: Trust, found: BlindAgreement) -> Trust:
    """The state that counts: what a card calls automatic is assisted as long as the figures don't carry it."""
    return Trust.ASSISTED if declared is Trust.AUTOMATIC and against_automatic(found) else declared


def lower_bound(hits: int, n: int) -> float:
    """Wilson's lower bound (95%) of a share; 0 without any."""
    if n <= 0:
        return 0.0
    share, z2 = hits / n, Z_95 * Z_95
    spread = Z_95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, (share + z2 / (2 * n) - spread) / (1 + z2 / n))
