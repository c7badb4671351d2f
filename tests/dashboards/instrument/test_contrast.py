"""What the instrument draws can be seen: each colour that the pen really takes, against what lies below it, computed in
a real browser in both themes, for every role, emotion and kind of finding."""

from __future__ import annotations

import base64
import itertools
import json
from typing import Any

import pytest

from dashboards.instrument.labels import KIND_COLOURS
from dashboards.palette import EMOTIONS, ROLES, SOUNDS, contrast
from tests.dashboards.browsing import open_page
from tests.dashboards.test_palette import BACKGROUNDS, THEMES

pytestmark = pytest.mark.browser

TEXT, SHAPE = 4.5, 3.0
"""WCAG 2.2: 1.4.3 and 1.4.11."""

WATCH_THE_PEN = """
const pen = CanvasRenderingContext2D.prototype;
const { fillRect, fill, stroke, fillText, clearRect } = pen;
const parts = (colour) => [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
const colourOfPage = () => getComputedStyle(document.querySelector(".stApp")).backgroundColor;
const page = () => colourOfPage().match(/\\d+/g).slice(0, 3).map(Number);
const holds = (each, x, y) => x >= each.x && x < each.x + each.w && y >= each.y && y < each.y + each.h;
const below = (x, y) => rects.findLast((each) => holds(each, x, y));
const note = (what, colour, under = null) => window.drawn.set([what, colour, under].join(), [what, colour, under]);
let rects = [];
window.drawn = new Map();
pen.clearRect = function (...box) {
  rects = [];
  window.drawn.clear();
  return clearRect.apply(this, box);
};
pen.fillRect = function (x, y, w, h) {
  const under = below(x + w / 2, y + h / 2)?.colour || null, alpha = this.globalAlpha;
  const ground = under ? parts(under) : page();
  const seen = parts(this.fillStyle).map((each, place) => Math.round(alpha * each + (1 - alpha) * ground[place]));
  const colour = "#" + seen.map((each) => each.toString(16).padStart(2, "0")).join("");
  note(alpha < 1 ? "tint" : "shape", colour, under);
  if (w > 5) rects.push({ x, y, w, h, colour });
  return fillRect.call(this, x, y, w, h);
};
pen.fill = function () {
  note("shape", this.fillStyle);
  return fill.call(this);
};
pen.stroke = function () {
  note("line", this.strokeStyle);
  return stroke.call(this);
};
pen.fillText = function (...said) {
  note("text", this.fillStyle);
  return fillText.apply(this, said);
};
"""


def everything() -> dict[str, Any]:
    """A call in which every role speaks in every mood, with a finding of every kind and every sound on each channel."""
    roles, moods = list(ROLES), list(EMOTIONS)
    said = [
        [role, place * 1000, place * 1000 + 900, "so", "en", None, mood, None]
        for place, (role, mood) in enumerate(itertools.product(range(len(roles)), moods))
    ]
    length = len(said) * 1000
    kinds = [{"kind": kind, "begin_ms": 500, "end_ms": 1500, "role": None, "label": ""} for kind in KIND_COLOURS]
    heard = [
        {"kind": kind, "begin_ms": 2000 + 3000 * place, "end_ms": 4500 + 3000 * place, "role": role, "label": ""}
        for place, kind in enumerate(SOUNDS)
        for role in roles
    ]
    loud = base64.b64encode(bytes((0x81, 0x7F)) * (length // 50)).decode()
    return {
        "duration_ms": length,
        "channels": [{"id": place, "role": role, "name": None} for place, role in enumerate(roles)],
        "outline": {
            "per_s": 20,
            "tile": 2048,
            "level": 0,
            "channels": dict.fromkeys(map(str, range(len(roles))), loud),
        },
        "roles": roles,
        "sentences": said,
        "block": 400,
        "turns": [],
        "turn_of": [-1] * len(said),
        "marks": kinds + heard,
        "remarks": {},
        "masked": {0: [[0, 2, "card"]]},
        "unplaced": [],
        "words": [[] for _ in said],
    }


@pytest.mark.parametrize("theme", BACKGROUNDS)
def test_every_text_and_shape_of_the_outline_stands_out_from_what_is_below_it(
    page: Any, server: str, theme: str
) -> None:
    page.emulate_media(color_scheme=theme)
    page.add_init_script(WATCH_THE_PEN)
    page.route("**/call-data/*/call", lambda route: route.fulfill(body=json.dumps(everything())))
    open_page(page, f"{server}/call?call=c0102")
    page.locator(".instrument[data-ready=true]").wait_for()
    colours = THEMES[theme]
    names = {role.colour.lower() for role in ROLES.values()} | {mood.colour.lower() for mood in EMOTIONS.values()}
    page.wait_for_function("names => { const seen = new Set([...window.drawn.values()].map((each) => each[1]));"
                           " return names.every((each) => seen.has(each)) }", arg=sorted(names))  # fmt: skip
    drawn = page.evaluate("[...window.drawn.values()]")
    # what only guides the eye says nothing by itself: lines of the grid, and the tracks on which bars lie
    guides = {colours["borderColor"].lower(), colours["secondaryBackgroundColor"].lower()}
    faint = [
        (what, colour, below or BACKGROUNDS[theme])
        for what, colour, below in drawn
        if what != "tint" and colour not in guides and colour != below
        and contrast(colour, below or BACKGROUNDS[theme]) < (TEXT if what == "text" else SHAPE)
    ]  # fmt: skip
    assert faint == []
    assert {what for what, _, _ in drawn} == {"text", "line", "shape", "tint"}
