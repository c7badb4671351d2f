"""Writes a card as an Amazon Connect evaluation form: the JSON of CreateEvaluationForm, without the instance."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from qa_pipeline.scorecards.cards import Band, Card, Option, Question, Scoring, Section
from qa_pipeline.scorecards.forms.connect_enabling import CantSay, automation_for, condition_for
from qa_pipeline.scorecards.forms.connect_terms import (
    LANGUAGES,
    LIMITS,
    METRICS,
    MODES,
    MOST_ITEMS,
    MOST_POINTS,
    MOST_SCORE,
    PROPERTIES,
    REF_ID,
    TYPES,
)
from qa_pipeline.scorecards.forms.leaving import (
    Exported,
    Notes,
    as_written,
    note_card,
    note_question,
    renamed,
    whole_numbers,
    with_definitions,
)
from qa_pipeline.scorecards.forms.taking import tidy

Written = dict[str, Any]
SYSTEM = "Amazon Connect"
_QUESTION_TYPES = {own: name for name, own in TYPES.items()}
_LABELS = {metric: label for label, metric in METRICS.items()}
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_REF = re.compile(REF_ID)
_PERCENT = 100
_OPEN_MOST = 1_000_000


def connect_form(card: Card) -> Exported:
    """The form, and what of the card it does not hold or holds otherwise."""
    return _Writer(card).form()


class _Writer:
    def __init__(self, card: Card) -> None:
        self._card = card
        self._notes = Notes()
        self._sections = self._refs("section", {each.id: each.source_id for each in card.sections})
        self._questions = self._refs("question", {each.id: each.source_id for each in card.questions})
        self._options = {
            question.id: self._refs(
                f"question {question.id}, option", {each.id: each.source_id for each in question.options}
            )
            for question in card.questions
        }
        self._mode = self._mode_of()
        self._factor = 1.0
        self._points = self._all_points()

    def form(self) -> Exported:
        card, notes = self._card, self._notes
        form: Written = {"Title": card.title}
        if card.description:
            form["Description"] = card.description
        if language := self._language():
            form["LanguageConfiguration"] = {"FormLanguage": language}
        mode = next(name for name, own in MODES.items() if own == self._mode)
        form["ScoringStrategy"] = {"Mode": mode, "Status": "ENABLED"}
        note_card(card, notes, SYSTEM)
        for count, what in ((len(card.sections), "sections"), (len(card.questions), "questions")):
            if count > MOST_ITEMS:
                notes.of("the card", f"it has {count} {what}, and {SYSTEM} takes {MOST_ITEMS}; make it shorter, or two")
        if not any(_scored(section) for section in card.sections):
            notes.of("the card", f"nothing of it scores anything in {SYSTEM}; do not use it for scores there")
        form["Items"] = [{"Section": self._section(section)} for section in card.sections]
        if card.source_id:
            notes.of(
                "source_id", f"{SYSTEM} gives a new form an id of its own; to update one, name it {card.source_id}"
            )
        return Exported(form, tuple(notes.said))

    def _refs(self, kind: str, names: Mapping[str, str | None]) -> dict[str, str]:
        """Ids → RefIds. Where it came from Connect under another one, that one."""
        wanted = {name: source if source and _REF.fullmatch(source) else name for name, source in names.items()}
        refs = renamed(wanted, lambda name: bool(_REF.fullmatch(name)), kind.split()[-1])
        if changed := [f"{name} → {ref}" for name, ref in refs.items() if ref != wanted[name]]:
            self._notes.of(f"{kind} ids", f"{SYSTEM} has ids of other characters: {', '.join(changed)}")
        return refs

    def _language(self) -> str | None:
        if (own := self._card.language) is None:
            return None
        found = own if "-" in own and _LANGUAGE.fullmatch(own) else LANGUAGES.get(own)
        if found != own:
            self._notes.of("language", f"{own} is {found} there" if found else f"{own} is not a language of {SYSTEM}")
        return found

    def _mode_of(self) -> str:
        """By section, weights within a section can only be alike there."""
        own = self._card.scoring.value
        if own == Scoring.BY_SECTION and any(len({q.weight for q in _scored(s)}) > 1 for s in self._card.sections):
            said = "questions of one section weigh differently, so each question has its part of the section's weight"
            self._notes.of("scoring", f"{said}; scores differ where a question is N/A")
            return Scoring.BY_QUESTION.value
        return own

    def _all_points(self) -> dict[str, list[int]]:
        """The points of each question's options or bands as whole numbers: of the points as they are where they count,
        else of the share of 10."""
        questions = [question for question in self._card.questions if question.options or question.bands]
        own = {question.id: [max(0.0, part.points) for part in _parts(question)] for question in questions}
        if self._mode == Scoring.POINTS:
            numbers, self._factor, exact = whole_numbers(list(own.values()), MOST_POINTS)
            if self._factor != 1:
                said = f"all points are times {self._factor:g}, as {SYSTEM} has whole ones up to {MOST_POINTS}"
                self._notes.of("scoring", said if exact else f"{said}; some are rounded, so scores differ")
            return dict(zip(own, numbers, strict=True))
        found = {}
        for question in questions:
            possible = question.possible or 1
            shares = [MOST_SCORE * each / possible for each in own[question.id]]
            found[question.id] = [round(each) for each in shares]
            if any(not math.isclose(each, round(each)) for each in shares):
                said = ", ".join(f"{each:.3g}" for each in shares)
                self._notes.of(
                    f"question {question.id}", f"its scores {said} of {MOST_SCORE} are rounded, so scores differ"
                )
        return found

    def _section(self, section: Section) -> Written:
        written: Written = {"Title": section.title, "RefId": self._sections[section.id]}
        if section.instructions:
            written["Instructions"] = section.instructions
        if self._mode == Scoring.BY_SECTION:
            whole = sum(each.weight for each in self._card.sections if _scored(each))
            if _scored(section):
                written["Weight"] = tidy(_PERCENT * section.weight / whole)
        elif section.weight != 1 and self._card.scoring is not Scoring.BY_SECTION:
            self._notes.of(
                f"section {section.id}",
                f"its weight {section.weight:g}, which does not count {self._card.scoring}, is not kept",
            )
        written["Items"] = [{"Question": self._question(section, question)} for question in section.questions]
        return written

    def _question(self, section: Section, question: Question) -> Written:
        kind = _QUESTION_TYPES[question.type]
        written: Written = {"Title": question.text, "RefId": self._questions[question.id], "QuestionType": kind}
        if instructions := with_definitions(question):
            written["Instructions"] = instructions
        if instructions != question.instructions:
            self._notes.of(f"question {question.id}", "definitions of options are part of its instructions there")
        if question.not_applicable:
            written["NotApplicableEnabled"] = True
        if question.options:
            options = [
                self._option(section, question, *each)
                for each in zip(question.options, self._points[question.id], strict=True)
            ]
            automation = automation_for(question, self._options[question.id])
            written["QuestionTypeProperties"] = {PROPERTIES[kind]: {"Options": options, **automation}}
        elif question.bands:
            written["QuestionTypeProperties"] = {PROPERTIES[kind]: self._numbers(section, question)}
        self._weigh(section, question, written)
        self._score(question, written)
        self._enable(question, written)
        self._note(question)
        return written

    def _option(self, section: Section, question: Question, option: Option, points: int) -> Written:
        ref = self._options[question.id][option.id]
        return {"RefId": ref, "Text": option.text, **self._counts(section, question, option, points)}

    def _counts(self, section: Section, question: Question, part: Option | Band, points: int) -> Written:
        written: Written = {"Score": points}
        if self._mode == Scoring.POINTS:
            written = {"PointsConfiguration": {"PointValue": points}}
        if part.auto_fail is not None:
            written["AutomaticFail"] = True
            if part.auto_fail == "section":
                written["AutomaticFailConfiguration"] = {"TargetSection": self._sections[section.id]}
        return written

    def _numbers(self, section: Section, question: Question) -> Written:
        """Ranges of whole numbers, both ends in them."""
        metric = (question.answered_by.metric if question.answered_by else None) or ""
        edges = [each for band in question.bands for each in (band.at_least, band.below) if each is not None]
        least, most = LIMITS.get(metric, (min([0, *edges]), max([_OPEN_MOST, *edges])))
        place = f"question {question.id}"
        if any(not float(each).is_integer() for each in edges):
            self._notes.of(
                place,
                f"{SYSTEM} has ranges of whole numbers; {', '.join(f'{each:g}' for each in edges)} are rounded up",
            )
        if len(edges) < 2 * len(question.bands):
            self._notes.of(place, f"open sides of its bands are {least:.12g} and {most:.12g} there")
        options = []
        for band, points in zip(question.bands, self._points[question.id], strict=True):
            low = math.ceil(least if band.at_least is None else band.at_least)
            high = most if band.below is None else math.ceil(band.below) - 1
            if low > high:
                self._notes.of(place, f"the band from {low:g} holds no whole number, and is left out")
                continue
            options.append({"MinValue": low, "MaxValue": int(high), **self._counts(section, question, band, points)})
        lows, highs = [each["MinValue"] for each in options], [each["MaxValue"] for each in options]
        written: Written = {"MinValue": int(min(lows, default=least)), "MaxValue": int(max(highs, default=most))}
        written["Options"] = options
        if label := _LABELS.get(metric):
            written["Automation"] = {"PropertyValue": {"Label": label}}
        return written

    def _weigh(self, section: Section, question: Question, written: Written) -> None:
        if self._mode != Scoring.BY_QUESTION:
            if question.weight != 1 and self._card.scoring is Scoring.POINTS:
                self._notes.of(
                    f"question {question.id}",
                    f"its weight {question.weight:g}, which does not count by points, is not kept",
                )
            return
        weights = {each.id: each.weight for part in self._card.sections for each in _scored(part)}
        if self._card.scoring is Scoring.BY_SECTION:
            for part in self._card.sections:
                whole = sum(each.weight for each in _scored(part))
                weights |= {each.id: part.weight * each.weight / whole for each in _scored(part)}
        if question.id not in weights and question.weight != 1 and not question.bonus:
            self._notes.of(f"question {question.id}", f"its weight {question.weight:g} is not kept: it scores nothing")
        written["Weight"] = tidy(_PERCENT * weights.get(question.id, 0) / (sum(weights.values()) or 1))

    def _score(self, question: Question, written: Written) -> None:
        scoring: Written = {}
        place = f"question {question.id}"
        if question.excluded:
            scoring["IsExcludedFromScoring"] = True
        if question.bonus and self._mode == Scoring.POINTS:
            scoring["PointsConfiguration"] = {"IsBonus": True}
        elif question.bonus:
            scoring["IsExcludedFromScoring"] = True
            self._notes.of(
                place, f"{SYSTEM} has a bonus by points only, so it, of weight {question.weight:g}, adds nothing there"
            )
        if question.base or any(option.points < 0 for option in question.options):
            points = ", ".join(f"{option.points:g}" for option in question.options)
            said = f"base {question.base:g} and points below 0 ({points}) are not kept"
            if question.is_scored and not any(option.points > 0 for option in question.options):
                scoring["IsExcludedFromScoring"] = True
                said = f"{said}, so it is excluded from the score there"
            self._notes.of(place, f"{said}: choices take nothing away in {SYSTEM}, so scores differ")
        if question.cap is not None and question.cap.points is not None and self._mode == Scoring.POINTS:
            whole = max(
                1, round(question.possible * max(self._points[question.id]) / max(p.points for p in _parts(question)))
            )
            scoring.setdefault("PointsConfiguration", {})["MaxPointValue"] = whole
        if question.cap is not None and (question.cap.scope == "once" or self._mode != Scoring.POINTS):
            self._notes.of(place, f"its cap {as_written(question.cap)} is not kept, so scores differ")
        if scoring:
            written["ScoringConfiguration"] = scoring

    def _enable(self, question: Question, written: Written) -> None:
        if question.asked_when is None:
            return
        try:
            condition = condition_for(question.asked_when, self._questions, self._options)
        except CantSay as error:
            self._notes.of(
                f"question {question.id}",
                f"asked_when {as_written(question.asked_when)} is not kept, as {error}; it is always asked there",
            )
            return
        written["Enablement"] = {"Condition": condition, "Action": "ENABLE", "DefaultAction": "DISABLE"}

    def _note(self, question: Question) -> None:
        note_question(question, self._notes, SYSTEM)
        place = f"question {question.id}"
        if question.critical:
            self._notes.of(place, f"{SYSTEM} has no critical scores; {', '.join(question.critical)} is not kept")
        if question.comment_required:
            self._notes.of(place, f"{SYSTEM} demands no comments")
        if question.answered_by and (question.answered_by.metric or "") not in _LABELS:
            self._notes.of(place, f"answered_by {as_written(question.answered_by)} is not kept; people answer it there")


def _parts(question: Question) -> tuple[Option, ...] | tuple[Band, ...]:
    return question.options or question.bands


def _scored(section: Section) -> list[Question]:
    """The questions whose weights make the whole: those in which an answer gives points there."""
    return [
        question
        for question in section.questions
        if question.is_scored and not question.bonus and any(part.points > 0 for part in _parts(question))
    ]
