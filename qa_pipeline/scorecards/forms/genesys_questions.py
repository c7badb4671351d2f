"""A question of a Genesys Cloud form, as a card has it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from qa_pipeline.scorecards.forms.genesys_terms import NPS, READ_ONLY, SELECTED, TYPES, UNSELECTED
from qa_pipeline.scorecards.forms.taking import Taken, shown, tidy
from qa_pipeline.scorecards.names import slug, unique

Written = dict[str, Any]
_NO_DEFAULT = "no answer is given in silence here"
_BY_HAND = "the question is answered by people here, until a rule answers it"


@dataclass(slots=True)
class Asked:
    """A question of the form: as a card has it, or None for one that asks nothing here; its options in their order; the
    text of a block without an answer."""

    values: Written | None = None
    options: list[str] = field(default_factory=list)
    block: str | None = None


class Unscored(Counter[str]):
    """How often keys were there that are no part of a score, such as the ids of one version of a form."""

    def count(self, taken: Taken, key: str) -> None:
        """Takes a key."""
        if taken.raw(key) is not None:
            self[key] += 1

    def source_id(self, taken: Taken) -> Written:
        """The id that stays over versions of a form there, as a card keeps it."""
        self.count(taken, "id")
        context = taken.text("contextId")
        return {"source_id": context} if context else {}

    def __str__(self) -> str:
        return ", ".join(f"{key} ({times})" for key, times in sorted(self.items()))


class GenesysQuestions:
    """Reads the questions of one form; `critical` is the tag of its critical ones."""

    def __init__(self, critical: str | None, unscored: Unscored) -> None:
        self._critical = critical
        self._unscored = unscored
        self._ids: set[str] = set()

    def read(self, taken: Taken) -> Asked:
        """The question; what of it can't be carried over is said."""
        kind, text = taken.text("type") or "multipleChoiceQuestion", taken.words("text") or ""
        if kind == READ_ONLY:
            help_text = taken.words("helpText")
            for key in ("id", "contextId", "naEnabled", "commentsRequired", "answerOptions", "isKill", "isCritical"):
                self._unscored.count(taken, key)
            return Asked(block="\n".join(each for each in (text, help_text) if each))
        if kind not in TYPES:
            taken.note(
                f"cards have no questions of the type {kind}; {shown(text)} is left out, and scores are without it"
            )
            taken.take_rest()
            return Asked()
        if not text.strip():
            taken.fault("it has no text; write the question", "text")
        values: Written = {
            "id": unique(slug(text), self._ids),
            "text": text,
            "type": TYPES[kind],
            **self._unscored.source_id(taken),
        }
        if help_text := taken.words("helpText"):
            values["instructions"] = help_text
        for key, own in (("naEnabled", "not_applicable"), ("commentsRequired", "comment_required")):
            if taken.flag(key):
                values[own] = True
        self._mark_critical(taken, values)
        kills = taken.flag("isKill")
        options = self._answers(taken, values, kills=kills)
        taken.leave("defaultAnswer", _NO_DEFAULT)
        taken.leave("automatedScoringFocus", _BY_HAND)
        parts = values.get("options", ())
        possible = values.get("base", 0) + sum(max(0, each["points"]) for each in parts)
        if values["type"] in ("single", "several") and parts and not possible:
            values["excluded"] = True
            taken.note("no answer gives points, so it is asked and not scored")
        return Asked(values, options)

    def _answers(self, taken: Taken, values: Written, *, kills: bool) -> list[str]:
        match values["type"]:
            case "single":
                return self._choice(taken, values, kills=kills)
            case "several":
                self._several(taken, values, kills=kills)
            case "number":
                values |= {"bands": [{"at_least": NPS[0], "below": NPS[1] + 1, "points": 0}], "excluded": True}
                taken.note("a recommendation from 0 to 10 is asked and not scored", "type")
        for key in ("answerOptions",) if values["type"] != "single" else ():
            taken.leave(key, "the question has no such answers")
        if kills and values["type"] != "several":
            taken.note("without options it fails nothing", "isKill")
        return []

    def _choice(self, taken: Taken, values: Written, *, kills: bool) -> list[str]:
        ids: set[str] = set()
        options: list[Written] = []
        for option in taken.items("answerOptions"):
            text, points = option.words("text") or option.text("builtInType") or "", option.number("value") or 0
            self._unscored.count(option, "builtInType")
            option.leave("assistanceConditions", _BY_HAND)
            if points < 0:
                said = f"{points:g} points are 0 here, as a single answer takes none away; auto_fail fails a card"
                option.note(f"{said}: scores with this answer are higher", "value")
            written: Written = {"id": unique(slug(text), ids), "text": text or "–", "points": max(points, 0)}
            options.append(written | self._unscored.source_id(option))
        if not options:
            taken.fault("it has no answers; give some", "answerOptions")
        best = max((option["points"] for option in options), default=0)
        if kills:
            for each in options:
                if each["points"] < best:
                    each["auto_fail"] = "card"
        values["options"] = options
        taken.leave("multipleSelectOptionQuestions", "only questions of several choices have them")
        return [option["id"] for option in options]

    def _several(self, taken: Taken, values: Written, *, kills: bool) -> None:
        """Each choice is a question there, with points for choosing it and for leaving it: what leaving all gives is
        the base, and a choice adds or takes what choosing it makes different."""
        ids: set[str] = set()
        base, options = 0.0, []
        for each in taken.items("multipleSelectOptionQuestions"):
            text = each.words("text") or ""
            self._unscored.count(each, "type")
            chosen, left = self._chosen_and_left(each)
            base += left
            option: Written = {
                "id": unique(slug(text), ids),
                "text": text or "–",
                "points": chosen - left,
                **self._unscored.source_id(each),
            }
            if definition := each.words("helpText"):
                option["definition"] = definition
            if each.flag("isKill"):
                if chosen < left:
                    option["auto_fail"] = "card"
                else:
                    each.note("leaving a choice out fails nothing here, so scores may be higher", "isKill")
            for key in ("naEnabled", "commentsRequired", "isCritical"):
                each.leave(key, "it is said of the whole question here")
            each.leave("defaultAnswer", _NO_DEFAULT)
            each.leave("automatedScoringFocus", _BY_HAND)
            each.leave("visibilityCondition", "a choice can always be made")
            each.leave("multipleSelectOptionQuestions", "choices have no choices")
            options.append(option)
        if not options:
            taken.fault("it has no choices; give some", "multipleSelectOptionQuestions")
        if base:
            values["base"] = tidy(base)
        if kills:
            taken.note(
                "that fewer points than all fail the card is not carried over, so scores may be higher", "isKill"
            )
        values["options"] = options

    def _chosen_and_left(self, taken: Taken) -> tuple[float, float]:
        points = {SELECTED: 0.0, UNSELECTED: 0.0}
        for number, option in enumerate(taken.items("answerOptions")):
            for key in ("id", "contextId", "text"):
                self._unscored.count(option, key)
            kind, value = (
                option.text("builtInType") or (SELECTED, UNSELECTED, "")[min(number, 2)],
                option.number("value"),
            )
            option.leave("assistanceConditions", _BY_HAND)
            if kind in points:
                points[kind] = max(value or 0, 0)
            if kind not in points or (value or 0) < 0:
                option.note(f"{value or 0:g} points of {kind or 'a third answer'} are not carried over")
        return points[SELECTED], points[UNSELECTED]

    def _mark_critical(self, taken: Taken, values: Written) -> None:
        if not taken.flag("isCritical"):
            return
        if self._critical is None:
            said = "for whom it is critical is not said; give --critical customer, business or compliance"
            taken.note(f"{said}. It counts in the score, and in no critical score", "isCritical")
        else:
            values["critical"] = [self._critical]
