"""A card that is written as a form of another system, or as a sheet, comes back: the same, or what differs is named."""

from __future__ import annotations

import copy
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.scorecards.cards import Card, Scoring
from qa_pipeline.scorecards.exported_sheets import HEADINGS, lines_of_card
from qa_pipeline.scorecards.forms.connect_reading import card_of_connect
from qa_pipeline.scorecards.forms.connect_writing import connect_form
from qa_pipeline.scorecards.forms.genesys_reading import card_of_genesys
from qa_pipeline.scorecards.forms.genesys_writing import genesys_form
from qa_pipeline.scorecards.reading import BadCard
from qa_pipeline.scorecards.scoring import score_call
from qa_pipeline.scorecards.sheets import card_of_sheet, column_of
from tests.scorecards.forms.cards import EVERYTHING, SAMPLES, options, sample
from tests.scorecards.forms.connect_forms import DESCRIBED
from tests.scorecards.forms.genesys_forms import FORM
from tests.scorecards.forms.leaves import keys_of, without

CARDS = [EVERYTHING, *map(sample, SAMPLES)]


def through_connect(card: Card) -> tuple[Card, list[str]]:
    exported = connect_form(card)
    form = json.loads(json.dumps(exported.form))
    made = card_of_connect(form, label="f", card_id=card.scorecard, scoring=None)
    return Card.model_validate(made.card), list(exported.notes)


def through_genesys(card: Card) -> tuple[Card, list[str]]:
    exported = genesys_form(card)
    form = json.loads(json.dumps(exported.form))
    made = card_of_genesys(form, label="f", card_id=card.scorecard, scoring=None, critical="customer")
    return Card.model_validate(made.card), list(exported.notes)


def test_every_key_of_a_card_is_in_the_card_of_these_tests() -> None:
    said = {str(path[-1]) for path in keys_of(EVERYTHING.model_dump(mode="json", by_alias=True, exclude_defaults=True))}
    wanted = {str(path[-1]) for path in keys_of(Card.model_json_schema()) if path[-2:-1] == ("properties",)}
    assert wanted - said == set()


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.scorecard)
def test_a_sheet_is_the_same_card(card: Card) -> None:
    lines = [
        (number, {name: str(cell).strip() for name, cell in line.items() if str(cell).strip()})
        for number, line in enumerate(lines_of_card(card), 2)
    ]
    made = card_of_sheet(lines, label="f.xlsx", card_id="other", title="Other", scoring=None)
    assert made.notes == ()
    assert Card.model_validate(made.card) == card
    assert [column_of(heading) for heading in HEADINGS.values()] == list(HEADINGS)


def test_lines_that_a_lead_adds_to_an_exported_sheet_are_questions_and_options_too() -> None:
    [first, *rest] = lines_of_card(sample(SAMPLES[1]))
    added = [{"section": "New", "question": "Was it?", "weight": "2", "options": "Yes", "points": "1"},
             {"options": "No", "points": "0", "auto_fail": "card"}]  # fmt: skip
    lines = [first, {"options": "Perhaps", "points": "1"}, *rest, *added]
    numbered = [(number, {key: str(cell) for key, cell in line.items()}) for number, line in enumerate(lines, 2)]
    card = Card.model_validate(card_of_sheet(numbered, label="f", card_id="f", title="F", scoring=None).card)
    assert [option.id for option in card.questions[0].options] == ["yes", "perhaps", "partly", "no"]
    new = card.questions[-1]
    assert (card.sections[-1].id, new.id, new.weight, new.options[1].auto_fail) == ("new", "was_it", 2, "card")
    numbered[0][1]["question_keys"] = "{broken"
    with pytest.raises(BadCard, match="f, line 2: Keys of question is not what was written there; undo the change"):
        card_of_sheet(numbered, label="f", card_id="f", title="F", scoring=None)


@pytest.mark.parametrize(("through", "system"), [(through_connect, "connect"), (through_genesys, "genesys")])
@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.scorecard)
def test_each_key_comes_back_from_another_system_or_is_named(card: Card, through: Any, system: str) -> None:
    """Without the key, either what comes back or what was said is other than with it."""
    back, notes = through(card)
    content = card.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for path in keys_of(content):
        try:
            less = Card.model_validate(without(content, path))
        except ValueError:
            continue  # a card must have it
        if less == card:
            continue
        assert through(less) != (back, notes), f"{system}: {path} is dropped in silence"


def made_of(scoring: str) -> Card:
    questions = [
        {"id": "q1", "text": "One", "options": options(2, 1, 0, auto_fail="card"), "not_applicable": True},
        {"id": "q2", "text": "Two", "options": options(5, 0),
         "asked_when": {"question": "q1", "answers": ["o0", "o1"]}},
        {"id": "q3", "text": "Three", "options": options(1, 0), "asked_when": {"any": [
            {"question": "q1", "answers": ["o0"]}, {"question": "q2", "answers": ["o1"]}]}},
    ]  # fmt: skip
    sections = [{"id": "s1", "title": "A", "weight": 60, "questions": questions[:2]},
                {"id": "s2", "title": "B", "weight": 40, "questions": questions[2:]}]  # fmt: skip
    return Card.model_validate(
        {"scorecard": "c", "title": "C", "scoring": scoring, "min_coverage": 0, "sections": sections}
    )


@pytest.mark.parametrize("scoring", list(Scoring))
@pytest.mark.parametrize("through", [through_connect, through_genesys])
def test_scores_are_the_same_in_another_system_wherever_all_is_answered(through: Any, scoring: str) -> None:
    card = made_of(scoring)
    back, _ = through(card)
    ids = {own.id: other.id for own, other in zip(card.questions, back.questions, strict=True)}
    names = {(own.id, mine.id): theirs.id for own, other in zip(card.questions, back.questions, strict=True)
             for mine, theirs in zip(own.options, other.options, strict=True)}  # fmt: skip
    for chosen in itertools.product(*([option.id for option in question.options] for question in card.questions)):
        answers = {question.id: (option,) for question, option in zip(card.questions, chosen, strict=True)}
        if chosen[0] == "o2" or (scoring == Scoring.BY_SECTION and chosen[:2] == ("o1", "o0")):
            continue  # a question is not asked then, and other systems have no mean of sections
        theirs = {ids[name]: (names[name, option],) for name, (option,) in answers.items()}
        assert score_call(back, theirs).score == pytest.approx(score_call(card, answers).score)


def test_a_form_comes_back_from_a_card_with_all_that_the_card_has_of_it() -> None:
    made = card_of_connect(DESCRIBED, label="f", card_id="f", scoring=None).card
    again, notes = through_connect(Card.model_validate(made))
    assert "question greeting: its weight 30, which does not count by points, is not kept." in notes
    del made["source_id"], made["sections"][0]["weight"], made["sections"][0]["questions"][0]["weight"]
    assert again == Card.model_validate(made)
    form = copy.deepcopy(FORM)
    del form["questionGroups"][1]["questions"][-1]  # asks for a number
    card = Card.model_validate(card_of_genesys(form, label="f", card_id="f", scoring=None, critical="customer").card)
    assert through_genesys(card)[0] == card


@pytest.mark.parametrize("scoring", list(Scoring))
def test_a_card_that_only_takes_away_is_written_and_what_becomes_of_it_is_said(scoring: str) -> None:
    taken = {"id": "m", "text": "Mistakes", "type": "several", "base": 3, "options": options(-1, -2)}
    section = {"id": "s", "title": "S", "questions": [taken]}
    card = Card.model_validate({"scorecard": "c", "title": "C", "scoring": scoring, "sections": [section]})
    notes = connect_form(card).notes
    assert "the card: nothing of it scores anything in Amazon Connect; do not use it for scores there." in notes
    back, _ = through_genesys(card)
    for chosen in itertools.product((False, True), repeat=2):
        answers = [tuple(each.id for each, is_in in zip(own.questions[0].options, chosen, strict=True) if is_in)
                   for own in (card, back)]  # fmt: skip
        [mine, theirs] = (score_call(own, {own.questions[0].id: given}).score
                          for own, given in zip((card, back), answers, strict=True))  # fmt: skip
        assert mine == pytest.approx(theirs)


def test_ids_that_another_system_does_not_take_are_changed_and_named(tmp_path: Path) -> None:
    content = made_of("points").model_dump(mode="json", by_alias=True, exclude_defaults=True)
    content["sections"][0]["questions"][0] |= {"id": "问候", "options": options(1, 0)}
    del content["sections"][0]["questions"][1]["asked_when"], content["sections"][1]["questions"][0]["asked_when"]
    back, notes = through_connect(Card.model_validate(content))
    assert back.questions[0].id == "question_1"
    assert "question ids: Amazon Connect has ids of other characters: 问候 → question_1." in notes
