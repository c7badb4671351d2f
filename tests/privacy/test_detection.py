"""What is found in sentences, and what is left alone: single rules, each on the smallest dialogue that shows it."""

from __future__ import annotations

from typing import Any

import pytest

from qa_pipeline.privacy.detection import personal_spans
from qa_pipeline.privacy.known_values import KnownValue
from qa_pipeline.privacy.metadata import known_of
from qa_pipeline.privacy.policy import RedactionPolicy
from qa_pipeline.privacy.sentences import SaidSentence
from tests.privacy.dialogues import redacted


def test_a_number_goes_on_only_where_nothing_else_is_said() -> None:
    assert redacted("C: It is 4111 1111", "A: go on", "C: 1111 1111, thanks") == [
        "It is [card]", "go on", "[card], thanks",
    ]  # fmt: skip
    unrelated = redacted("C: My phone is 555 867 5309.", "C: 2 more things, please.")
    assert unrelated == ["My phone is [phone].", "2 more things, please."]


def test_the_last_group_may_come_after_an_and() -> None:
    assert redacted("C: It's uh 4 5 3 9, then 1488, 0343 and 6467.") == ["It's uh [card]."]
    assert redacted("C: It was in 2019 and 2021.") == ["It was in 2019 and 2021."]
    assert redacted("C: The number of the order ends in 5678, version 10.0.19045.3448.") == [
        "The number of the order ends in 5678, version 10.0.19045.3448."
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ("C: My number's 4929 then the next four are 7351", "A: Right", "C: and the next 8640 and finally 2377"),
        ("C: 四九二九", "A: 嗯", "C: 然后七三五幺", "A: 好", "C: 后面是八六四零", "A: 好", "C: 最后二三七七"),
        ("C: 4929", "A: oui", "C: ensuite 7351", "A: oui", "C: puis 8640", "A: oui", "C: et enfin 2377"),
    ],
)
def test_parts_may_be_announced(lines: tuple[str, ...]) -> None:
    shown = " ".join(redacted(*lines))
    assert not set("0123456789四九七三幺八六零二").intersection(shown)


def test_a_long_pause_ends_a_number() -> None:
    said = [
        SaidSentence("customer", "It is 411", "en", 0, 1000),
        SaidSentence("customer", "112", "en", 60_000, 61_000),
    ]
    assert personal_spans(said) == []


def test_what_is_read_back_is_masked_also_in_parts() -> None:
    assert redacted("C: My phone is 303 555 0188.", "A: 303 and 0188?")[1] == "[phone] and [phone]?"
    assert redacted("C: My phone is 303 555 0188.", "A: Since 2019?")[1] == "Since 2019?"


def test_a_valid_card_is_masked_whatever_it_is_called() -> None:
    assert redacted("C: The order number is 4111 1111 1111 1111.") == ["The order number is [card]."]
    assert redacted("C: The order number is 4111 1111 1111 1112.") == ["The order number is 4111 1111 1111 1112."]


def test_orders_are_masked_where_the_policy_says_so() -> None:
    policy = RedactionPolicy(order_number="last4")
    assert redacted("C: The order number is 88374655.", policy=policy) == ["The order number is [order_number …4655]."]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("C: My card is 4111 1111 1111 1111.", "My card is [card …1111]."),
        ("C: My account is 48213.", "My account is [account]."),
    ],
)
def test_the_last_four_are_shown_of_long_numbers_only(line: str, shown: str) -> None:
    assert redacted(line, policy=RedactionPolicy(card="last4", account="last4")) == [shown]


def test_the_last_four_stand_at_the_end_of_a_number_in_parts() -> None:
    said = redacted("C: 4111 1111", "A: yes", "C: 1111 1234", policy=RedactionPolicy(digits="last4", card="last4"))
    assert (said[0], said[2]) == ("[card]", "[card …1234]")


NAMED = known_of(
    "C-20038841",
    {"customer_name": "Ana López Quiroga", "ani": "+34 612 345 678", "email": "ana@example.es", "agent_note": "12345"},
    ["Renee Brooks"],
)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("A: Good morning, Ms Lopes.", "Good morning, Ms [name]."),
        ("A: Is that Ana Lopez Quiroga?", "Is that [name]?"),
        ("A: Your number is c 2003 8841.", "Your number is [account]."),
        ("A: You call from 345678, right?", "You call from [phone], right?"),
        ("A: I write to ana at example dot es.", "I write to [email]."),
        ("A: Reference 12345, Renee.", "Reference 12345, [name]."),
        ("A: An apple and a banana.", "An apple and a banana."),
    ],
)
def test_known_values_are_masked_wherever_they_are_said(line: str, shown: str) -> None:
    said = redacted(line, known=NAMED)[0]
    assert said.replace("[name] [name] [name]", "[name]") == shown


@pytest.mark.parametrize(
    ("extra", "kinds"),
    [
        ({"customerName": "Ana López"}, ["name"]),
        ({"Customer Name": "Ana López", "Caller-ID": 34612345678}, ["name", "phone"]),
        (
            {"customer": {"name": "Ana López", "phones": ["612345678"], "email": "ana@example.es"}},
            ["name", "phone", "email"],
        ),
        ({"contact": {"phone": 612345678.0}}, ["phone"]),
        ({"customer_name": "Unknown", "phone": "n/a", "email": "none", "queue_name": "Sales", "caller": True}, []),
        ({"agent_name": "Renee", "product_name": "Fiber", "score": 12345}, []),
    ],
)
def test_metadata_are_read_by_the_names_of_their_keys(extra: dict[str, Any], kinds: list[str]) -> None:
    assert [each.kind for each in known_of(None, extra, [])] == kinds


def test_an_id_that_is_a_word_is_not_looked_for() -> None:
    assert redacted("A: The cause is unknown.", known=known_of("unknown", {}, [])) == ["The cause is unknown."]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("A: 王小明先生您好。", "[name]先生您好。"),
        ("A: 王先生您好。", "[name]先生您好。"),
        ("C: 我叫王晓明。", "我叫[name]。"),
        ("A: 国王先走。", "国王先走。"),
    ],
)
def test_chinese_names_are_found_whole_with_a_title_and_misheard(line: str, shown: str) -> None:
    assert redacted(line, known=[KnownValue("name", "王小明")]) == [shown]


def test_a_name_that_is_a_word_is_a_name_where_it_is_written_so() -> None:
    known = [KnownValue("name", "Will May")]
    assert redacted("A: You will see in may.", known=known) == ["You will see in may."]
    assert redacted("A: Thank you, Will.", known=known) == ["Thank you, [name]."]


@pytest.mark.parametrize(
    "text",
    [
        "I looked at the site example.com yesterday.",
        "He arrived at work. It was late.",
        "I work at orange.",
        "We have 250000 customers.",
        "In 2019, 2020 and 2021.",
        "It's 1,250,000 dollars.",
        "Call me once or twice, oh please.",
        "Double the price, no.",
        "É o 77120.",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    language = "pt" if text.startswith("É") else "en"
    assert personal_spans([SaidSentence("customer", text, language)]) == []


def test_a_word_before_a_card_is_no_country() -> None:
    """IS, BE and IT are countries of account numbers."""
    assert redacted("C: My card is 4111 1111 1111 1111 expiring in March.") == ["My card is [card] expiring in March."]


def test_long_vowels_of_kana_may_be_written_with_a_dash() -> None:
    assert redacted("A: お電話番号は？", "C: ゼロキューゼロ、イチニーサンヨン、ゴーロクナナハチ")[1] == "[phone]"


def test_figures_of_other_scripts_are_figures() -> None:
    assert redacted("C: رقم الهاتف ٠٥٠١٢٣٤٥٦٧") == ["رقم الهاتف [phone]"]


def test_nothing_is_found_in_nothing() -> None:
    assert personal_spans([]) == []
    assert redacted("C: ", "A: ...") == ["", "..."]


def test_a_very_long_text_takes_no_time_to_speak_of() -> None:
    text = "four one " * 20_000 + "x at y dot " * 5_000 + "1 " * 50_000
    assert redacted(f"C: {text}")[0].startswith("[")
