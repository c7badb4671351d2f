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

COUNTS: Final = ("agent_interruptions",)
"""Metrics that are whole numbers."""

LIMITS: Final = {
    "duration_s": (0, 63_072_000),
    "silence_s": (0, 63_072_000),
    "agent_interruptions": (0, 1000),
    "agent_valence": (-5, 5),
    "customer_valence": (-5, 5),
}
"""Metric → the least and the most that Connect lets its numbers be."""

MOST_ITEMS: Final = 100
"""Sections, and questions, that a form may have."""

MOST_SCORE: Final = 10
MOST_POINTS: Final = 100
REF_ID: Final = r"[a-zA-Z0-9._-]{1,40}"
BOUNDS: Final = {
    "GREATER_THAN": "above",
    "GREATER_THAN_OR_EQUAL_TO": "at_least",
    "LESS_THAN": "below",
    "LESS_THAN_OR_EQUAL_TO": "at_most",
}
"""Comparator of a number → the bound of a condition."""

LANGUAGES: Final = {"de": "de-DE", "en": "en-US", "es": "es-ES", "fr": "fr-FR", "it": "it-IT", "ja": "ja-JP",
                    "ko": "ko-KR", "pt": "pt-BR", "zh": "zh-CN"}  # fmt: skip
"""A language without its country → the FormLanguage that is meant."""
