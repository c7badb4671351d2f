"""What Amazon Connect calls things, by botocore's `connect` model of July 2026, and what they are called here."""

from __future__ import annotations

from typing import Final

MODES: Final = {"POINTS_BASED": "points", "QUESTION_ONLY": "by_question", "SECTION_ONLY": "by_section"}
TYPES: Final = {
    "SINGLESELECT": "single",
    "MULTISELECT": "several",
    "NUMERIC": "number",
    "TEXT": "text",
    "DATETIME": "date",
}
"""QuestionType → the type of a question."""

PROPERTIES: Final = {"SINGLESELECT": "SingleSelect", "MULTISELECT": "MultiSelect", "NUMERIC": "Numeric", "TEXT": "Text"}
"""QuestionType → the key of its QuestionTypeProperties."""

METRICS: Final = {
    "CONTACT_DURATION": "duration_s",
    "NON_TALK_TIME": "silence_s",
    "NUMBER_OF_INTERRUPTIONS": "agent_interruptions",
    "OVERALL_AGENT_SENTIMENT_SCORE": "agent_valence",
    "OVERALL_CUSTOMER_SENTIMENT_SCORE": "customer_valence",
}
"""A number of a contact → the metric of a call that is nearest to it, in the same unit."""

MOST_SCORE: Final = 10
BOUNDS: Final = {
    "GREATER_THAN": "above",
    "GREATER_THAN_OR_EQUAL_TO": "at_least",
    "LESS_THAN": "below",
    "LESS_THAN_OR_EQUAL_TO": "at_most",
}
"""Comparator of a number → the bound of a condition."""
