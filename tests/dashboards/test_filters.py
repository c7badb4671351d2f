"""What a person may narrow the calls by, and how a URL writes it."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.date_presets import ALL, PRESETS, UNDATED
from dashboards.filters import (
    COURSES,
    DIRECTIONS,
    FORMS,
    RANGED_METRICS,
    STEPS,
    CallFilter,
    DateRange,
    Span,
    Spans,
    parameters_of,
    range_of,
    rule_choice,
)
from dashboards.links import call_link, calls_link
from dashboards.url_values import EARLIEST, LATEST
from qa_pipeline.search.query import RULE_OUTCOMES

RANGE = DateRange(dt.date(2025, 9, 1), dt.date(2025, 9, 3))
TODAY = dt.date(2026, 1, 1)  # a Thursday, the first day of a year

WORDS = st.text(min_size=1, max_size=9)
DATES = st.dates(EARLIEST, LATEST)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-5, 10_000).map(float)
SPANS = st.builds(Span, NUMBERS, NUMBERS)
CLOSED = SPANS.filter(lambda span: not span.is_open)

RULES = st.builds(rule_choice, WORDS, st.sampled_from(RULE_OUTCOMES))


def several(values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(values, max_size=3, unique=True).map(tuple)


def spans(names: st.SearchStrategy[str]) -> st.SearchStrategy[Spans]:
    return st.dictionaries(names, CLOSED, max_size=3).map(lambda found: tuple(found.items()))


FILTERS = st.builds(
    CallFilter,
    dates=st.none() | st.sampled_from((*PRESETS, UNDATED)) | st.builds(range_of, DATES, DATES),
    text=st.text(max_size=20),
    forms=several(st.sampled_from(FORMS)),
    courses=several(st.sampled_from(COURSES)),
    steps=several(st.sampled_from(STEPS)),
    directions=several(st.sampled_from(DIRECTIONS)),
    length=SPANS,
    metrics=spans(st.sampled_from(RANGED_METRICS)),
    shares=spans(WORDS),
    rules=several(RULES),
    each_rule=several(RULES),
    **{
        name: several(WORDS)
        for name in ("agents", "queues", "languages", "emotions", "statuses", "defects", "engines", "reasons")
    },
)  # fmt: skip


@given(FILTERS)
def test_a_filter_comes_back_from_its_url_as_it_was(chosen: CallFilter) -> None:
    query = chosen.to_query()
    assert CallFilter.from_query(query) == chosen
    assert parameters_of(query) == list(query)


def test_a_url_of_an_earlier_version_still_says_the_same() -> None:
    old = {"from": "2025-09-01", "to": "2025-09-03", "agent": ["a-1", "a-2"], "status": "ok", "q": " refund ",
           "defect": "dual_mono", "form": "stereo", "sort": "length", "order": "up", "page": "2"}  # fmt: skip
    expected = CallFilter(
        RANGE, agents=("a-1", "a-2"), statuses=("ok",), text="refund", defects=("dual_mono",), forms=("stereo",)
    )
    assert CallFilter.from_query(old) == expected


def test_what_makes_no_sense_in_a_url_is_left_out() -> None:
    nonsense = {"from": "yesterday", "dates": "someday", "form": "square", "length": "..", "m.dead_air_s": "long",
                "m.no_such_metric": "1..2", "m.thresholds": "1..2", "e.angry": "nan..inf", "e.": "0.1..", "agent": "",
                "m.": "1", "rule": ["greeting", ":hit", "greeting:won"]}  # fmt: skip
    assert CallFilter.from_query(nonsense) == CallFilter()


def test_a_url_may_say_one_end_of_the_dates() -> None:
    (query,) = [CallFilter.from_query({"from": "2025-09-01"}).to_query()]
    assert query == {"from": ["2025-09-01"]}
    chosen = CallFilter.from_query(query).on(TODAY, RANGE, DateRange(dt.date(2025, 1, 1), dt.date(2025, 9, 9)))
    assert chosen.range == DateRange(dt.date(2025, 9, 1), dt.date(2025, 9, 9))


@pytest.mark.parametrize(
    ("text", "span"),
    [("10..20", Span(10, 20)), ("20..10", Span(10, 20)), ("..2.5", Span(None, 2.5)), ("-3..", Span(-3)),
     ("1", Span(1, 1)), ("..", None), ("", None), ("a..b", None), ("1..2..3", None)],
)  # fmt: skip
def test_a_span_is_written_with_two_dots(text: str, span: Span | None) -> None:
    assert Span.of(text) == span


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("today", (2026, 1, 1), (2026, 1, 1)),
        ("yesterday", (2025, 12, 31), (2025, 12, 31)),
        ("last7", (2025, 12, 26), (2026, 1, 1)),
        ("last30", (2025, 12, 3), (2026, 1, 1)),
        ("this_week", (2025, 12, 29), (2026, 1, 4)),
        ("last_week", (2025, 12, 22), (2025, 12, 28)),
        ("this_month", (2026, 1, 1), (2026, 1, 31)),
        ("last_month", (2025, 12, 1), (2025, 12, 31)),
        ("this_quarter", (2026, 1, 1), (2026, 3, 31)),
        ("last_quarter", (2025, 10, 1), (2025, 12, 31)),
        ("this_year", (2026, 1, 1), (2026, 12, 31)),
    ],
)
def test_a_named_range_is_counted_from_the_readers_day(
    preset: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    found = CallFilter(preset).on(TODAY, RANGE, RANGE).range
    assert found == DateRange(dt.date(*first), dt.date(*last))


def test_no_dates_are_the_newest_and_all_are_what_is_published() -> None:
    everything = DateRange(dt.date(2024, 1, 1), dt.date(2025, 9, 3))
    assert CallFilter().on(TODAY, RANGE, everything).range == RANGE
    assert CallFilter(ALL).on(TODAY, RANGE, everything).range == everything
    assert CallFilter(UNDATED).on(TODAY, RANGE, everything).range == DateRange(EARLIEST, LATEST)
    with pytest.raises(ValueError, match="last7"):
        _ = CallFilter("last7").range


def test_a_range_holds_both_its_ends() -> None:
    assert [day.day for day in RANGE.days] == [1, 2, 3]


def test_dates_alone_leave_the_filter_open() -> None:
    assert CallFilter(RANGE).is_open
    assert CallFilter("last7", text="  ").is_open
    assert not CallFilter(RANGE, queues=("billing",)).is_open
    assert not CallFilter(length=Span(5)).is_open
    assert {str(value) for value in CallFilter(RANGE, text="  ").values().values()} == {"None", "[]"}


def test_what_is_chosen_is_handed_on_as_values() -> None:
    chosen = CallFilter(RANGE, agents=("a-1", "a-2"), length=Span(5), shares=(("angry", Span(0.2)),))
    values = chosen.values()
    assert (values["agents"], values["queues"], values["length_low"]) == (["a-1", "a-2"], None, 5)
    assert values["shares"] == [{"name": "angry", "low": 0.2, "high": None}]


def test_links_carry_the_filter_the_moment_and_the_search() -> None:
    chosen = CallFilter("last7", agents=("a-1",), text="退款")
    page, query = calls_link(chosen, sort="length", descending=False)
    assert page == "app_pages/calls.py"
    assert query == {"dates": ["last7"], "agent": ["a-1"], "q": ["退款"], "sort": ["length"], "order": ["up"]}
    assert call_link("c1") == ("app_pages/call.py", {"call": ["c1"]})
    assert call_link("c1", 12.5, "退款")[1] == {"call": ["c1"], "t": ["12.5"], "q": ["退款"]}
    assert call_link("c1", 0)[1]["t"] == ["0"]
    assert call_link("c1", 100_000)[1]["t"] == ["100000"]
