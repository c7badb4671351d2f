"""Writes a card as a Genesys Cloud evaluation form: the JSON that /api/v2/quality/forms/evaluations takes.

Genesys weights points, which are whole numbers: Σ (group's weight × earned) ÷ Σ (group's weight × possible).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from qa_pipeline.scorecards.cards import Band, Card, Option, Question, Scoring, Section
from qa_pipeline.scorecards.conditions import Condition
from qa_pipeline.scorecards.forms.genesys_terms import (
    DIALECTS,
    LANGUAGES,
    MOST_NAME,
    MOST_QUESTIONS,
    MOST_TEXT,
    READ_ONLY,
    SELECTED,
    UNSELECTED,
)
from qa_pipeline.scorecards.forms.leaving import (
    Exported,
    Notes,
    as_written,
    note_card,
    note_question,
    whole_numbers,
    with_definitions,
)
from qa_pipeline.scorecards.forms.taking import tidy

Written = dict[str, Any]
SYSTEM = "Genesys Cloud"
_CHOICE = "multipleChoiceQuestion"
_MOST_POINTS = 10_000
_ALIKE = 1e-9


def genesys_form(card: Card) -> Exported:
    """The form, and what of the card it does not hold or holds otherwise."""
    return _Writer(card).form()


class _Writer:
    def __init__(self, card: Card) -> None:
        self._card = card
        self._notes = Notes()
        self._places: dict[str, tuple[int, int]] = {}
        for number, section in enumerate(card.sections):
            before = 1 if section.instructions else 0
            for place, question in enumerate(section.questions):
                self._places[question.id] = (number, place + before)
        self._weights, self._points = self._weigh()

    def form(self) -> Exported:
        card, notes = self._card, self._notes
        form: Written = {"name": card.title}
        if card.source_id:
            form["contextId"] = card.source_id
        if dialect := self._dialect():
            form["dialect"] = dialect
        if card.description:
            notes.of("description", f"{card.description!r} is not kept: a form of {SYSTEM} has none")
        note_card(card, notes, SYSTEM)
        self._note_limits()
        form["questionGroups"] = [self._group(number, section) for number, section in enumerate(card.sections)]
        return Exported(form, tuple(notes.said))

    def _dialect(self) -> str | None:
        if (own := self._card.language) is None:
            return None
        found = own if own in DIALECTS else LANGUAGES.get(own)
        if found != own:
            self._notes.of("language", f"{own} is {found} there" if found else f"{own} is no dialect of {SYSTEM}")
        return found

    def _note_limits(self) -> None:
        card = self._card
        if len(card.questions) > MOST_QUESTIONS:
            said = (
                f"it has {len(card.questions)} questions, and {SYSTEM} takes {MOST_QUESTIONS}; make it shorter, or two"
            )
            self._notes.of("the card", said)
        for place, text, most in (
            ("title", card.title, MOST_NAME),
            *((f"section {each.id}", each.title, MOST_NAME) for each in card.sections),
            *((f"question {each.id}", each.text, MOST_TEXT) for each in card.questions),
        ):
            if len(text) > most:
                self._notes.of(place, f"its text has {len(text)} characters, and {SYSTEM} takes {most}; shorten it")

    def _weigh(self) -> tuple[list[float], dict[str, list[int]]]:
        """The weight of each group, and the points of each question's answers: those of the card where a weight of the
        group is enough to give its scores, else as its weights make them."""
        card = self._card
        shares = {question.id: self._answers(question) for question in card.questions}
        worth = {
            question.id: self._worth(section, question) for section in card.sections for question in section.questions
        }
        possible = {question.id: max(shares[question.id], default=0.0) for question in card.questions}
        for question in card.questions:
            if question.type == "several":
                possible[question.id] = sum(max(pair) for pair in zip(*[iter(shares[question.id])] * 2, strict=True))
        rates = [
            [worth[each.id] / possible[each.id] for each in section.questions if possible[each.id] and worth[each.id]]
            for section in card.sections
        ]
        if all(max(own) - min(own) <= _ALIKE * max(own) for own in rates if own):
            weights = [tidy(own[0]) if own else 1 for own in rates]
        else:
            weights = [1.0 for _ in card.sections]
            for name, own in shares.items():
                rate = worth[name] / possible[name] if possible[name] else 0
                shares[name] = [each * rate for each in own]
            self._notes.of("scoring", f"points are made of the weights, as {SYSTEM} has none of questions")
        numbers, factor, exact = whole_numbers(list(shares.values()), _MOST_POINTS)
        if factor != 1:
            said = f"all points are times {factor:g}, as {SYSTEM} has whole ones"
            self._notes.of("scoring", said if exact else f"{said}; some are rounded, so scores differ")
        if card.scoring is Scoring.BY_SECTION:
            self._notes.of(
                "scoring", f"{SYSTEM} has no mean of sections: scores differ where a question is N/A or not asked"
            )
        return weights, dict(zip(shares, numbers, strict=True))

    def _worth(self, section: Section, question: Question) -> float:
        """The weight of a question in the score where all are answered; 0 of one that does not count."""
        if not question.is_scored or question.bonus:
            return 0.0
        match self._card.scoring:
            case Scoring.POINTS:
                return float(question.possible)
            case Scoring.BY_QUESTION:
                return question.weight
            case Scoring.BY_SECTION:
                own = sum(each.weight for each in section.questions if each.is_scored and not each.bonus)
                return section.weight * question.weight / own

    def _answers(self, question: Question) -> list[float]:
        """The points of its answers; of several choices, a pair for each: chosen, and left. All 0 where it does not
        count, as there every question of choices counts."""
        if question.type in ("text", "date"):
            return []
        if question.type == "several":
            found = [
                each for option in question.options for each in (max(0.0, option.points), max(0.0, -option.points))
            ]
            given = max(0.0, question.base - sum(found[1::2]))  # whatever is chosen
            found[0], found[1] = found[0] + given, found[1] + given
        else:
            found = [float(part.points) for part in (question.options or question.bands)]
        return found if question.is_scored and not question.bonus else [0.0 for _ in found]

    def _group(self, number: int, section: Section) -> Written:
        written: Written = {"name": section.title, "type": "questionGroup"}
        if section.source_id:
            written["contextId"] = section.source_id
        written |= {"naEnabled": False, "defaultAnswersToHighest": False, "defaultAnswersToNA": False}
        written |= {"weight": self._weights[number], "manualWeight": len(set(self._weights)) > 1}
        block: list[Written] = [{"type": READ_ONLY, "text": section.instructions}] if section.instructions else []
        written["questions"] = block + [self._question(question) for question in section.questions]
        return written

    def _question(self, question: Question) -> Written:
        written: Written = {"text": question.text}
        if question.source_id:
            written["contextId"] = question.source_id
        if help_text := with_definitions(question) if question.type != "several" else question.instructions:
            written["helpText"] = help_text
        if question.type != "several" and help_text != question.instructions:
            self._notes.of(f"question {question.id}", "definitions of options are part of its help there")
        written |= {"naEnabled": question.not_applicable, "commentsRequired": question.comment_required}
        written |= {"isKill": self._kills(question), "isCritical": bool(question.critical)}
        points = self._points[question.id]
        match question.type:
            case "single":
                written |= {"type": _CHOICE, "answerOptions": self._options(question.options, points)}
            case "several":
                written |= {
                    "type": "multipleSelectQuestion",
                    "multipleSelectOptionQuestions": self._choices(question, points),
                }
            case "number":
                options = [
                    {"text": _range(band), "value": value} for band, value in zip(question.bands, points, strict=True)
                ]
                written |= {"type": _CHOICE, "answerOptions": options}
            case "text" | "date":
                written["type"] = "freeTextQuestion"
        self._show(question, written)
        self._note(question)
        return written

    def _options(self, options: Sequence[Option], points: Sequence[int]) -> list[Written]:
        return [
            {"text": option.text, "value": value, **({"contextId": option.source_id} if option.source_id else {})}
            for option, value in zip(options, points, strict=True)
        ]

    def _choices(self, question: Question, points: Sequence[int]) -> list[Written]:
        """Each choice as a question of its own, chosen or left."""
        choices = []
        for place, option in enumerate(question.options):
            chosen, left = points[2 * place], points[2 * place + 1]
            answers = [{"builtInType": SELECTED, "text": SELECTED, "value": chosen},
                       {"builtInType": UNSELECTED, "text": UNSELECTED, "value": left}]  # fmt: skip
            choice: Written = {"text": option.text, "type": _CHOICE, "answerOptions": answers}
            if option.definition:
                choice["helpText"] = option.definition
            if option.source_id:
                choice["contextId"] = option.source_id
            if option.auto_fail == "card" and chosen < left:
                choice["isKill"] = True
            choices.append(choice)
        return choices

    def _kills(self, question: Question) -> bool:
        """A fatal question fails the form by every answer but the best: only a card that means just that is kept."""
        if question.type == "several":
            is_lost = any(
                each.auto_fail and (each.auto_fail != "card" or each.points >= 0) for each in question.options
            )
        else:
            parts = question.options or question.bands
            fails = [part for part in parts if part.auto_fail is not None]
            best = max((part.points for part in parts), default=0)
            if fails and all(part.auto_fail == ("card" if part.points < best else None) for part in parts):
                return True
            is_lost = bool(fails)
        if is_lost:
            said = f"{SYSTEM} fails a form by every answer but the best, or by none"
            self._notes.of(
                f"question {question.id}", f"its auto_fail is not kept, as {said}; scores may be higher there"
            )
        return False

    def _show(self, question: Question, written: Written) -> None:
        if question.asked_when is None:
            return
        predicates, operation = self._predicates(question.asked_when)
        if not predicates:
            own = as_written(question.asked_when)
            said = f"asked_when {own} is not kept, as a question is shown there by all or any of single answers"
            self._notes.of(f"question {question.id}", f"{said}; it is always asked there")
            return
        written["visibilityCondition"] = {"combiningOperation": operation, "predicates": predicates}

    def _predicates(self, condition: Condition) -> tuple[list[str], str]:
        """The answers that show a question, and whether all or any of them; empty where Genesys can't say it."""
        if condition.question is not None and condition.answers:
            questions = {question.id: question for question in self._card.questions}
            asked = questions[condition.question]
            if asked.type != "single":
                return [], ""
            group, place = self._places[asked.id]
            ids = [option.id for option in asked.options]
            return [
                f"/form/questionGroup/{group}/question/{place}/answer/{ids.index(each)}" for each in condition.answers
            ], "OR"
        inner, operation = (condition.all, "AND") if condition.all is not None else (condition.any, "OR")
        found = [self._predicates(each) for each in inner or ()]
        if not found or not all(own and (len(own) == 1 or how == operation) for own, how in found):
            return [], ""
        return [each for own, _ in found for each in own], operation

    def _note(self, question: Question) -> None:
        note_question(question, self._notes, SYSTEM)
        place = f"question {question.id}"
        if question.type == "number":
            self._notes.of(place, f"{SYSTEM} asks for no numbers; its bands are answers to choose from")
        if question.type == "date":
            self._notes.of(place, f"{SYSTEM} asks for no dates; it is answered with a text")
        if question.critical:
            self._notes.of(place, f"it is critical there, and not for whom: {', '.join(question.critical)}")
        if question.excluded and question.type not in ("text", "date"):
            self._notes.of(
                place, f"it is excluded from the score, so it, of weight {question.weight:g}, has 0 points there"
            )
        if question.bonus:
            self._notes.of(
                place,
                f"{SYSTEM} has no bonus, so it, of weight {question.weight:g}, has 0 points there: scores are lower",
            )
        taken = sum(max(0.0, -option.points) for option in question.options)
        if taken > question.base and not math.isclose(question.base, taken):
            said = f"its choices take {taken:g} from base {question.base:g}, and no more than that here"
            self._notes.of(place, f"{said}; {SYSTEM} takes it from all points, so scores differ")
        if question.cap is not None:
            self._notes.of(place, f"its cap {as_written(question.cap)} is not kept, so scores differ")
        if question.answered_by is not None:
            self._notes.of(place, f"answered_by {as_written(question.answered_by)} is not kept; people answer it there")


def _range(band: Band) -> str:
    if band.at_least is None:
        return f"< {band.below:g}" if band.below is not None else "–"
    return f"≥ {band.at_least:g}" if band.below is None else f"{band.at_least:g} – < {band.below:g}"
