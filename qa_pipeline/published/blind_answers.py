"""What machines and people who answered blind said to the same questions of published calls."""

from __future__ import annotations

from collections import Counter

from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.statements.files import read_sql

QuestionKey = tuple[str, str, str]
"""Card, question and version of the question."""


def blind_answers(snapshot: Snapshot) -> dict[QuestionKey, Counter[tuple[str, str]]]:
    """Question → how often which pair of answers, by the machine and by a person, was given; nothing of a snapshot that
    was published before there were evaluations.

    Raises:
        UnreadableSnapshot: it is damaged.
    """
    found: dict[QuestionKey, Counter[tuple[str, str]]] = {}
    if {"evaluations", "evaluation_answers"} <= snapshot.tables():
        for card, question, version, machine, person, times in snapshot.tuples(
            read_sql("reads/how_machines_agree_with_people.sql")
        ):
            found.setdefault((card, question, version), Counter())[machine, person] += times
    return found
