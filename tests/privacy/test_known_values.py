"""What metadata say of a caller, and where it is said: neither too little nor words that only look like it."""

from __future__ import annotations

from typing import Any

import pytest

from qa_pipeline.privacy.known_values import KnownValue
from qa_pipeline.privacy.metadata import known_of
from qa_pipeline.privacy.policy import RedactionPolicy
from tests.privacy.dialogues import redacted


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("Steven Adams", "my card is 4111 seven one one one", "my card is [card]"),
        ("Lucas Fourie", "the four of us", "the four of us"),
        ("Ana Ochoa", "tengo ocho perros", "tengo ocho perros"),
        ("Ana Nuevo", "las nueve y media", "las nueve y media"),
        ("Trois Martin", "j'en ai trois", "j'en ai trois"),
        ("Tenta Seconde", "un tenth de seconde", "un tenth de seconde"),
        ("May Once", "Thank you, May Once, once again in may", "Thank you, [name] [name], once again in may"),
        ("Steven Adams", "Good morning, Stevin", "Good morning, [name]"),
    ],
)
def test_a_word_of_numbers_is_no_misheard_name(name: str, text: str, shown: str) -> None:
    assert redacted(f"C: {text}", known=[KnownValue("name", name)]) == [shown]


@pytest.mark.parametrize(
    ("extra", "found"),
    [
        ({"firstName": "jane", "lastName": "Miller"}, [("name", "jane"), ("name", "Miller")]),
        ({"CustomerFirstName": "Ana"}, [("name", "Ana")]),
        ({"patient_name": "Ana Gil", "account_name": "Bo Li"}, [("name", "Ana Gil"), ("name", "Bo Li")]),
        ({"nombre_cliente": "Ana", "nom_client": "Luc"}, [("name", "Ana"), ("name", "Luc")]),
        ({"call": {"customer": {"name": "Bo Li"}}}, [("name", "Bo Li")]),
        ({"phoneNumber": "0612345678"}, [("phone", "0612345678")]),
        ({"客户电话": "13812345678", "客户名称": "王小明"}, [("phone", "13812345678"), ("name", "王小明")]),
        ({"顧客電話番号": "09012345678", "お客様名": "田中"}, [("phone", "09012345678"), ("name", "田中")]),
        ({"from": "+15551234567", "to": "1001"}, [("phone", "+15551234567")]),
        ({"src": "sip:+15551234567@h"}, [("phone", "+15551234567")]),
        ({"clid": '"Jane" <5551234567>'}, [("phone", "5551234567")]),
    ],
)  # fmt: skip
def test_metadata_say_who_calls(extra: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert [(each.kind, each.value) for each in known_of(None, extra, [])] == found


@pytest.mark.parametrize(
    "extra",
    [
        {"caller": "unknown"}, {"customer": "new"}, {"contact": "web"}, {"name": "billing"}, {"client": "New Customer"},
        {"customer": "gobbledygook"}, {"flow_name": "Sales"}, {"产品名称": "光纤"}, {"坐席姓名": "李雷"},
        {"客户等级": "VIP"},
        {"nombre_agente": "Ana"}, {"nom_produit": "Fibre"}, {"from": "2019", "to": "sales"}, {"customer": "新客户"},
    ],
)  # fmt: skip
def test_metadata_that_name_nobody(extra: dict[str, Any]) -> None:
    assert known_of(None, extra, []) == []


@pytest.mark.parametrize(
    ("customer", "text", "shown"),
    [
        ("5000", "My number was 5000.", "My number was [account]."),
        ("5000", "It costs 5000 euros, or 15000.", "It costs 5000 euros, or 15000."),
        ("5000", "I paid 5000.", "I paid 5000."),
        ("5000", "5000个人", "5000个人"),
        ("C-2019", "Since 2019, etc. 2019.", "Since 2019, etc. 2019."),
        ("C-2019", "It is C-2019 or c 2019.", "It is [account] or [account]."),
        ("C-2019", "my account is 2019", "my account is [account]"),
        ("2105", "on 21/05/2024", "on 21/05/2024"),
    ],
)
def test_short_numbers_of_customers_leave_amounts_and_years_alone(customer: str, text: str, shown: str) -> None:
    assert redacted(f"C: {text}", known=known_of(customer, {}, [])) == [shown]


def test_a_key_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="empty key"):
        RedactionPolicy(known=("loyalty_no", " "))


def test_a_given_name_of_number_words_is_no_name_alone() -> None:
    known = [KnownValue("name", "王三五")]
    assert redacted("C: 我叫王三五，三五个人", known=known) == ["我叫[name]，三五个人"]
