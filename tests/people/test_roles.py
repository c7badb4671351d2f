"""Who may do what."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from qa_pipeline.people.roles import (
    RIGHTS,
    Right,
    Role,
    User,
    entry_of,
    read_roles,
    read_users,
    sees_raw_text,
)

USERS = read_users(
    [
        {"login": "*@example.com", "role": "viewer"},
        {"login": "Ana@Example.com", "role": "lead"},
        {"login": "bo", "role": "admin"},
    ]
)


@pytest.mark.parametrize(
    ("login", "role"),
    [
        ("ana@example.com", Role.LEAD),
        ("ANA@example.com ", Role.LEAD),
        ("new@example.com", Role.VIEWER),
        ("bo", Role.ADMIN),
        ("example.com", None),
        ("x@sub.example.com", None),
        ("x@example.com@evil.test", None),
        ("", None),
    ],
)
def test_a_person_has_the_role_of_the_entry_that_names_them(login: str, role: Role | None) -> None:
    entry = entry_of(login, USERS)
    assert (entry and entry.role) == role


def test_each_role_may_do_what_the_one_before_it_may_and_more() -> None:
    ladder = [RIGHTS[role] for role in (Role.VIEWER, Role.EVALUATOR, Role.LEAD, Role.ADMIN)]
    assert all(lower < higher for lower, higher in pairwise(ladder))
    assert ladder[-1] == frozenset(Right) - {Right.RAW_TEXT}, "what was masked is a setting's to give"
    assert RIGHTS[Role.AGENT] == RIGHTS[Role.EVALUATOR] - {Right.EVALUATE}


def test_users_come_as_tables_or_as_json() -> None:
    tables = [{"login": "ana@example.com", "role": "lead"}]
    assert read_users(tables) == read_users(json.dumps(tables)) == (User("ana@example.com", Role.LEAD),)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([{"login": "ana", "role": "leader"}], "entry 1: role is 'leader'; is lead meant?"),
        (
            [{"login": "ana", "role": "boss"}],
            "entry 1: role is 'boss'; there are viewer, evaluator, lead, admin, agent",
        ),
        ([{"login": "a*@example.com", "role": "lead"}], r"a \* stands for a whole name only"),
        ([{"login": "*", "role": "lead"}], r"a \* stands for a whole name only"),
        ([{"role": "lead"}], "entry 1: login is None"),
        ([{"login": "ana", "role": "lead"}, {"login": "ANA", "role": "viewer"}], "entry 2: ana has an entry already"),
        ([{"user": "ana", "role": "lead"}], "entry 1 has no key 'user'"),
        ("ana:lead", "not JSON of a list of tables"),
        ({"ana": "lead"}, r"write each as a table \[\[dashboard_users\]\]"),
    ],
)
def test_a_wrong_entry_is_named(value: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_users(value)


def test_an_agent_may_be_named_by_the_id_that_calls_have() -> None:
    [entry] = read_users([{"login": "Chen@example.com", "role": "agent", "agent_id": " a-17 "}])
    assert entry_of("chen@example.com", [entry]) == User("chen@example.com", Role.AGENT, "a-17")


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"login": "ana", "role": "lead", "agent_id": "a-17"}, "entry 1: agent_id is for the role agent only"),
        ({"login": "*@example.com", "role": "agent", "agent_id": "a-17"}, "entry 1: agent_id is one person's"),
        ({"login": "ana", "role": "agent", "agent_id": 17}, "entry 1: agent_id is 17; give the id that calls have"),
    ],
)
def test_an_id_that_says_nothing_of_one_agent_is_refused(entry: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_users([entry])


def test_who_sees_what_was_masked_is_said_by_role_or_by_person() -> None:
    lead, chosen, barred = read_users(
        [
            {"login": "lea", "role": "lead"},
            {"login": "eve", "role": "evaluator", "raw_text": True},
            {"login": "al", "role": "admin", "raw_text": False},
        ]
    )
    for roles, may in (
        ((Role.ADMIN,), [False, True, False]),
        ((Role.LEAD,), [True, True, False]),
        ((), [False, True, False]),
    ):
        assert [sees_raw_text(each, roles) for each in (lead, chosen, barred)] == may
    with pytest.raises(ValueError, match="entry 1: raw_text is 'yes'; write true or false"):
        read_users([{"login": "ana", "role": "lead", "raw_text": "yes"}])


def test_roles_are_a_list_or_names_with_commas_or_nobody() -> None:
    assert read_roles(["admin", "lead", "admin"]) == read_roles("admin, lead") == (Role.ADMIN, Role.LEAD)
    assert read_roles("none") == read_roles(["none"]) == read_roles([]) == ()
    with pytest.raises(ValueError, match="'boss' is no role; there are viewer, evaluator"):
        read_roles("admin,boss")
    with pytest.raises(ValueError, match="write a list of roles"):
        read_roles(7)
