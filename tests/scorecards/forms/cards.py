"""Cards for round trips: what is written in another way must come back as the same card, or be named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.reading import read_card
from tests.scenario import ROOT

SAMPLES = sorted((ROOT / "samples" / "scorecards").glob("*.yaml"))


def sample(path: Path) -> Card:
    return read_card(path.read_text(encoding="utf-8"), path.name)


def options(*points: float, **last: Any) -> list[dict[str, Any]]:
    made = [{"id": f"o{number}", "text": f"Option {number}", "points": own} for number, own in enumerate(points)]
    made[-1] |= last
    return made


EVERYTHING = Card.model_validate(
    {
        "scorecard": "007",
        "title": " =SUM(A1) <b>",
        "scoring": "by_section",
        "description": "All \x07 that a card\x85can say\u2028\r\n",
        "source_id": "c-1",
        "language": "en",
        "effective_from": "2025-01-01",
        "effective_to": "2025-12-31",
        "min_coverage": 0.1 + 0.2,
        "most": 120,
        "sections": [
            {
                "id": "s1",
                "title": "Same",
                "instructions": "Look\nhere",
                "most": 110,
                "source_id": "s-1",
                "weight": 1 / 3,
                "questions": [
                    {"id": "q1", "text": "a / b; c = 2 (3)", "not_applicable": True, "weight": 2.5,
                     "critical": ["business", "customer"], "comment_below": 0.5, "comment_required": True,
                     "trust": "automatic", "source_id": "q-1",
                     "answered_by": {"metric": "dead_air_s", "options": [{"option": "o0", "below": 3}]},
                     "options": options(2.5, 1e-9, 0, auto_fail="section", definition="-1", source_id="o-1")},
                    {"id": "q2", "text": "'quoted", "type": "several", "base": 3,
                     "cap": {"scope": "each_hit", "points": 2},
                     "asked_when": {"all": [{"question": "q1", "answers": ["o0"]}, {"not": {"metric": "silence_s",
                     "above": 3}}, {"any": [{"metadata": "queue",
                     "values": ["a"]}, {"metric": "silence_s", "at_least": 1, "at_most": 2}]}]},
                     "options": options(1, -1, 3), "instructions": " blanks around "},
                    {"id": "q3", "text": "Number", "type": "number", "excluded": True, "weight": 4,
                     "bands": [{"below": 0.1, "points": 1, "auto_fail": "card"}, {"at_least": 5, "points": 0}]},
                ],
            },
            {
                "id": "s2",
                "title": "Same",
                "questions": [
                    {"id": "t", "text": "_x0041_", "type": "text"},
                    {"id": "d", "text": "日期", "type": "date"},
                    {"id": "b", "text": "Bonus", "bonus": True, "options": options(1, 0)},
                    {"id": "b_x0041_", "text": "N/A", "options": options(1, 0),
                     "answered_by": {"rules": [{"rule": "r-1", "outcome": "hit", "answer": "o0"},
                                               {"rule": "r-1", "outcome": "not_evaluated", "answer": "cannot_tell"}]}},
                ],
            },
        ],
    }
)  # fmt: skip
"""A card with every key, and with texts that a sheet might take for something else."""
