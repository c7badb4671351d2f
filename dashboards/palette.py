"""How statuses, roles and emotions look, the same wherever they appear, and every other colour of charts.

One set of colours serves the light and the dark theme: each is at least 3:1 against both backgrounds, so a chart
is right when a reader changes the theme, of which the server is not told. The colours of emotions were searched for
the largest difference between any two of them as people with protanopia, deuteranopia and tritanopia see them;
tests/dashboards/test_palette.py computes it. .streamlit/config.toml names the same values for Streamlit.

Text has no colour here: 4.5:1 against both backgrounds cannot be had, so text and lines that follow the theme get
theirs from style sheets.

No meaning hangs on colour alone: each mark has a word and an icon of its own. A missing emotion is not neutral, so
it has its own mark.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qa_pipeline.transcription.languages import LANGUAGE_NAMES
from qa_pipeline.wording.languages import t, to_translate

QUIET_TEXT = {"light": "#4F5A66", "dark": "#B4BFCC"}
"""Theme → text that is less important than what it stands beside, as `grayTextColor` in .streamlit/config.toml."""

QUIET = "#7D8894"
"""Intervals, marks on an axis, the outline of what lies beside others."""

MASKED = "#C2548F"
"""What is masked in words and sound."""

_DARK_INK, _LIGHT_INK = "#000000", "#FFFFFF"


@dataclass(frozen=True, slots=True)
class Mark:
    """English word, colour for charts (hex), name of the same colour in Streamlit's Markdown, Material icon."""

    word: str
    colour: str
    markdown_colour: str
    icon: str

    @property
    def label(self) -> str:
        """The word in the reader's language."""
        return t(self.word)

    @property
    def badge(self) -> str:
        """Markdown of a small coloured label with icon and word."""
        return f":{self.markdown_colour}-badge[:material/{self.icon}: {self.label}]"


NOT_LABELLED = Mark(to_translate("not labelled"), "#7D909E", "gray", "help")

EMOTIONS: dict[str | None, Mark] = {
    "angry": Mark(to_translate("angry"), "#C6152C", "red", "sentiment_extremely_dissatisfied"),
    "disgusted": Mark(to_translate("disgusted"), "#8F9766", "yellow", "sick"),
    "fearful": Mark(to_translate("fearful"), "#824AB8", "violet", "sentiment_worried"),
    "sad": Mark(to_translate("sad"), "#4793FD", "blue", "sentiment_dissatisfied"),
    None: NOT_LABELLED,
    "neutral": Mark(to_translate("neutral"), "#61646C", "gray", "sentiment_neutral"),
    "surprised": Mark(to_translate("surprised"), "#C97300", "orange", "sentiment_excited"),
    "happy": Mark(to_translate("happy"), "#217A56", "green", "sentiment_satisfied"),
}
"""In the order of charts: from what hurts to what pleases."""

STATUSES: dict[str, Mark] = {
    "ok": Mark(to_translate("ok"), "#217A56", "green", "check_circle"),
    "partial": Mark(to_translate("partial"), "#C97300", "orange", "contrast"),
    "failed": Mark(to_translate("failed"), "#C6152C", "red", "error"),
    "quarantined": Mark(to_translate("quarantined"), "#7D909E", "gray", "block"),
}

ROLES: dict[str, Mark] = {
    "agent": Mark(to_translate("Agent"), "#2B83BA", "blue", "support_agent"),
    "customer": Mark(to_translate("Customer"), "#8A6FC4", "violet", "person"),
    "other": Mark(to_translate("Other"), "#A9741F", "orange", "group"),
    "mixed": Mark(to_translate("Both parties"), QUIET, "gray", "groups"),
}

SOUNDS: dict[str, Mark] = {
    "ringing": Mark(to_translate("ringing"), "#A9741F", "orange", "notifications"),
    "tone": Mark(to_translate("tone"), "#8A6FC4", "violet", "graphic_eq"),
    "music": Mark(to_translate("music"), "#2E8B6F", "green", "music_note"),
    "announcement": Mark(to_translate("announcement"), "#2B83BA", "blue", "campaign"),
}
"""Sound that is no speech: a line below the outline, and a tint behind it."""


def emotion_mark(emotion: str | None) -> Mark:
    """The mark of an emotion; an unknown word is shown as it is, without a colour of its own."""
    return EMOTIONS.get(emotion) or Mark(str(emotion), QUIET, "gray", "sentiment_neutral")


def status_mark(status: str) -> Mark:
    """The mark of a call's status."""
    return STATUSES.get(status) or Mark(status, QUIET, "gray", "help")


def ink_on(colour: str) -> str:
    """Black or white, whichever is read better on a colour; of any two, one has at least 4.5:1."""
    return max((_DARK_INK, _LIGHT_INK), key=lambda ink: contrast(ink, colour))


def contrast(one: str, other: str) -> float:
    """How far two colours (hex) differ in lightness, from 1 to 21: WCAG 2.2, contrast ratio."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance of sRGB, 0 to 1: WCAG 2.2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def defect_label(defect: str) -> str:
    """A defect's name in words: dual_mono is dual mono."""
    return t(defect.replace("_", " "))


def language_name(code: str | None) -> str:
    """The name of a language code in the reader's language; None is a missing language."""
    return t(LANGUAGE_NAMES.get(code, code)) if code else NOT_LABELLED.label


def course(emotions: Iterable[str | None]) -> list[str | None]:
    """A sequence of emotions without repetitions, as it went: angry angry neutral becomes angry neutral."""
    steps: list[str | None] = []
    for emotion in emotions:
        if not steps or steps[-1] != emotion:
            steps.append(emotion)
    return steps
