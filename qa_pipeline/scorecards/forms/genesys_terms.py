"""What Genesys Cloud calls things (EvaluationForm of its platform API, SDK 258), and what they are called here."""

from __future__ import annotations

from typing import Final

TYPES: Final = {
    "multipleChoiceQuestion": "single",
    "multipleSelectQuestion": "several",
    "freeTextQuestion": "text",
    "npsQuestion": "number",
}
"""Type of a question → the type here; a readOnlyTextBlockQuestion asks nothing."""

READ_ONLY: Final = "readOnlyTextBlockQuestion"
NPS: Final = (0, 10)
UNSCALED: Final = "OFF"
"""The weightMode in which a group's weight does not scale its points."""

SELECTED: Final = "Selected"
UNSELECTED: Final = "Unselected"
DIALECTS: Final = (
    "ar", "cs", "da", "de", "en-US", "es", "fi", "fr", "fr-CA", "he", "hi", "it", "ja", "ko", "nl", "no", "pl", "pt-BR",
    "pt-PT", "ru", "sv", "th", "tr", "uk", "zh-CN", "zh-TW",
)  # fmt: skip
LANGUAGES: Final = {"en": "en-US", "pt": "pt-BR", "zh": "zh-CN"}
"""A language without its country → the dialect that is meant."""

MOST_QUESTIONS: Final = 200
MOST_NAME: Final = 250
MOST_TEXT: Final = 500
