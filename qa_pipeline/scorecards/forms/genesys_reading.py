"""Makes a card of a Genesys Cloud evaluation form: the JSON of /api/v2/quality/forms/evaluations.

Genesys weights points: a score is Σ (group's weight × earned) ÷ Σ (group's weight × possible). Where groups weigh alike
that is `points`, else `by_question` with the weight group's weight × possible points.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa_pipeline.scorecards.forms.asking import AskedQuestion, ReadCondition, put_conditions
from qa_pipeline.scorecards.forms.genesys_questions import Asked, GenesysQuestions, Unscored
from qa_pipeline.scorecards.forms.genesys_terms import READ_ONLY, UNSCALED
from qa_pipeline.scorecards.forms.taking import Findings, Taken, shown, tidy
from qa_pipeline.scorecards.forms.weighting import leave_out_weightless
from qa_pipeline.scorecards.names import slug, unique
from qa_pipeline.scorecards.reading import BadCard
from qa_pipeline.scorecards.sheets import Imported

Written = dict[str, Any]
_OF_GENESYS = ("id", "modifiedDate", "published", "publishedVersions", "selfUri", "latestVersionFormName", "weightMode")
_PREDICATE = re.compile(r"(?:/form/questionGroup/([0-9]{1,6})|\.\.)/question/([0-9]{1,6})/answer/([0-9]{1,6})")
_NO_DEFAULTS = "no answer is given in silence here; what nobody answers stays unanswered"


@dataclass(slots=True)
class _Group:
    taken: Taken
    values: Written
    weight: float
    asked: list[AskedQuestion]
    answers: list[Asked]
    """Every question of the form, in its order: conditions count them."""


def is_genesys(content: Mapping[str, Any]) -> bool:
    """Whether a JSON object looks like a form of Genesys Cloud."""
    return "questionGroups" in content


def card_of_genesys(
    content: Mapping[str, Any], *, label: str, card_id: str, scoring: str | None, critical: str | None
) -> Imported:
    """The card of a form. `scoring` is used instead of the form's own; `critical` is the tag of its critical questions.

    Raises:
        BadCard: it can't be one; all that is wrong is named with its place.
    """
    findings = Findings(label)
    form = Taken(content, "", findings)
    card = _Form(form, scoring, critical).card(card_id)
    for place in form.untaken():
        findings.notes.append(f"{label}, {place}: not carried over, as this version does not know it.")
    if findings.faults:
        raise BadCard(findings.faults)
    return Imported(card, tuple(findings.notes))


class _Form:
    def __init__(self, taken: Taken, scoring: str | None, critical: str | None) -> None:
        self._taken = taken
        self._scoring = scoring
        self._unscored = Unscored()
        self._questions = GenesysQuestions(critical, self._unscored)
        self._section_ids: set[str] = set()
        self._groups: list[_Group] = []

    def card(self, card_id: str) -> Written:
        """All of it, as YAML has it."""
        taken = self._taken
        card: Written = {"scorecard": card_id, "title": taken.words("name") or card_id, "scoring": ""}
        if context := taken.text("contextId"):
            card["source_id"] = context
        if dialect := taken.text("dialect"):
            card["language"] = dialect
        self._leave()
        for each in taken.items("questionGroups"):
            self._groups.append(self._group(each))
        kept = [group for group in self._groups if group.asked]
        if not kept and not taken.findings.faults:
            taken.fault("there is no question in it", "questionGroups")
        put_conditions([asked for group in kept for asked in group.asked], taken.findings)
        card["scoring"] = self._weigh(kept)
        for group in kept:
            group.values["questions"] = [asked.values for asked in group.asked]
        card["sections"] = [group.values for group in kept]
        leave_out_weightless(card, taken.findings)
        if self._unscored:
            taken.note(f"not carried over within, as it is no part of a score: {self._unscored}")
        taken.note(
            "a score needs answers to min_coverage of the weight, 0.7 unless the card says otherwise; N/A is no answer"
        )
        return card

    def _leave(self) -> None:
        taken = self._taken
        if own := [key for key in _OF_GENESYS if taken.raw(key) is not None]:
            said = "not carried over, as it is of the form in Genesys Cloud and no part of a score: "
            taken.note(said + ", ".join(own))
        taken.leave(
            "evaluationSettings", "disputes are for every evaluation here, by QA_DISPUTE_DAYS and QA_DISPUTE_ROUNDS"
        )
        taken.leave("aiScoring", "questions are answered by people here, until a rule or a metric answers them")

    def _group(self, taken: Taken) -> _Group:
        title = taken.words("name") or "General"
        values: Written = {
            "id": unique(slug(title), self._section_ids),
            "title": title,
            **self._unscored.source_id(taken),
        }
        for key in ("type", "manualWeight"):
            self._unscored.count(taken, key)
        self._leave_defaults(taken)
        weight = taken.number("weight")
        if weight is not None and weight < 0:
            taken.fault(f"the weight {weight:g} is below 0; give one above it", "weight")
        group = _Group(taken, values, 1.0 if weight is None else weight, [], [])
        self._ask(group)
        if not group.asked:
            taken.note("it has no question, and is left out")
        return group

    def _leave_defaults(self, taken: Taken) -> None:
        for key in ("defaultAnswersToHighest", "defaultAnswersToNA"):
            taken.leave(key, _NO_DEFAULTS)
        if (defaults := taken.inner("defaultAnswersTo")) is not None:
            for key in ("highestScore", "notApplicable", "lowestScore", "userDefined"):
                defaults.leave(key, _NO_DEFAULTS)

    def _ask(self, group: _Group) -> None:
        """Reads the questions of a group."""
        taken, number = group.taken, len(self._groups)
        may_be_left_out = taken.flag("naEnabled")
        if may_be_left_out:
            taken.note("the group may be N/A as a whole; here each of its questions may", "naEnabled")
        shown_when = self._visible(taken, number)
        blocks: list[str] = []
        for each in taken.items("questions"):
            own = self._visible(each, number)
            asked = self._questions.read(each)
            group.answers.append(asked)
            if asked.values is not None:
                if may_be_left_out:
                    asked.values["not_applicable"] = True
                group.asked.append(
                    AskedQuestion(each.place, asked.values, [read for read in (shown_when, own) if read])
                )
            elif asked.block:
                blocks.append(asked.block)
                if own is not None:
                    each.note("when the text is shown is not carried over; it is always shown", "visibilityCondition")
        if blocks:
            group.values["instructions"] = "\n".join(blocks)
            taken.note(
                f"texts between its questions ({READ_ONLY}) are instructions of the section here, above all of them"
            )

    def _visible(self, taken: Taken, number: int) -> ReadCondition | None:
        """The visibilityCondition of a group or question of the group of this number; read when all are known."""
        if (condition := taken.inner("visibilityCondition")) is None:
            return None
        operation, predicates = condition.text("combiningOperation"), condition.raw("predicates")
        if not predicates:
            return None

        @functools.cache
        def read() -> Written | str:
            found = combined()
            return f"{found}: {condition}" if isinstance(found, str) else found

        def combined() -> Written | str:
            if not isinstance(predicates, Sequence) or isinstance(predicates, str):
                return f"predicates are {shown(predicates)}, which is not a list"
            found: list[Written] = []
            for each in predicates:
                answered = self._answered(each, number)
                if isinstance(answered, str):
                    return answered
                found.append(answered)
            if len(found) == 1:
                return found[0]
            if operation not in ("AND", "OR"):
                return f"the combiningOperation {operation} is not known"
            return {"all" if operation == "AND" else "any": found}

        return read

    def _answered(self, predicate: Any, number: int) -> Written | str:
        match = _PREDICATE.fullmatch(predicate) if isinstance(predicate, str) else None
        if match is None:
            return f"the predicate {shown(predicate)} is not known"
        group, question, answer = int(match[1] or number), int(match[2]), int(match[3])
        try:
            asked = self._groups[group].answers[question]
        except IndexError:
            return f"the form has no question at {predicate}"
        if asked.values is None or asked.values["type"] != "single":
            return f"the question at {predicate} is no single choice"
        if answer >= len(asked.options):
            return f"the question at {predicate} has no such answer"
        return {"question": asked.values["id"], "answers": [asked.options[answer]]}

    def _weigh(self, groups: Sequence[_Group]) -> str:
        """The scoring; sets weights that give the scores of Genesys in it."""
        for group in groups:
            group.values["weight"] = group.weight
        alike = len({group.weight for group in groups}) <= 1
        if self._taken.text("weightMode") == UNSCALED and not alike:
            self._taken.note("is OFF, so weights of groups don't count, and are not carried over", "weightMode")
            for group in groups:
                del group.values["weight"]
            alike = True
        if self._scoring not in (None, "points" if alike else "by_question"):
            self._taken.note(
                "the form weights points by groups; the card scores otherwise, as --scoring says: scores differ"
            )
            return str(self._scoring)
        if alike:
            if groups and not any(group.weight for group in groups):
                self._taken.fault("all groups weigh 0, so nothing would be scored; give one a weight", "questionGroups")
            return "points"
        self._taken.note(
            "a question's weight is its points by the weight of its group, which gives the same scores as there"
        )
        for group in groups:
            for question in group.asked:
                if question.values["type"] in ("single", "several"):
                    question.values["weight"] = tidy(group.weight * _possible(question.values))
        return "by_question"


def _possible(values: Written) -> float:
    points = [float(option["points"]) for option in values["options"]]
    if values["type"] == "several":
        return float(values.get("base", 0)) + sum(each for each in points if each > 0)
    return max(points, default=0)
