"""Who cut into whose turn. No product of the field says how it decides; this is how ours does.

B interrupts A when B's turn begins at least `interruption_lead_ms` after A's began and before A's ends, B's turn is no
back-channel, and either both speak for `interruption_overlap_ms` or longer, or A stops while B goes on. An overlap
shorter than `turn_taking_ms` at the end of A's turn is no interruption: so do people take turns.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.conversation.intervals import Coverage
from qa_pipeline.conversation.sentences import OTHER, ROLES
from qa_pipeline.conversation.turns import Group, Turn
from qa_pipeline.transcription.roles import Role


def mark_interruptions(turns: Sequence[Turn], groups: Sequence[Group], thresholds: MetricThresholds) -> list[Turn]:
    """`turns` with their interruptions; `groups` are the same turns with their sentences. O(n log n)."""
    main_turns: dict[Role, list[int]] = {
        role: [turn.turn_id for turn in turns if turn.role == role and not turn.is_backchannel] for role in ROLES
    }
    begins = {role: [turns[turn_id].begin_ms for turn_id in main_turns[role]] for role in ROLES}
    marked = []
    for turn in turns:
        other = OTHER[turn.role]
        before = bisect_left(begins[other], turn.begin_ms)
        if before and not turn.is_backchannel:
            cut = turns[main_turns[other][before - 1]]
            both_ms = _interruption_ms(turn, cut, groups, thresholds)
            if both_ms:
                turn = turn._replace(interrupts=True, interrupted_turn_id=cut.turn_id, interruption_ms=both_ms)
        marked.append(turn)
    return marked


def _interruption_ms(turn: Turn, cut: Turn, groups: Sequence[Group], thresholds: MetricThresholds) -> int:
    """How long both speak if `turn` interrupts `cut`, else 0."""
    if turn.begin_ms - cut.begin_ms < thresholds.interruption_lead_ms or turn.begin_ms >= cut.end_ms:
        return 0
    both_ms = Coverage(groups[cut.turn_id].speech()).shared_ms(groups[turn.turn_id].speech())
    stops = cut.end_ms <= turn.end_ms and both_ms >= thresholds.turn_taking_ms
    return both_ms if stops or both_ms >= thresholds.interruption_overlap_ms else 0
