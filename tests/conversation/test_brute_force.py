"""The same figures worked out a second time, slowly: every recording is a row of 10 ms cells, and cells are counted.

Nothing of the room's arithmetic is used here, only its thresholds; what is compared is the meaning of a definition,
not one way to compute it. Sentences begin and end on cells, so the two must agree to less than one cell.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_pipeline.conversation.analysis import analyse_call
from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.sentences import SpokenSentence
from tests.conversation.building import conversations

pytestmark = pytest.mark.thorough

CELL_MS = 10
WITHIN_S = 0.01
LIMITS = MetricThresholds()
OTHER = {"agent": "customer", "customer": "agent"}


@dataclass
class SlowTurn:
    """A turn as a set of cells in which its role speaks, and the cells between which it lasts."""

    role: str
    parts: list[tuple[int, int]]
    murmur: bool = False
    cells: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.begin = min(begin for begin, _ in self.parts)
        self.end = max(end for _, end in self.parts)
        self.cells = {cell for part in self.parts for cell in range(*part)}


def spans_of(sentences: list[SpokenSentence]) -> dict[str, list[tuple[int, int]]]:
    spans: dict[str, list[tuple[int, int]]] = {"agent": [], "customer": []}
    for sentence in sentences:
        assert sentence.begin_ms is not None
        assert sentence.end_ms is not None
        if sentence.end_ms > sentence.begin_ms:  # a sentence without length has no cell
            spans[sentence.role].append((sentence.begin_ms // CELL_MS, sentence.end_ms // CELL_MS))
    return {role: sorted(own) for role, own in spans.items()}


def cells_of(spans: list[tuple[int, int]]) -> set[int]:
    return {cell for begin, end in spans for cell in range(begin, end)}


def silences_between(cells: set[int]) -> list[int]:
    """Lengths in cells of the silences between the first and the last cell with speech."""
    lengths, silent = [], 0
    for cell in range(min(cells, default=0), max(cells, default=-1) + 1):
        if cell in cells:
            lengths.append(silent)
            silent = 0
        else:
            silent += 1
    return [length for length in lengths if length]


def slow_turns(spans: dict[str, list[tuple[int, int]]], role: str) -> list[SlowTurn]:
    """A pause ends a turn when it is longer than a breath and holds a cell of the other's speech."""
    others = cells_of(spans[OTHER[role]])
    turns: list[list[tuple[int, int]]] = []
    for span in spans[role]:
        if turns:
            pause = range(max(end for _, end in turns[-1]), span[0])
            if len(pause) * CELL_MS <= LIMITS.breath_ms or not any(cell in others for cell in pause):
                turns[-1].append(span)
                continue
        turns.append([span])
    return [SlowTurn(role, parts) for parts in turns]


def both_sides(spans: dict[str, list[tuple[int, int]]]) -> list[SlowTurn]:
    """All turns, murmurs set aside first and the others made anew without them."""
    first = sorted(slow_turns(spans, "agent") + slow_turns(spans, "customer"), key=lambda turn: turn.begin)
    for turn in first:
        short = (turn.end - turn.begin) * CELL_MS < LIMITS.backchannel_ms
        turn.murmur = short and any(
            host.role != turn.role
            and not host.murmur
            and host.begin < turn.begin
            and host.end - turn.begin >= LIMITS.turn_taking_ms / CELL_MS
            for host in first
        )
    murmurs = [turn for turn in first if turn.murmur]
    heard: dict[str, list[tuple[int, int]]] = {"agent": [], "customer": []}
    for turn in first:
        if not turn.murmur:
            heard[turn.role] += turn.parts
    return murmurs + slow_turns(heard, "agent") + slow_turns(heard, "customer")


def slow_interruptions(turns: list[SlowTurn], role: str) -> list[int]:
    """Cells in which both speak, for each interruption by `role`."""
    found = []
    for turn in (turn for turn in turns if turn.role == role and not turn.murmur):
        for cut in (cut for cut in turns if cut.role != role and not cut.murmur):
            if not (cut.begin + LIMITS.interruption_lead_ms / CELL_MS <= turn.begin < cut.end):
                continue
            both = len(cut.cells & turn.cells)
            stops = cut.end <= turn.end and both * CELL_MS >= LIMITS.turn_taking_ms
            if stops or both * CELL_MS >= LIMITS.interruption_overlap_ms:
                found.append(both)
    return found


def slow_responses_ms(turns: list[SlowTurn]) -> list[int]:
    floor = sorted((t for t in turns if not t.murmur), key=lambda t: (t.begin, t.end, t.role))
    return sorted(
        max(0, answer.begin - asked.end) * CELL_MS
        for asked, answer in itertools.pairwise(floor)
        if (asked.role, answer.role) == ("customer", "agent")
    )


def share_of(ordered: list[int], share: float) -> float | None:
    """The value below which `share` of them lie, linear between neighbours."""
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))


def close(fast: float | int | None, slow: float | int | None, within: float = WITHIN_S) -> bool:
    return slow is None if fast is None else slow is not None and abs(fast - slow) < within


@given(conversations(step_ms=CELL_MS))
@settings(deadline=None, max_examples=250)
def test_counting_cells_gives_the_same_times(drawn: tuple[list[SpokenSentence], float]) -> None:
    sentences, duration_s = drawn
    spans = spans_of(sentences)
    agent, customer = cells_of(spans["agent"]), cells_of(spans["customer"])
    silences_s = [length * CELL_MS / 1000 for length in silences_between(agent | customer)]
    dead_air_s = [silence_s for silence_s in silences_s if silence_s > LIMITS.dead_air_ms / 1000]
    fast = analyse_call(sentences, duration_s).metrics
    silent = len(set(range(round(duration_s * 1000 / CELL_MS))) - agent - customer)
    assert close(fast.agent_talk_s, len(agent) * CELL_MS / 1000)
    assert close(fast.customer_talk_s, len(customer) * CELL_MS / 1000)
    assert close(fast.overlap_s, len(agent & customer) * CELL_MS / 1000)
    assert close(fast.silence_s, silent * CELL_MS / 1000)
    assert close(fast.silence_ratio, silent * CELL_MS / 1000 / duration_s, 1e-9)
    someone = bool(agent | customer)
    assert close(fast.dead_air_s, sum(dead_air_s) if someone else None)
    assert fast.dead_air_count == (len(dead_air_s) if someone else None)
    assert close(fast.longest_silence_s, max(silences_s, default=0) if someone else None)
    ratio = len(agent) / (len(agent) + len(customer)) if someone else None
    assert close(fast.talk_ratio, ratio, 1e-9)


@given(conversations(step_ms=CELL_MS))
@settings(deadline=None, max_examples=250)
def test_counting_cells_gives_the_same_turns_interruptions_and_responses(
    drawn: tuple[list[SpokenSentence], float],
) -> None:
    sentences = [s for s in drawn[0] if s.begin_ms != s.end_ms]
    slow = both_sides(spans_of(sentences))
    conversation = analyse_call(sentences, drawn[1])
    fast = conversation.metrics
    assert sorted(
        (turn.role, turn.begin_ms, turn.end_ms, turn.is_backchannel) for turn in conversation.turns
    ) == sorted((turn.role, turn.begin * CELL_MS, turn.end * CELL_MS, turn.murmur) for turn in slow)
    for role in ("agent", "customer"):
        interruptions = slow_interruptions(slow, role)
        row = fast.row()
        assert row[f"{role}_interruptions"] == len(interruptions)
        assert close(row[f"{role}_interruptions_s"], sum(interruptions) * CELL_MS / 1000)
    responses = slow_responses_ms(slow)
    assert close(fast.response_ms_p50, share_of(responses, 0.5), CELL_MS)
    assert close(fast.response_ms_p90, share_of(responses, 0.9), CELL_MS)


def runs_of(cells: set[int]) -> list[int]:
    """Lengths of the runs of neighbouring cells."""
    first = [cell for cell in cells if cell - 1 not in cells]
    return [next(length for length in itertools.count(1) if cell + length not in cells) for cell in first]


@given(conversations(step_ms=CELL_MS), st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 800)), max_size=8))
@settings(deadline=None, max_examples=150)
def test_counting_cells_gives_the_same_sound_without_words_and_words_without_sound(
    drawn: tuple[list[SpokenSentence], float], sounds: list[tuple[int, int]]
) -> None:
    sentences, duration_s = drawn
    sounding = [(begin, min(begin + length, 6000)) for begin, length in sounds]
    heard, margin = cells_of(sounding), LIMITS.sound_margin_ms // CELL_MS
    own = spans_of(sentences)["agent"]
    wordless = heard - cells_of([(begin - margin, end + margin) for begin, end in own])
    stretches = [length for length in runs_of(wordless) if length * CELL_MS >= LIMITS.wordless_sound_ms]
    unheard = [span for span in own if len(heard & cells_of([span])) < LIMITS.heard_share * (span[1] - span[0])]
    segments = [(begin * CELL_MS, end * CELL_MS) for begin, end in sounding]
    placed = [s for s in sentences if s.begin_ms != s.end_ms]
    fast = analyse_call(placed, duration_s, speech={"agent": segments}).metrics
    assert fast.agent_sound_without_words == len(stretches)
    assert close(fast.agent_sound_without_words_s, sum(stretches) * CELL_MS / 1000)
    assert fast.agent_words_without_sound == len(unheard)
    assert close(fast.agent_words_without_sound_s, len(cells_of(unheard)) * CELL_MS / 1000)
