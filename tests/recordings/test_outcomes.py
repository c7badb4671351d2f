"""outcomes.csv: what became of calls, as any number or flag; a bad cell costs itself only, and is named."""

from __future__ import annotations

import pytest

from qa_pipeline.recordings.outcomes import Outcomes, name_of, read_outcomes, value_of
from qa_pipeline.recordings.sidecars import BadMetadataFile
from qa_pipeline.recordings.values import BadValue


def read(text: str) -> Outcomes:
    return read_outcomes(text.encode(), "outcomes.csv")


def values(text: str) -> dict[tuple[str, str], tuple[float, bool]]:
    return {(row.call_id, row.name): (row.value, row.is_flag) for row in read(text).rows}


def test_numbers_and_flags_are_read_under_plain_names() -> None:
    assert values("Call ID;CSAT Score;Resolved;Refund EUR\nc1;4;yes;12,50\nc2;;No;-\nc3;n/a;是;0\n") == {
        ("c1", "csat_score"): (4.0, False),
        ("c1", "resolved"): (1.0, True),
        ("c1", "refund_eur"): (12.5, False),
        ("c2", "resolved"): (0.0, True),
        ("c3", "resolved"): (1.0, True),
        ("c3", "refund_eur"): (0.0, False),
    }
    assert read("call_id,csat\nc1,4\n").rows[0].source == "outcomes.csv, line 2"


def test_a_bad_cell_or_line_is_named_and_costs_itself_only() -> None:
    listed = read("call_id,csat,resolved\nc1,good,yes\n,5,no\nc/2,1,no\nc3,1,no,7\nc4,3,no\n")
    assert [(row.call_id, row.name) for row in listed.rows] == [("c1", "resolved"), ("c4", "csat"), ("c4", "resolved")]
    assert listed.notes == (
        "outcomes.csv, line 2: csat is 'good': write a number, or yes or no.",
        "outcomes.csv, line 3 has no call_id; write the id of the call.",
        "outcomes.csv, line 4: call_id is 'c/2': an id must not hold slashes.",
        "outcomes.csv, line 5 has 4 cells under 3 headings; put cells that hold a separator in quotes.",
    )


def test_a_column_of_words_is_not_used_and_said_once() -> None:
    listed = read("call_id,comment,csat\nc1,fine,4\nc2,bad,1\n")
    assert {row.name for row in listed.rows} == {"csat"}
    assert listed.notes == (
        "outcomes.csv: not used: column comment, which holds words; an outcome is a number or yes or no.",
    )


def test_a_second_value_of_a_call_is_named_and_the_first_counts() -> None:
    listed = read("call_id,csat\nc1,4\nc1,4\nc1,2\n")
    assert [row.value for row in listed.rows] == [4.0]
    assert listed.notes == (
        "outcomes.csv, line 4: c1 has another csat in outcomes.csv, line 2, which counts; delete one.",
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [("-3", -3), ("4.5", 4.5), ("4,5", 4.5), ("85 %", 85), ("1,234,567", 1234567), ("1,234.5", 1234.5), ("1e3", 1000),
     ("５", 5), ("0,500", 0.5)],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, value: float) -> None:
    assert value_of(text) == (value, False)


@pytest.mark.parametrize("text", ["1,234", "inf", "1e99999", "4/5", "four", "1 2"])
def test_what_has_no_one_reading_is_refused(text: str) -> None:
    with pytest.raises(BadValue, match="write"):
        value_of(text)


def test_a_file_without_calls_says_what_it_needs() -> None:
    with pytest.raises(BadMetadataFile, match="needs a column call_id"):
        read("csat,resolved\n4,yes\n")
    assert name_of("  NPS (0–10) ") == "nps_0_10"
