"""Forms as they come: what can't be a card is refused with file, place, reason and way out; the rest is named."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.forms.connect_reading import card_of_connect
from qa_pipeline.scorecards.forms.genesys_reading import card_of_genesys
from qa_pipeline.scorecards.forms.taking import read_form
from qa_pipeline.scorecards.forms.texts import plain_text
from qa_pipeline.scorecards.reading import BadCard
from qa_pipeline.scorecards.scoring import NoOption, score_call
from tests.scorecards.forms.connect_forms import answered, enabled, expression
from tests.scorecards.forms.genesys_forms import built_in, choice
from tests.scorecards.forms.genesys_forms import question as genesys_question

Form = dict[str, Any]


def single(ref: str, *scores: int, **keys: Any) -> Form:
    options = [{"RefId": f"{ref}{number}", "Text": "Text", "Score": score} for number, score in enumerate(scores)]
    kind = {"QuestionType": "SINGLESELECT", "QuestionTypeProperties": {"SingleSelect": {"Options": options}}}
    return {"Question": {"Title": f"Title {ref}", "RefId": ref, "Weight": 10, **kind, **keys}}


def section(ref: str, *items: Form, **keys: Any) -> Form:
    return {"Section": {"Title": f"Section {ref}", "RefId": ref, "Items": list(items), **keys}}


def connect(
    *items: Form, mode: str = "QUESTION_ONLY", scoring: str | None = None, **keys: Any
) -> tuple[Card, list[str]]:
    form = {"Title": "T", "Items": list(items), "ScoringStrategy": {"Mode": mode, "Status": "ENABLED"}, **keys}
    made = card_of_connect(form, label="f", card_id="f", scoring=scoring)
    return Card.model_validate(made.card), list(made.notes)


def genesys(*groups: Form, **keys: Any) -> tuple[Card, list[str]]:
    form = {"name": "T", "questionGroups": list(groups), **keys}
    made = card_of_genesys(form, label="f", card_id="f", scoring=None, critical=None)
    return Card.model_validate(made.card), list(made.notes)


def group(*questions: Form, **keys: Any) -> Form:
    return {"name": "Group", "questions": list(questions), **keys}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "f.json, line 1, column 1: ends in the middle; fetch it again"),
        (b'{"Title": "T",\n "Items": [{"Sec', "f.json, line 2, column 13: ends in the middle; fetch it again"),
        (b'{"Title": "T"', "f.json, line 1, column 14: ends in the middle"),
        (b'{"Title": T}', "f.json, line 1, column 11: is not JSON there (expecting value)"),
        (b"[1, 2]", "f.json is not a form: it holds [1, 2], where a form is an object"),
        (b'{"a": 1, "a": 2}', "f.json: the key a is written twice in one object; take one out."),
        (b'{"a": NaN}', "f.json: NaN is not a number of JSON"),
        (b'{"a": "\xff"}', "f.json is not UTF-8 (byte 7); save it as UTF-8."),
        (b'{"a": "\\ud800"}', "f.json holds half of a character, \\ud800; correct the text"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "f.json is nested too deeply to be a form."),
    ],
)
def test_a_file_that_is_not_json_says_where_and_what_to_do(content: bytes, said: str) -> None:
    with pytest.raises(BadCard) as refused:
        read_form(content, "f.json")
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("content", [b'\xef\xbb\xbf{"a": 1}', '{"a": 1}'.encode("utf-16")])
def test_a_mark_at_the_beginning_of_a_file_does_not_matter(content: bytes) -> None:
    assert read_form(content, "f.json") == {"a": 1}


def after(ref: str) -> Form:
    return enabled(answered(ref, f"{ref}0"))


@pytest.mark.parametrize(
    ("items", "keys", "said"),
    [
        ([], {}, "Items: there is no question in it."),
        ([section("s")], {}, "Items: there is no question in it."),
        ([section("s", single("a", 10, 0)), section("s", single("b", 1))], {}, 'RefId: "s" is there already'),
        ([section("s", single("a", 10, 0), single("a", 10, 0))], {}, 'RefId: "a" is there already; give each its own.'),
        ([section("s", single("a", 10, 0, Enablement=after("b")), single("b", 10, 0, Enablement=after("a")))], {},
         "Items[0].Section.Items[0].Question: these questions wait for each other: a, b; take a condition out"),
        ([section("s", single("a", 10, 0, Enablement=after("a")))], {}, "these questions wait for each other: a;"),
        ([section("s", single("a", 10, 0, Weight=0))], {}, "the form: no question has a weight and points above 0"),
        ([section("s", single("a", 0, 0))], {}, "the form: no question has a weight and points above 0"),
        ([section("s", single("a", 10, 0, Weight=-5))], {}, "question a: its weight is -5; give it one above 0"),
        ([section("s", single("a", 10, 0))], {"mode": "LATER"}, "the mode LATER is not known; choose one with"),
        ([section("s", single("a", 10, 0))], {"ScoringStrategy": None}, "ScoringStrategy: missing; choose one with"),
        ([section("s", single("a", 10, 0))],
         {"ScoringStrategy": {"Mode": "SECTION_ONLY", "Status": "DISABLED"}}, "scoring is switched off; choose"),
        ([section("s", single("a", 10, 0))], {"Title": 12}, "Title: 12 is not a text."),
        ([section("s", single("a", 10, 0, Weight="much"))], {}, 'Weight: "much" is not a number that a form has.'),
        ([section("s", single("a", 10, 0, Weight=10**400))], {}, "is not a number that a form has."),
        ([section("s", {"Question": [1]})], {}, "Items[0].Question: [1] is not an object."),
        (["x"], {}, 'Items[0]: "x" is not an object.'),
        ([section("s", single("a"))], {}, "SingleSelect.Options: it has no options; give some."),
        ([section("s", single("", 10, 0))], {}, "it has no RefId; give it one."),
    ],
)  # fmt: skip
def test_a_form_that_can_not_be_a_card_is_refused_with_its_place(items: list[Any], keys: Form, said: str) -> None:
    with pytest.raises(BadCard) as refused:
        connect(*items, **keys)
    assert any(said in fault and fault.startswith("f, ") for fault in refused.value.faults), refused.value.faults


def test_sections_that_are_nested_without_end_are_refused() -> None:
    inner = section("s", single("a", 10, 0))
    for number in range(200):
        inner = section(f"s{number}", inner)
    with pytest.raises(BadCard, match="sections are nested deeper than 8"):
        connect(inner)


def test_a_scoring_that_is_not_known_can_be_chosen() -> None:
    card, notes = connect(section("s", single("a", 10, 0)), mode="LATER", scoring="points")
    assert card.scoring == "points"
    card, notes = connect(section("s", single("a", 10, 0)), scoring="by_section")
    assert any(
        "the form scores by_question, the card by_section, as --scoring says; scores differ" in note for note in notes
    )


def test_500_questions_with_the_same_title_have_ids_of_their_own() -> None:
    card, _ = connect(section("s", *(single(f"q{number}", 10, 0, Title="Same") for number in range(500))))
    assert len({question.id for question in card.questions}) == 500
    card, _ = genesys(group(*(choice("same", 1, 0) for _ in range(500))))
    assert [question.id for question in card.questions][-1] == "title_of_same_500"


def test_html_is_plain_text_and_what_only_looks_like_it_stays() -> None:
    assert plain_text("<p>Hold <b>&lt; 30 s</b></p><ul><li>a</li><li>b</li></ul>") == "Hold < 30 s\n- a\n- b"
    assert plain_text('<a href="https://x.test/a">Read</a><script>alert(1)</script>') == "[https://x.test/a] Read"
    for text in ("hold < 30 s", "a<b and b>c", "5 > 3 & 2", "<agent name>", "R&amp;D"):
        assert plain_text(text) == text
    card, notes = connect(section("s", single("a", 10, 0, Title="<h1>Was it?</h1>")))
    assert card.questions[0].text == "Was it?"
    assert any("Question.Title: HTML is taken as plain text." in note for note in notes)


@pytest.mark.parametrize(
    ("enablement", "said"),
    [
        (after("gone"), "it looks at the question gone, which is not in the card"),
        (enabled(answered("a", "gone")), "a has no option gone"),
        ({**after("a"), "Action": "HIDE"}, "the actions HIDE and DISABLE are not known"),
        ({"Action": "ENABLE"}, "it has no Condition"),
        (enabled(answered("a", "a0"), answered("a", "a1"), operator="XOR"), "the Operator XOR is not known"),
        (enabled(expression({"Type": "QUESTION_REF_ID", "RefId": "a"}, "LIKE",
                            {"Type": "OPTION_REF_ID", "RefId": "a0"})), "no condition here compares by LIKE"),
        (enabled(expression({"Type": "CONTACT", "ContactField": "QUEUE_ARN"}, "IN",
                            {"Type": "STRING_VALUE", "StringValue": "arn"})), "calls have no QUEUE_ARN here"),
        (enabled(expression({"Type": "CONTACT", "ContactAttributeKey": "tier"}, "IN",
                            {"Type": "STRING_VALUE", "StringValue": "gold"})), "calls have no tier here"),
        (after("z"), "it is asked by the answer to z, which comes after it; cards look back only"),
    ],
)  # fmt: skip
def test_a_condition_that_can_not_be_carried_over_is_named_with_its_effect(enablement: Form, said: str) -> None:
    questions = (single("a", 10, 0), single("b", 10, 0, Enablement=enablement), single("z", 10, 0))
    card, notes = connect(section("s", *questions))
    assert card.questions[1].asked_when is None
    [note] = [note for note in notes if said in note]
    assert note.startswith("f, Items[0].Section.Items[1].Question: ")
    assert "always asked" in note


def test_what_connect_disables_is_not_asked() -> None:
    disabled = {**after("a"), "Action": "DISABLE", "DefaultAction": "ENABLE"}
    never = {**after("a"), "Action": "DISABLE", "DefaultAction": "DISABLE"}
    questions = (single("a", 10, 0), single("b", 10, 0, Enablement=disabled), single("c", 10, 0, Enablement=never))
    card, _ = connect(section("s", *questions))
    for option, asked in (("a0", False), ("a1", True)):
        found = score_call(card, {"a": (option,), "b": ("b0",), "c": ("c0",)}).answers
        assert [each.answer is NoOption.NOT_ASKED for each in found] == [False, not asked, True]


def test_rules_by_a_number_of_the_contact_become_the_ranges_of_a_metric() -> None:
    def rule(option: str, *bounds: tuple[str, float]) -> Form:
        source = {"Type": "CONTACT", "ContactField": "NUMBER_OF_INTERRUPTIONS"}
        operands = [
            expression(source, comparator, {"Type": "NUMERIC_VALUE", "NumericValue": value})
            for comparator, value in bounds
        ]
        return {"AutomationRule": {"Condition": {"Operands": operands, "Operator": "AND"}, "OptionRefId": option}}

    def answered_by(*rules: Form) -> tuple[Any, list[str]]:
        asked = single("a", 10, 5, 0)
        automation = {"Options": list(rules), "DefaultOptionRefId": "a2"}
        asked["Question"]["QuestionTypeProperties"]["SingleSelect"]["Automation"] = automation
        card, notes = connect(section("s", asked))
        return card.questions[0].answered_by, notes

    found, notes = answered_by(
        rule("a0", ("LESS_THAN", 2)), rule("a1", ("GREATER_THAN", 1), ("LESS_THAN_OR_EQUAL_TO", 4))
    )
    assert found.metric == "agent_interruptions"
    assert [(each.option, each.at_least, each.below) for each in found.options] == [
        ("a0", None, 2), ("a1", 2, 5), ("a2", None, None),
    ]  # fmt: skip
    assert any(
        'DefaultOptionRefId: "a2" where no rule fits; not where the metric is not known' in note for note in notes
    )
    found, notes = answered_by(rule("a0", ("NOT_EQUAL_TO", 2)))
    assert found is None
    assert any('AutomationRule: "a0" by {"Operands"' in note and "answered by people here" in note for note in notes)
    assert any('DefaultOptionRefId: "a2" is not carried over: no option is chosen in silence' in note for note in notes)


def test_a_section_without_a_weight_is_named() -> None:
    card, notes = connect(
        section("s", single("a", 10, 0), Weight=40), section("t", single("b", 10, 0)), mode="SECTION_ONLY"
    )
    assert [each.weight for each in card.sections] == [40, 1]
    assert "f, Items[1].Section.Weight: it has no weight; 1 is taken." in notes


def test_nested_sections_share_the_weight_of_the_one_around_them() -> None:
    inner = section("i", single("b", 10, 0), single("c", 10, 0))
    card, _ = connect(section("o", single("a", 10, 0), inner, Weight=60), section("p", single("d", 10, 0), Weight=40),
                      mode="SECTION_ONLY")  # fmt: skip
    assert [(each.title, each.weight) for each in card.sections] == [
        ("Section o", 20), ("Section o › Section i", 40), ("Section p", 40),
    ]  # fmt: skip
    answers = {"a": ("a0",), "b": ("b1",), "c": ("c0",), "d": ("d1",)}
    assert score_call(card, answers).score == pytest.approx(100 * 60 * (2 / 3) / 100)


def test_genesys_weights_points_by_group_and_the_card_scores_as_it_does() -> None:
    first, second = group(choice("a", 1, 0), choice("b", 1, 0), weight=40), group(choice("c", 1, 0), weight=20)
    answers = {"title_of_a": ("text_of_a0",), "title_of_b": ("text_of_b1",), "title_of_c": ("text_of_c0",)}
    card, _ = genesys(first, second)
    assert (card.scoring, score_call(card, answers).score) == ("by_question", pytest.approx(60.0))
    card, notes = genesys(first, second, weightMode="OFF")
    assert (card.scoring, [each.weight for each in card.sections]) == ("points", [1, 1])
    assert "f, weightMode: is OFF, so weights of groups don't count, and are not carried over." in notes
    card, _ = genesys({**first, "weight": 1}, {**second, "weight": 1})
    assert (card.scoring, score_call(card, answers).score) == ("points", pytest.approx(100 * 2 / 3))


def test_negative_points_of_genesys_take_away_where_several_are_chosen_and_are_named_elsewhere() -> None:
    choices = [
        {**choice("jargon"), "answerOptions": [built_in("Selected", 0), built_in("Unselected", 2)]},
        {**choice("offer"), "answerOptions": [built_in("Selected", 3), built_in("Unselected", 0)]},
    ]
    several = genesys_question("m", "multipleSelectQuestion", multipleSelectOptionQuestions=choices)
    card, notes = genesys(group(choice("a", 5, -3), several))
    assert any("answerOptions[1].value: -3 points are 0 here" in note for note in notes)
    question = card.questions[1]
    assert (question.possible, question.earned(()), question.earned(("title_of_jargon", "title_of_offer"))) == (5, 2, 3)


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ([], "questionGroups: there is no question in it."),
        ([group()], "questionGroups: there is no question in it."),
        ([group(choice("a", 1, 0), weight=0)], "all groups weigh 0"),
        ([group(choice("a", 1, 0), weight=-1)], "questionGroups[0].weight: the weight -1 is below 0"),
        ([group(choice("a"))], "answerOptions: it has no answers; give some."),
        ([group(choice("a", 0, 0))], "no question has a weight and points above 0"),
        ([group({**choice("a", 1, 0), "visibilityCondition": {"predicates": ["../question/1/answer/0"]}},
                {**choice("b", 1, 0), "visibilityCondition": {"predicates": ["../question/0/answer/0"]}})],
         "these questions wait for each other: title_of_a, title_of_b;"),
    ],
)  # fmt: skip
def test_a_genesys_form_that_can_not_be_a_card_is_refused_with_its_place(groups: list[Form], said: str) -> None:
    with pytest.raises(BadCard) as refused:
        genesys(*groups)
    assert any(said in fault for fault in refused.value.faults), refused.value.faults


@pytest.mark.parametrize(
    ("predicate", "said"),
    [
        ("/form/questionGroup/9/question/0/answer/0", "the form has no question at"),
        ("../question/0/answer/7", "has no such answer"),
        ("../question/2/answer/0", "is no single choice"),
        ({"later": 1}, "is not known"),
        ("../question/1/answer/0", None),
    ],
)
def test_a_visibility_condition_that_points_nowhere_is_named(predicate: Any, said: str | None) -> None:
    condition = {"combiningOperation": "AND", "predicates": [predicate]}
    questions = [choice("a", 1, 0), choice("b", 1, 0), genesys_question("t", "freeTextQuestion"),
                 {**choice("c", 1, 0), "visibilityCondition": condition}]  # fmt: skip
    before = copy.deepcopy(questions)
    card, notes = genesys(group(*questions))
    assert (card.questions[3].asked_when is None) == (said is not None)
    assert said is None or any(
        said in note and "always asked" in note and json.dumps(predicate) in note for note in notes
    )
    assert questions == before


def test_questions_of_kinds_that_cards_do_not_have_are_left_out_and_named() -> None:
    card, notes = genesys(group(genesys_question("l", "likertQuestion"), choice("a", 1, 0)))
    assert [question.id for question in card.questions] == ["title_of_a"]
    assert any("no questions of the type likertQuestion" in note and "scores are without it" in note for note in notes)
    card, notes = connect(section("s", single("l", 10, 0, QuestionType="LIKERT"), single("a", 10, 0)))
    assert [question.id for question in card.questions] == ["a"]
    assert any("no questions of the type LIKERT" in note for note in notes)
