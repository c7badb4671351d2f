"""A question of an Amazon Connect form, as a card has it."""

from __future__ import annotations

import itertools
from typing import Any

from qa_pipeline.scorecards.forms.connect_automation import (
    BY_HAND,
    choice_automation,
    leave_automation,
    leave_source,
)
from qa_pipeline.scorecards.forms.connect_terms import METRICS, MOST_SCORE, PROPERTIES, TYPES
from qa_pipeline.scorecards.forms.taking import Taken, shown
from qa_pipeline.scorecards.names import is_id, slug, unique

Written = dict[str, Any]
_NO_THRESHOLDS = "cards have no performance categories; the score is the same"


def own_id(taken: Taken, title: str, ids: set[str]) -> tuple[str, str]:
    """The id in the card and the RefId, which is the id wherever a card can have it so."""
    ref = taken.text("RefId") or ""
    if ref and is_id(ref) and ref not in ids:
        ids.add(ref)
        return ref, ref
    if not ref:
        taken.fault("it has no RefId; give it one", "RefId")
    elif ref in ids:
        taken.fault(f"{shown(ref)} is there already; give each its own", "RefId")
    found = unique(slug(title), ids)
    if ref and not is_id(ref):
        taken.note(f"{shown(ref)} is no id of a card; it is {found} here, and source_id keeps it", "RefId")
    return found, ref


class QuestionReader:
    """Reads the questions of one form, whose scoring it knows."""

    def __init__(self, scoring: str) -> None:
        self._by_points = scoring == "points"

    def read(self, taken: Taken, question_id: str, ref: str) -> tuple[Written, dict[str, str]] | None:
        """The question, and its options by RefId; None for one of a kind that cards don't have, which is said."""
        kind = taken.text("QuestionType") or ""
        text = taken.words("Title") or ""
        if kind not in TYPES:
            for key in (
                "QuestionTypeProperties",
                "Weight",
                "ScoringConfiguration",
                "NotApplicableEnabled",
                "Instructions",
            ):
                taken.raw(key)
            said = f"cards have no questions of the type {kind}" if kind else "it has no type"
            taken.note(f"{said}; {shown(text)} is left out, and scores are without it", "QuestionType")
            return None
        if not text.strip():
            taken.fault("it has no text; write the question", "Title")
        question: Written = {"id": question_id, "text": text, "type": TYPES[kind]}
        if ref != question_id:
            question["source_id"] = ref
        if instructions := taken.words("Instructions"):
            question["instructions"] = instructions
        if taken.flag("NotApplicableEnabled"):
            question["not_applicable"] = True
        refs = self._properties(taken, kind, question)
        self._scoring(taken, question)
        if (metric := taken.inner("MetricConfiguration")) is not None:
            for key in ("MetricType", "MetricName"):
                metric.leave(key, "outcomes of calls come from outcomes.csv; the score is the same")
        if kind == "DATETIME":
            taken.note("a date is answered with a day here, without the time of day", "QuestionType")
        return question, refs

    def _properties(self, taken: Taken, kind: str, question: Written) -> dict[str, str]:
        properties = taken.inner("QuestionTypeProperties")
        own = properties.inner(PROPERTIES[kind]) if properties and kind in PROPERTIES else None
        if kind in ("TEXT", "DATETIME"):
            if own and (automation := own.inner("Automation")):
                leave_source(automation)
            return {}
        if own is None:
            taken.fault(f"a question of the type {kind} needs {PROPERTIES[kind]}", "QuestionTypeProperties")
            return {}
        own.leave("DisplayAs", "how options look is the page's own") if kind != "NUMERIC" else None
        if kind == "NUMERIC":
            self._numbers(own, question)
            return {}
        return self._options(own, kind, question)

    def _options(self, own: Taken, kind: str, question: Written) -> dict[str, str]:
        ids: set[str] = set()
        refs: dict[str, str] = {}
        options: list[Written] = []
        for option in own.items("Options"):
            text = option.words("Text") or ""
            option_id, ref = own_id(option, text, ids)
            refs[ref] = option_id
            written: Written = {"id": option_id, "text": text or option_id, "points": self._points(option)}
            if ref != option_id:
                written["source_id"] = ref
            options.append(written | self._fails(option))
        if not options:
            own.fault("it has no options; give some", "Options")
        question["options"] = options
        if kind == "MULTISELECT" and not self._by_points and any(option["points"] for option in options):
            own.note("the scores of what is chosen are added up, and their sum is all that is possible", "Options")
        best = max((option["points"] for option in options), default=0)
        if kind == "SINGLESELECT" and not self._by_points and 0 < best < MOST_SCORE:
            said = f"the best answer scores {best:g} of {MOST_SCORE}"
            own.note(f"{said}; here the best answer gives all of the question's weight", "Options")
        if (automation := own.inner("Automation")) is not None:
            if kind == "MULTISELECT":
                leave_automation(automation)
            elif (answered_by := choice_automation(automation, refs)) is not None:
                question["answered_by"] = answered_by
        return refs

    def _numbers(self, own: Taken, question: Written) -> None:
        least, most = own.number("MinValue"), own.number("MaxValue")
        bands: list[Written] = []
        for option in own.items("Options"):
            low, high = option.number("MinValue"), option.number("MaxValue")
            points, fails = self._points(option), self._fails(option)
            if low is None or high is None or high < low:
                option.fault("MinValue and MaxValue are no range; give the smaller first")
                continue
            bands.append({"at_least": low, "below": high + 1, "points": points, **fails})
        bands.sort(key=lambda band: band["at_least"])
        for one, other in itertools.pairwise(bands):
            if other["at_least"] < one["below"]:
                own.note(f"two ranges hold {other['at_least']:g}; it counts by the one that begins with it", "Options")
                one["below"] = max(other["at_least"], one["at_least"])
        bands = [band for band in bands if band["below"] > band["at_least"]]
        if not bands:
            if least is None or most is None or most < least:
                own.fault("MinValue and MaxValue are no range; give the smaller first")
                least, most = 0, 0
            bands, question["excluded"] = [{"at_least": least, "below": most + 1, "points": 0}], True
        elif (least or 0) < bands[0]["at_least"] or (most or 0) >= bands[-1]["below"]:
            said = f"numbers from {least or 0:g} to {most or 0:g} may be given there"
            own.note(f"{said}; those that no range holds can't be given here")
        question["bands"] = bands
        if (automation := own.inner("Automation")) is not None:
            label = value.text("Label") if (value := automation.inner("PropertyValue")) else None
            if label in METRICS:
                question["answered_by"] = {"metric": METRICS[label]}
                automation.note(
                    f"{label} is the metric {METRICS[label]} here, which may be defined otherwise: docs/metrics.md"
                )
            elif label is not None:
                automation.note(f"calls have no {label} here; {BY_HAND}")
            leave_source(automation)

    def _points(self, option: Taken) -> float:
        score = option.number("Score")
        configured = option.inner("PointsConfiguration")
        points = configured.number("PointValue") if configured else None
        if configured and configured.flag("IsBonus"):
            configured.note("a single answer is no bonus here; its points count as others", "IsBonus")
        found, other, key = (points, score, "Score") if self._by_points else (score, points, "PointsConfiguration")
        if other is not None and found is None:
            option.note(f"{other:g} counts as its points, as it has no others", key)
            found = other
        elif other is not None:
            option.note(f"{other:g} does not count in this scoring, and is not carried over", key)
        if found is not None and found < 0:
            option.note(f"{found:g} points are 0 here, as a single answer takes none away")
        return max(found or 0, 0)

    def _fails(self, option: Taken) -> Written:
        fails, config = option.flag("AutomaticFail"), option.inner("AutomaticFailConfiguration")
        target = config.text("TargetSection") if config else None
        if not fails:
            if target:
                option.note(
                    "without AutomaticFail it fails nothing, and is not carried over", "AutomaticFailConfiguration"
                )
            return {}
        return {"auto_fail": f"section:{target}" if target else "card"}

    def _scoring(self, taken: Taken, question: Written) -> None:
        scored = question["type"] not in ("text", "date")
        if (scoring := taken.inner("ScoringConfiguration")) is not None:
            if scoring.flag("IsExcludedFromScoring"):
                question["excluded"] = True
            scoring.leave("ScoreThresholds", _NO_THRESHOLDS)
            if (points := scoring.inner("PointsConfiguration")) is not None:
                self._question_points(points, question)
        parts = question.get("options") or question.get("bands") or ()
        if scored and not question.get("excluded") and not any(part["points"] > 0 for part in parts):
            question["excluded"] = True
            taken.note("no answer scores anything, so it is asked and not scored")

    def _question_points(self, points: Taken, question: Written) -> None:
        most, least = points.number("MaxPointValue"), points.number("MinPointValue")
        if points.flag("IsBonus"):
            question["bonus"] = True
        own = [part["points"] for part in question.get("options") or question.get("bands") or ()]
        if not self._by_points or not own:
            if most is not None or least is not None:
                points.note("points don't count in this scoring, and are not carried over")
            return
        natural = sum(own) if question["type"] == "several" else max(own)
        if most is not None and most < natural and question["type"] == "several" and most > 0:
            question["cap"] = {"scope": "each_hit", "points": most}
        elif most is not None and most != natural:
            points.note(
                f"{most:g} is not what its answers give at most, {natural:g}, which counts here", "MaxPointValue"
            )
        if least is not None and least != (0 if question["type"] == "several" else min(own)):
            points.note(f"{least:g} is not what its answers give at least, which counts here", "MinPointValue")
