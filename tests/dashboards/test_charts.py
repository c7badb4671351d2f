"""The charts' data and encodings, as Vega-Lite gets them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dashboards import charts
from dashboards.filters import DateRange
from dashboards.palette import EMOTIONS
from tests.scenario import DAY_1, DAY_2, DAY_3

DAYS = DateRange(DAY_1, DAY_3)


def values(spec: dict[str, Any], layer: int = 0) -> list[dict[str, Any]]:
    """The rows of a chart or of one of its layers."""
    found = spec.get("data") or spec["layer"][layer]["data"]
    rows: list[dict[str, Any]] = spec["datasets"][found["name"]]
    return rows


def test_a_day_without_calls_keeps_its_place_on_the_axis() -> None:
    spec = charts.calls_by_day([{"call_date": DAY_1, "status": "ok", "calls": 2}], DAYS).to_dict()
    assert spec["encoding"]["x"]["scale"]["domain"] == ["2025-09-01", "2025-09-02", "2025-09-03"]
    assert values(spec) == [{"day": "2025-09-01", "status": "ok", "place": 0, "calls": 2}]


def test_a_long_range_shows_days_with_calls_only() -> None:
    years = DateRange(dt.date(1990, 1, 1), dt.date(2190, 1, 1))
    spec = charts.calls_by_day([{"call_date": DAY_2, "status": "failed", "calls": 1}], years).to_dict()
    assert spec["encoding"]["x"]["scale"]["domain"] == ["2025-09-02"]


def test_shares_of_a_day_add_up_and_the_unlabelled_have_their_own() -> None:
    rows: list[dict[str, Any]] = [
        {"call_date": DAY_1, "emotion": "angry", "speech_s": 3.0},
        {"call_date": DAY_1, "emotion": None, "speech_s": 1.0},
        {"call_date": DAY_2, "emotion": "happy", "speech_s": 0.0},
    ]
    shares = {row["emotion"]: row["share"] for row in values(charts.customer_emotions_by_day(rows, DAYS).to_dict())}
    assert shares == {"angry": 0.75, "not labelled": 0.25}


def test_segments_of_a_role_follow_on_each_other_in_the_order_of_the_legend() -> None:
    rows: list[dict[str, Any]] = [
        {"role": "customer", "emotion": "happy", "speech_s": 1.0},
        {"role": "customer", "emotion": "angry", "speech_s": 2.0},
        {"role": "customer", "emotion": None, "speech_s": 1.0},
    ]
    segments = values(charts.emotions_by_role(rows).to_dict())
    assert [(row["emotion"], row["begin"], row["end"]) for row in segments] == [
        ("angry", 0.0, 0.5),
        ("not labelled", 0.5, 0.75),
        ("happy", 0.75, 1.0),
    ]


def test_the_colour_of_an_emotion_is_the_same_in_every_chart() -> None:
    by_day = charts.customer_emotions_by_day([], DAYS).to_dict()["encoding"]["color"]["scale"]
    by_role = charts.emotions_by_role([]).to_dict()["layer"][0]["encoding"]["color"]["scale"]
    assert by_day == by_role
    assert dict(zip(by_day["domain"], by_day["range"], strict=True)) == {
        mark.label: mark.colour for mark in EMOTIONS.values()
    }


def test_languages_are_named_and_have_their_share() -> None:
    rows = [{"language": "yue", "sentences": 1, "speech_s": 90.0}, {"language": "en", "sentences": 2, "speech_s": 30.0}]
    spec = values(charts.languages(rows).to_dict())
    assert [(row["language"], row["minutes"], row["share"]) for row in spec] == [
        ("Cantonese", 1.5, "75%"),
        ("English", 0.5, "25%"),
    ]
