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
SELECTED: Final = "Selected"
UNSELECTED: Final = "Unselected"
