"""The colours by computing: contrast in both themes, and differences as people with colour blindness see them."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dashboards import palette
from dashboards.palette import EMOTIONS, ROLES, SOUNDS, STATUSES, contrast, ink_on

ROOT = Path(__file__).resolve().parents[2]
THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
BACKGROUNDS = {theme: THEMES[theme]["backgroundColor"] for theme in ("light", "dark")}
"""Theme → the page's background."""

COLOURS = ("red", "orange", "yellow", "blue", "green", "violet", "gray")
CHARTED = sorted(
    {mark.colour for marks in (EMOTIONS, STATUSES, ROLES, SOUNDS) for mark in marks.values()} | {palette.QUIET}
)

LEAST_DIFFERENCE = 12.0
"""CIEDE2000 between any two emotions; 2.3 is just noticeable side by side."""

AS_SEEN = {
    "by all": np.eye(3),
    "with protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "with deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "with tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
"""Linear RGB as people see it: Machado, Oliveira and Fernandes 2009, severity 1."""


@pytest.mark.parametrize("theme", BACKGROUNDS)
def test_every_colour_of_a_chart_is_seen_on_both_backgrounds(theme: str) -> None:
    assert {colour for colour in CHARTED if contrast(colour, BACKGROUNDS[theme]) < 3} == set()


@pytest.mark.parametrize("seen", AS_SEEN)
def test_emotions_differ_however_colours_are_seen(seen: str) -> None:
    marks = list(EMOTIONS.values())
    labs = [_lab(_linear(mark.colour) @ AS_SEEN[seen].T) for mark in marks]
    near = {
        f"{one.word} and {other.word}": round(difference, 1)
        for (one, first), (other, second) in itertools.combinations(zip(marks, labs, strict=True), 2)
        if (difference := ciede2000(first, second)) < LEAST_DIFFERENCE
    }
    assert near == {}


def test_text_on_a_colour_can_be_read() -> None:
    assert {colour for colour in CHARTED if contrast(ink_on(colour), colour) < 4.5} == set()


@pytest.mark.parametrize("theme", BACKGROUNDS)
def test_every_text_of_a_theme_can_be_read(theme: str) -> None:
    colours = THEMES[theme]
    backgrounds = [colours["backgroundColor"], colours["secondaryBackgroundColor"]]
    pairs = [(colours["textColor"], background) for background in backgrounds]
    pairs += [(colours["primaryColor"], background) for background in backgrounds]
    for name in COLOURS:
        text, badge = colours[f"{name}TextColor"], colours[f"{name}BackgroundColor"]
        pairs += [(text, background) for background in (*backgrounds, badge)]
        pairs.append((colours["textColor"], badge))
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []


def test_streamlit_is_given_the_same_colours() -> None:
    marked = {mark.markdown_colour: mark.colour for mark in (*EMOTIONS.values(), palette.NOT_LABELLED)}
    assert {theme: THEMES[theme]["grayTextColor"] for theme in BACKGROUNDS} == palette.QUIET_TEXT
    assert {name: THEMES[f"{name}Color"] for name in COLOURS} == marked


def test_no_other_file_of_the_pages_names_a_colour() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "dashboards").rglob("*"))
        if path.suffix in (".py", ".js", ".css") and path.name != "palette.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(r"#(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{6})\b", line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_difference_is_that_of_the_published_examples(
    one: tuple[float, ...], other: tuple[float, ...], expected: float
) -> None:
    """Sharma, Wu and Dalal 2005, table 1."""
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(expected, abs=1e-4)


def ciede2000(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Difference of two colours in CIELAB, as of Sharma, Wu and Dalal 2005."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    grey = 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
    a1, a2 = (1 + grey) * a1, (1 + grey) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = h1 + turn / 2 if c1 * c2 else h1 + h2
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    waves = ((0.17, 1, -30), (-0.24, 2, 0), (-0.32, 3, 6), (0.2, 4, -63))
    weight = 1 - sum(height * np.cos(np.radians(times * hue + shift)) for height, times, shift in waves)
    s_l = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    s_c, s_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * weight
    bend = np.radians(60 * np.exp(-((((hue % 360) - 275) / 25) ** 2)))
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(bend)
    d_l, d_c, d_h = (l2 - l1) / s_l, (c2 - c1) / s_c, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2) / s_h
    return float(np.sqrt(d_l**2 + d_c**2 + d_h**2 + rotation * d_c * d_h))


def _linear(colour: str) -> NDArray[np.float64]:
    encoded = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _lab(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIELAB under D65."""
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    x, y, z = (
        np.cbrt(part) if part > 0.008856 else 7.787 * part + 16 / 116
        for part in to_xyz @ np.clip(linear, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])
