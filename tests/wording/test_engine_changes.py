"""A figure over several engines says so, and a trend is marked where another engine began."""

from __future__ import annotations

import datetime as dt
from typing import Any

from qa_pipeline.wording.engine_changes import change_days, several_engines


def day(number: int, *engines: str) -> dict[str, Any]:
    return {"call_date": dt.date(2025, 9, number), "engines": list(engines)}


def test_one_engine_is_nothing_to_say() -> None:
    assert several_engines([]) is None
    assert several_engines([day(1, "local reference"), day(2, "local reference")]) is None
    assert change_days([day(1, "a"), day(2, "a")]) == []


def test_each_change_is_named_with_its_day() -> None:
    days = [day(1, "tiny"), day(2, "tiny"), day(4, "base", "tiny"), day(5, "base")]
    assert change_days(days) == [dt.date(2025, 9, 4), dt.date(2025, 9, 5)]
    assert several_engines(days) == (
        "Several engines made the transcripts of these dates: from 2025-09-01 tiny; from 2025-09-04 base and tiny; "
        "from 2025-09-05 base. A step in a figure may be the engine's."
    )


def test_two_engines_of_one_day_are_named_although_nothing_changed() -> None:
    assert "from 2025-09-01 a and b." in (several_engines([day(1, "a", "b"), day(2, "a", "b")]) or "")


def test_many_changes_do_not_fill_the_page() -> None:
    sentence = several_engines([day(number, "b" if number % 2 else "a") for number in range(1, 29)]) or ""
    assert sentence.startswith("Several engines made the transcripts of these dates: by turns a, b. ")
