"""The form of a query file, and what is said of one that breaks it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from qa_pipeline.published.shipped_queries import (
    BadParameter,
    BadQueryFile,
    find_query,
    list_queries,
    load_query,
)

GOOD = """\
-- Who says a phrase?
--
-- Every sentence with the phrase in it.
-- Upper and lower case alike.
--
-- param phrase varchar = refund : what to look for
-- param role varchar = null : agent or customer
-- param since date = 1970-01-01 : first call date
-- param at_least_s double = 0.5 : shortest sentence
-- param most integer = 10 : how many rows
--
-- column said : the sentence
select text as said from sentences
where text = $phrase and role = $role and call_date >= $since and end_ms > $at_least_s
limit $most
"""


def write(folder: Path, text: str, name: str = "who_says_a_phrase.sql") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_header_gives_question_description_parameters_and_columns(tmp_path: Path) -> None:
    query = load_query(write(tmp_path, GOOD))
    assert query.name == "who_says_a_phrase"
    assert query.question == "Who says a phrase?"
    assert query.description == "Every sentence with the phrase in it.\nUpper and lower case alike."
    assert [(item.name, item.type, item.default) for item in query.parameters] == [
        ("phrase", "varchar", "refund"),
        ("role", "varchar", None),
        ("since", "date", dt.date(1970, 1, 1)),
        ("at_least_s", "double", 0.5),
        ("most", "integer", 10),
    ]
    assert query.parameters[0].help == "what to look for"
    assert [(column.name, column.help) for column in query.columns] == [("said", "the sentence")]
    assert query.sql == GOOD


def test_what_is_not_given_takes_its_default(tmp_path: Path) -> None:
    query = load_query(write(tmp_path, GOOD))
    assert query.bind({"since": "2025-09-02", "most": "3"}) == {
        "phrase": "refund",
        "role": None,
        "since": dt.date(2025, 9, 2),
        "at_least_s": 0.5,
        "most": 3,
    }


def test_null_is_nothing_and_quoted_null_is_the_word(tmp_path: Path) -> None:
    query = load_query(write(tmp_path, GOOD))
    assert query.bind({"phrase": "null"})["phrase"] is None
    assert query.bind({"phrase": "'null'"})["phrase"] == "null"
    assert query.bind({"phrase": "it's"})["phrase"] == "it's"
    assert query.bind({"phrase": ""})["phrase"] == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"since": "yesterday"}, "since is 'yesterday', which is not a valid date; write it like 2025-09-01"),
        ({"most": "1.5"}, "most is '1.5', which is not a valid integer"),
        ({"at_least_s": "nan"}, "at_least_s is 'nan', which is not a valid double"),
        ({"phrse": "x"}, "takes no parameter 'phrse'; it takes: phrase"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(tmp_path: Path, given: dict[str, str], said: str) -> None:
    query = load_query(write(tmp_path, GOOD))
    with pytest.raises(BadParameter) as refusal:
        query.bind(given)
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("select 1", "must be a comment that asks a question"),
        ("-- All calls.\nselect 1", "must be a comment that asks a question"),
        ("-- Who?\n-- param a varchar\nselect $a", ":2: write `param name type = default : help`"),
        ("-- Who?\n-- param A varchar = x : y\nselect $A", "'A' is not a parameter name"),
        ("-- Who?\n-- param a text = x : y\nselect $a", "'text' is not a parameter type; use one of: date"),
        ("-- Who?\n-- param a date = x : y\nselect $a", "the default is wrong: a is 'x', which is not a valid date"),
        ("-- Who?\n-- param a date = null : y\n-- param a date = null : y\nselect $a", "a is declared twice"),
        ("-- Who?\n-- column a\nselect 1 as a", ":2: write `column name : help`"),
        ("-- Who?\nselect 1; select 2", "must hold one select and nothing else"),
        ("-- Who?\ndrop table calls", "must hold one select and nothing else"),
        ("-- Who?\nselect from where", "is not SQL that DuckDB can read"),
        ("-- Who?\nselect $a", "used but not declared: ['a']"),
        ("-- Who?\n-- param a date = null : y\nselect 1", "declared but not used: ['a']"),
    ],
)
def test_a_file_that_breaks_the_form_is_named_with_the_place(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(BadQueryFile) as refusal:
        load_query(path)
    assert said in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "who.sql"
    path.write_bytes(b"-- Qui \xe9tait l\xe0?\nselect 1")
    with pytest.raises(BadQueryFile, match=r"who\.sql could not be read"):
        load_query(path)


def test_queries_are_listed_by_name(tmp_path: Path) -> None:
    write(tmp_path, "-- Who?\nselect 1", "who.sql")
    write(tmp_path, "-- How?\nselect 1", "how.sql")
    write(tmp_path, "no query", "notes.txt")
    assert [query.question for query in list_queries(tmp_path)] == ["How?", "Who?"]


def test_a_missing_folder_is_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(BadQueryFile, match="no folder of queries"):
        list_queries(tmp_path / "nowhere")


def test_a_query_is_found_with_or_without_its_ending() -> None:
    assert find_query("who_says_a_phrase").name == find_query("who_says_a_phrase.sql").name


@pytest.mark.parametrize("name", ["who_says_nothing", "../schema/001_calls", "/etc/passwd", ""])
def test_an_unknown_name_is_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(BadQueryFile, match=r"there is no query .*; there are: .*who_says_a_phrase"):
        find_query(name)


def test_the_shipped_queries_are_questions_with_described_columns() -> None:
    queries = list_queries()
    openers = ("who", "what", "when", "where", "which", "how", "was")
    assert len(queries) >= 12
    assert [query.name for query in queries if not query.name.startswith(openers)] == []
    assert [query.name for query in queries if not query.columns or not query.description] == []
