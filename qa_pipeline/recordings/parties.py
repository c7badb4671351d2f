"""Who is on a channel, in the words of people and phone systems, and names of files that say it.

`77_agent.wav` and `77_customer.wav`, `c-in.wav` and `c-out.wav`: a name with one word for a party, and a second name
that differs in that word alone. What the words mean:

- agent, customer and their like say it themselves.
- `in`, `rx`, `read` are what came from the line that is recorded, `out`, `tx`, `write` what was sent to it (Asterisk,
  FreeSWITCH, rtpengine). The line is the customer's on inbound calls and the agent's on outbound ones.
- `caller` and `callee` (leg a and b) are the customer and the agent of an inbound call, the other way round of an
  outbound one.
- `left` and `right`, `ch0` and `ch1` are channels, of which `agent_channel` says which is the agent's.

Where `agent_channel` is given it decides of all but the first kind: the first of each pair is 0.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from qa_pipeline.transcription.roles import ChannelRole

Key = TypeVar("Key")

_AGENT = (
    "agent agente agents operator operador operateur advisor adviser rep representative csr employee staff internal "
    "local mic microphone asesor mitarbeiter conseiller оператор агент 坐席 座席 客服 オペレーター エージェント 상담원"
)
_CUSTOMER = (
    "customer cust client cliente kunde consumer contact external remote guest patient subscriber member "
    "speaker desktop клиент 客户 客戶 顧客 お客様 고객"
)
_PAIRS = (
    ("in", "in rx read recv received receive inbound incoming", "out", "out tx write sent send outbound outgoing"),
    ("caller", "caller calling aleg lega a-leg originator", "callee", "callee called bleg legb b-leg terminator"),
    ("0", "left links ch0 chan0 channel0 l0", "1", "right rechts ch1 chan1 channel1 r1"),
)
PARTY_WORDS: Mapping[str, str] = {
    **dict.fromkeys(_AGENT.split(), "agent"),
    **dict.fromkeys(_CUSTOMER.split(), "customer"),
    **{
        word: side
        for first, of_first, second, of_second in _PAIRS
        for side, words in ((first, of_first), (second, of_second))
        for word in words.split()
    },
}
"""Words for a party in lower case → what they say: agent, customer, in, out, caller, callee, 0 or 1."""

SIDES = (("in", "out"), ("caller", "callee"), ("0", "1"))
"""Pairs that say of each other which is which, and not yet who the agent is."""

_OF_THE_CALL = frozenset({"internal", "external", "inbound", "incoming", "outbound", "outgoing"})
"""Words that say in a name more often what kind of call it is than who is on it."""

_WORDS = re.compile(r"[^\W_]+")
_SEPARATORS = " _-.,()[]"
_LEGS = re.compile(r"(?:leg|side|party)[ _.-]?(?P<behind>[ab12])|(?P<front>[ab])[ _.-]?(?:leg|side|party)")
_LEG_SIDES = {"a": "caller", "1": "caller", "b": "callee", "2": "callee"}


def party_of(word: str) -> str | None:
    """What a word for a party says, in any case: see `PARTY_WORDS`; None for any other word."""
    plain = word.strip().casefold()
    if plain in PARTY_WORDS:
        return PARTY_WORDS[plain]
    leg = _LEGS.fullmatch(plain)
    return _LEG_SIDES[leg["behind"] or leg["front"]] if leg else None


def party_in(text: str) -> str | None:
    """What the first word for a party in a text says: `Mic/Aux`, `Agent audio`; None where there is none."""
    return next((party for word in _WORDS.findall(text) if (party := party_of(word))), None)


@dataclass(frozen=True, slots=True)
class NamedPart:
    """A name taken apart: `base` is what the names of all parts share (the call), `party` what the rest says."""

    base: str
    party: str


def parts_in(stem: str) -> list[NamedPart]:
    """Every way to read a file's name without its ending as the name of a call and a word for a party."""
    found = []
    for match in (*_WORDS.finditer(stem), *_LEGS.finditer(stem.casefold())):
        begin, end = match.span()
        party = party_of(stem[begin:end])
        apart = (begin == 0 or not stem[begin - 1].isalnum()) and (end == len(stem) or not stem[end].isalnum())
        base = _joined(stem[:begin], stem[end:])
        if party is not None and apart and base and stem[begin:end].casefold() not in _OF_THE_CALL:
            found.append(NamedPart(base, party))
    return found


def _joined(before: str, behind: str) -> str:
    """What is left of a name when a word is taken out: with one separator where it was."""
    begin, end = before.rstrip(_SEPARATORS), behind.lstrip(_SEPARATORS)
    separator = before[len(begin) :][:1] or behind[: len(behind) - len(end)][:1]
    return f"{begin}{separator}{end}" if begin and end else begin or end


def pairs_of(names: Iterable[tuple[Key, str]]) -> dict[Key, NamedPart]:
    """The names (key, name without ending) that are plainly the two parties of one call, by key.

    Plainly: two names, and no third, that differ in one word for a party, and the two words belong together. Names that
    can be read in two such ways are left alone.
    """
    by_base: dict[str, list[tuple[Key, NamedPart]]] = defaultdict(list)
    for key, stem in names:
        for part in parts_in(stem):
            by_base[part.base.casefold()].append((key, part))
    found: dict[Key, list[NamedPart]] = defaultdict(list)
    for claims in by_base.values():
        if len(claims) == 2 and belong_together([part.party for _, part in claims]):
            for key, part in claims:
                found[key].append(part)
    return {key: parts[0] for key, parts in found.items() if len(parts) == 1}


def belong_together(parties: Sequence[str]) -> bool:
    """Whether two words are those of the two parties of a call."""
    for first, second in combinations(parties, 2):
        if first == second or not ({first, second} & {"agent", "customer"} or _are_a_pair(first, second)):
            return False
    return len(parties) == 2


def _are_a_pair(first: str, second: str) -> bool:
    return any({first, second} == set(pair) for pair in SIDES)


def roles_of(parties: Sequence[str], *, direction: str | None, agent_channel: int | None) -> list[ChannelRole]:
    """Who is on each part, by the words for them; what is neither agent nor customer is `other`.

    `agent_channel` is what the metadata says of it, None where it says nothing.
    """
    roles: list[ChannelRole | None] = [_plain_role(party) for party in parties]
    open_ones = [index for index, party in enumerate(parties) if roles[index] is None and _is_side(party)]
    if len(open_ones) == 2 and "agent" not in roles and "customer" not in roles:
        first, second = sorted(open_ones, key=lambda index: _order(parties[index]))
        agent = first if _first_is_agent(parties[first], direction, agent_channel) else second
        roles[first], roles[second] = "customer", "customer"
        roles[agent] = "agent"
    elif len(open_ones) == 1 and ("agent" in roles) != ("customer" in roles):
        roles[open_ones[0]] = "customer" if "agent" in roles else "agent"
    return [role or "other" for role in roles]


def _first_is_agent(first: str, direction: str | None, agent_channel: int | None) -> bool:
    if agent_channel is not None:
        return agent_channel == 0
    return direction == "outbound" if first in ("in", "caller") else True


def _plain_role(party: str) -> ChannelRole | None:
    return "agent" if party == "agent" else "customer" if party == "customer" else None


def _is_side(party: str) -> bool:
    return any(party in pair for pair in SIDES)


def _order(party: str) -> int:
    """The first of a pair before the second."""
    return next((pair.index(party) for pair in SIDES if party in pair), 0)


def order_of(party: str) -> tuple[int, int]:
    """In which order the parts of a call are its channels: agent, customer, then others."""
    if party in ("agent", "customer"):
        return (0, int(party == "customer"))
    return (0, _order(party)) if _is_side(party) else (1, 0)
