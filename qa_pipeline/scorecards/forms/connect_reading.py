"""Makes a card of an Amazon Connect evaluation form: the JSON of CreateEvaluationForm or DescribeEvaluationForm."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qa_pipeline.scorecards.forms.asking import AskedQuestion, ReadCondition, put_conditions
from qa_pipeline.scorecards.forms.connect_conditions import Known, NotCarried, enabled_when
from qa_pipeline.scorecards.forms.connect_questions import QuestionReader, own_id
from qa_pipeline.scorecards.forms.connect_terms import MODES
from qa_pipeline.scorecards.forms.taking import Findings, Taken, tidy
from qa_pipeline.scorecards.forms.weighting import leave_out_weightless
from qa_pipeline.scorecards.reading import BadCard
from qa_pipeline.scorecards.sheets import Imported

Written = dict[str, Any]
_OF_CONNECT = ("EvaluationFormVersion", "EvaluationFormArn", "Locked", "Status", "CreatedTime", "CreatedBy",
               "LastModifiedTime", "LastModifiedBy", "LatestValidationStatus", "LastValidationTime", "InstanceId",
               "ClientToken", "AsDraft", "AIVersion")  # fmt: skip
"""Of the form in Connect, and no part of what is asked or of a score."""

DEEPEST = 8
"""How many sections may be around another; Connect has two levels."""

_NO_THRESHOLDS = "cards have no performance categories; the score is the same"


@dataclass(slots=True)
class _Section:
    """A section, flattened: its questions, how many sections are around it, and the weight that is its own."""

    taken: Taken
    values: Written
    asked: list[AskedQuestion] = field(default_factory=list)

    @property
    def scored(self) -> int:
        """How many of its questions count."""
        values = [each.values for each in self.asked]
        return len([each for each in values if each["type"] not in ("text", "date") and not each.get("excluded")])


def is_connect(content: Mapping[str, Any]) -> bool:
    """Whether a JSON object looks like a form of Amazon Connect."""
    form = content.get("EvaluationForm", content)
    return isinstance(form, Mapping) and ("Items" in form or "ScoringStrategy" in form)


def card_of_connect(content: Mapping[str, Any], *, label: str, card_id: str, scoring: str | None) -> Imported:
    """The card of a form. `scoring` is used instead of the form's own, and where it has none.

    Raises:
        BadCard: it can't be one; all that is wrong is named with its place.
    """
    findings = Findings(label)
    root = Taken(content, "", findings)
    form = root.inner("EvaluationForm") if root.has("EvaluationForm") else root
    card = _Form(form or root, scoring).card(card_id)
    for place in root.untaken():
        findings.notes.append(f"{label}, {place}: not carried over, as this version does not know it.")
    if findings.faults:
        raise BadCard(findings.faults)
    return Imported(card, tuple(findings.notes))


class _Form:
    def __init__(self, taken: Taken, scoring: str | None) -> None:
        self._taken = taken
        self._scoring = self._mode(scoring)
        self._reader = QuestionReader(self._scoring)
        self._sections: list[_Section] = []
        self._section_ids: set[str] = set()
        self._question_ids: set[str] = set()
        self._known: dict[str, Known] = {}
        self._inside: dict[str, set[str]] = {}

    def card(self, card_id: str) -> Written:
        """All of it, as YAML has it."""
        taken = self._taken
        card: Written = {"scorecard": card_id, "title": taken.words("Title") or card_id, "scoring": self._scoring}
        if description := taken.words("Description"):
            card["description"] = description
        if form_id := taken.text("EvaluationFormId"):
            card["source_id"] = form_id
        if (language := taken.inner("LanguageConfiguration")) and (code := language.text("FormLanguage")):
            card["language"] = code
        self._leave()
        self._walk(taken, "Items", [], [], excluded=False)
        for section in self._sections:
            section.values["questions"] = [each.values for each in section.asked]
            if not section.asked:
                section.taken.note("it has no question, and is left out")
            elif self._scoring == "by_section" and section.scored and "weight" not in section.values:
                section.taken.note("it has no weight; 1 is taken", "Weight")
        kept = [section for section in self._sections if section.asked]
        if not kept and not taken.findings.faults:
            taken.fault("there is no question in it", "Items")
        self._set_targets(kept)
        put_conditions([each for section in kept for each in section.asked], taken.findings)
        card["sections"] = [section.values for section in kept]
        leave_out_weightless(card, taken.findings)
        taken.note(
            "a score needs answers to min_coverage of the weight, 0.7 unless the card says otherwise; N/A is no answer"
        )
        return card

    def _mode(self, scoring: str | None) -> str:
        strategy = self._taken.inner("ScoringStrategy")
        mode, status = (strategy.text("Mode"), strategy.text("Status")) if strategy else (None, None)
        if strategy is not None:
            strategy.leave("ScoreThresholds", _NO_THRESHOLDS)
        own = MODES.get(mode or "") if status != "DISABLED" else None
        if scoring is None and own is None:
            why = f"the mode {mode} is not known" if mode else "missing"
            why = "scoring is switched off" if status == "DISABLED" else why
            self._taken.fault(f"{why}; choose one with --scoring", "ScoringStrategy")
        if scoring is not None and own is not None and scoring != own:
            self._taken.note(
                f"the form scores {own}, the card {scoring}, as --scoring says; scores differ", "ScoringStrategy"
            )
        if scoring is not None and status == "DISABLED":
            self._taken.note("the form has no scores; the card has", "ScoringStrategy")
        return scoring or own or "by_question"

    def _leave(self) -> None:
        taken = self._taken
        of_connect = [key for key in _OF_CONNECT if taken.raw(key) is not None]
        if of_connect:
            taken.note(
                "not carried over, as it is of the form in Amazon Connect and no part of a score: "
                + ", ".join(of_connect)
            )
        taken.leave("Tags", "cards have none; the score is the same")
        if (automatic := taken.inner("AutoEvaluationConfiguration")) is not None:
            automatic.leave(
                "Enabled", "nothing is evaluated without a person here, except what answered_by and trust say"
            )
        taken.leave(
            "ReviewConfiguration", "days and rounds of disputes are the settings QA_DISPUTE_DAYS and QA_DISPUTE_ROUNDS"
        )
        if (target := taken.inner("TargetConfiguration")) is not None:
            target.leave("ContactInteractionType", "cards are for calls with agents")

    def _walk(
        self, taken: Taken, key: str, around: list[Written], enablements: list[ReadCondition], *, excluded: bool
    ) -> None:
        """Sections in their order; one within another becomes a section of its own, after that around it."""
        parent: _Section | None = self._sections[-1] if around else None
        for item in taken.items(key):
            section, question = item.inner("Section"), item.inner("Question")
            if section is not None:
                self._section(section, around, enablements, excluded=excluded)
            if question is not None:
                if parent is None:
                    parent = self._loose(taken)
                self._question(question, parent, enablements, excluded=excluded)

    def _section(
        self, taken: Taken, around: list[Written], enablements: list[ReadCondition], *, excluded: bool
    ) -> None:
        title = taken.words("Title") or ""
        section_id, ref = own_id(taken, title, self._section_ids)
        full = " › ".join([*(each["title"] for each in around), title or section_id])
        values: Written = {"id": section_id, "title": full}
        if ref != section_id:
            values["source_id"] = ref
        if instructions := taken.words("Instructions"):
            values["instructions"] = instructions
        if (weight := taken.number("Weight")) is not None:
            values["weight"] = weight
        taken.leave("ScoreThresholds", _NO_THRESHOLDS)
        if around:
            taken.note(f"a section within another is one of its own here: {full}")
        excluded = taken.flag("IsExcludedFromScoring") or excluded
        own = taken.inner("Enablement")
        self._sections.append(_Section(taken, values))
        self._inside[ref] = {section_id}
        before = len(self._sections)
        if len(around) >= DEEPEST:
            taken.fault(f"sections are nested deeper than {DEEPEST}; make them flatter")
            return
        inside = [*enablements, *([self._later(own)] if own else [])]
        self._walk(taken, "Items", [*around, {"title": title or section_id}], inside, excluded=excluded)
        inner = self._sections[before:]
        self._inside[ref] |= {each.values["id"] for each in inner}
        if inner:
            self._share_weight(self._sections[before - 1 :], weight)

    def _share_weight(self, sections: list[_Section], weight: float | None) -> None:
        """A section's weight goes to the sections that are made of it: by their own weights where only such are scored
        and all have one, else by how many questions they have."""
        parts = [each for each in sections if each.scored]
        if self._scoring != "by_section" or weight is None or not parts:
            return
        own = [float(each.values.get("weight", 0)) for each in parts]
        if parts[0] is sections[0] or min(own) <= 0:
            own = [float(each.scored) for each in parts]
        for part, share in zip(parts, own, strict=True):
            part.values["weight"] = tidy(weight * share / sum(own))
        if len(parts) == 1:
            return
        sections[0].taken.note(
            f"its weight {weight:g} is shared by the sections made of it; scores differ where one of them is wholly N/A"
        )

    def _loose(self, taken: Taken) -> _Section:
        taken.note("questions outside of a section are in one called General", "Items")
        self._section_ids.add("general")
        section = _Section(taken, {"id": "general", "title": "General"})
        self._sections.append(section)
        return section

    def _question(self, taken: Taken, section: _Section, enablements: list[ReadCondition], *, excluded: bool) -> None:
        own = taken.inner("Enablement")
        title = taken.raw("Title")
        question_id, ref = own_id(taken, title if isinstance(title, str) else "", self._question_ids)
        weight = taken.number("Weight")
        if (found := self._reader.read(taken, question_id, ref)) is None:
            taken.take_rest()
            return
        values, options = found
        if excluded and values["type"] not in ("text", "date"):
            values["excluded"] = True
        if weight is not None:
            values["weight"] = weight
        elif self._scoring == "by_question" and values["type"] not in ("text", "date") and not values.get("excluded"):
            taken.note("it has no weight; 1 is taken", "Weight")
        self._known[ref] = Known(question_id, values["type"], options)
        conditions = [*enablements, *([self._later(own)] if own else [])]
        section.asked.append(AskedQuestion(taken.place, values, conditions))

    def _later(self, enablement: Taken) -> ReadCondition:
        """Conditions are read once, when all questions are known."""

        @functools.cache
        def read() -> Written | str:
            try:
                return enabled_when(enablement, self._known)
            except NotCarried as error:
                enablement.take_rest()
                return f"{error}: {enablement}"

        return read

    def _set_targets(self, sections: list[_Section]) -> None:
        """An automatic fail of a section that is its own is `section`; of another one it can't be carried over."""
        scored = {section.values["id"] for section in sections if section.scored}
        for section in sections:
            for question in section.asked:
                for part in (*question.values.get("options", ()), *question.values.get("bands", ())):
                    _, colon, target = str(part.get("auto_fail", "")).partition("section:")
                    if not colon:
                        continue
                    if self._inside.get(target, set()) & scored == {section.values["id"]}:
                        part["auto_fail"] = "section"
                        continue
                    del part["auto_fail"]
                    self._taken.findings.note(
                        question.place,
                        f"an answer fails the section {target}, which is not the same as its own here; it fails "
                        "nothing, so scores may be higher",
                    )
