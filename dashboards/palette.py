"""How statuses, roles and emotions look, the same wherever they appear.

Colours are Okabe and Ito's colour-blind-safe set (Color Universal Design, 2008), as in .streamlit/config.toml.
No meaning hangs on colour alone: each mark has a word and an icon of its own. A missing emotion is
not neutral, so it has its own mark, and the palest one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qa_pipeline.transcription.languages import LANGUAGE_NAMES


@dataclass(frozen=True, slots=True)
class Mark:
    """Word, colour for charts (hex), name of the same colour in Streamlit's Markdown, Material icon."""

    label: str
    colour: str
    markdown_colour: str
    icon: str

    @property
    def badge(self) -> str:
        """Markdown of a small coloured label with icon and word."""
        return f":{self.markdown_colour}-badge[:material/{self.icon}: {self.label}]"

    @property
    def glyph(self) -> str:
        """Markdown of the coloured icon alone, for rows of many; the word is nearby."""
        return f":{self.markdown_colour}[:material/{self.icon}:]"


NOT_LABELLED = Mark("not labelled", "#DDE3EA", "gray", "help")

EMOTIONS: dict[str | None, Mark] = {
    "angry": Mark("angry", "#D55E00", "red", "sentiment_extremely_dissatisfied"),
    "disgusted": Mark("disgusted", "#E69F00", "orange", "sick"),
    "fearful": Mark("fearful", "#CC79A7", "violet", "sentiment_worried"),
    "sad": Mark("sad", "#0072B2", "blue", "sentiment_dissatisfied"),
    None: NOT_LABELLED,
    "neutral": Mark("neutral", "#8C96A3", "gray", "sentiment_neutral"),
    "surprised": Mark("surprised", "#F0E442", "yellow", "sentiment_excited"),
    "happy": Mark("happy", "#009E73", "green", "sentiment_satisfied"),
}
"""In the order of charts: from what hurts to what pleases."""

STATUSES: dict[str, Mark] = {
    "ok": Mark("ok", "#009E73", "green", "check_circle"),
    "partial": Mark("partial", "#E69F00", "orange", "contrast"),
    "failed": Mark("failed", "#D55E00", "red", "error"),
    "quarantined": Mark("quarantined", "#8C96A3", "gray", "block"),
}

ROLES: dict[str, Mark] = {
    "agent": Mark("Agent", "#0072B2", "blue", "support_agent"),
    "customer": Mark("Customer", "#17212E", "primary", "person"),
    "other": Mark("Other", "#8A5A00", "orange", "group"),
    "mixed": Mark("Both parties", "#55606E", "gray", "groups"),
}


def emotion_mark(emotion: str | None) -> Mark:
    """The mark of an emotion; an unknown word is shown as it is, without a colour of its own."""
    return EMOTIONS.get(emotion) or Mark(str(emotion), "#8C96A3", "gray", "sentiment_neutral")


def status_mark(status: str) -> Mark:
    """The mark of a call's status."""
    return STATUSES.get(status) or Mark(status, "#8C96A3", "gray", "help")


def defect_label(defect: str) -> str:
    """A defect's name in words: dual_mono is dual mono."""
    return defect.replace("_", " ")


def language_name(code: str | None) -> str:
    """The English name of a language code; None is a missing language."""
    return LANGUAGE_NAMES.get(code, code) if code else "not labelled"


def course(emotions: Iterable[str | None]) -> list[str | None]:
    """A sequence of emotions without repetitions, as it went: angry angry neutral becomes angry neutral."""
    steps: list[str | None] = []
    for emotion in emotions:
        if not steps or steps[-1] != emotion:
            steps.append(emotion)
    return steps
