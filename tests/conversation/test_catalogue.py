"""Every column of `call_metrics` is named, defined and explained once, in words that stand alone."""

from __future__ import annotations

import re

import pytest

from qa_pipeline.conversation.analysis import analyse_call
from qa_pipeline.conversation.catalogue import CATALOGUE, COLUMN_COMMENTS, MetricEntry
from qa_pipeline.conversation.metrics import COLUMNS
from qa_pipeline.conversation.sentences import ROLES, SpokenSentence


def test_every_column_is_defined_once() -> None:
    assert sorted(CATALOGUE) == sorted(COLUMNS)
    assert len({entry.label for entry in CATALOGUE.values()}) == len(CATALOGUE)


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.column)
def test_a_definition_needs_neither_its_neighbours_nor_a_template(entry: MetricEntry) -> None:
    assert len(entry.formula) > 15
    assert entry.null_rule
    assert not re.search(r"as above|the same of|[{}]", entry.formula + entry.note + entry.label)
    assert entry.note
    assert not (entry.formula + entry.note).endswith(".")


def test_a_role_of_a_column_is_that_of_its_name_but_for_swapped_channels() -> None:
    for role in ROLES:
        named = [entry for entry in CATALOGUE.values() if entry.column.startswith(f"{role}_")]
        assert {entry.side for entry in named if entry.section != "Swapped channels"} == {role}
    assert CATALOGUE["agent_channel_suspect"].side is None
    assert CATALOGUE["response_ms_p50"].side == "agent"


def test_a_comment_is_plain_text_with_unit_formula_and_null_rule() -> None:
    assert COLUMN_COMMENTS["silence_ratio"] == (
        "Share of silence, 0 to 1. silence_s ÷ (duration_s − unrecorded_s). Null: the recording has no length; the "
        "words of a role are unknown or without times."
    )
    assert not any("`" in comment for comment in COLUMN_COMMENTS.values())


@pytest.mark.parametrize("missing", ["agent", "customer"])
def test_a_metric_is_null_where_the_words_it_needs_are_unknown(missing: str) -> None:
    said = [
        SpokenSentence("agent", 0, 0, 0, 6000, "How can I help you with your order today?", "en", "neutral"),
        SpokenSentence("customer", 1, 0, 7000, 13_000, "My parcel has not come, and I am waiting.", "en", "angry"),
        SpokenSentence("agent", 0, 1, 13_500, 19_000, "I am sorry, let me look into that for you.", "en", "happy"),
    ]
    known = [sentence for sentence in said if sentence.role != missing]
    row = analyse_call(
        known, 20.0, known_roles={known_role for known_role in ROLES if known_role != missing}
    ).metrics.row()
    assert [name for name, entry in CATALOGUE.items() if missing in entry.roles and row[name] is not None] == []


def test_a_metric_that_needs_times_is_null_without_them() -> None:
    said = [
        SpokenSentence(role, channel, number, None, None, "How can I help you?", "en", "happy")
        for channel, role in enumerate(ROLES)
        for number in range(2)
    ]
    row = analyse_call(said, 20.0).metrics.row()
    assert [name for name, entry in CATALOGUE.items() if entry.needs_times and row[name] is not None] == []
    assert row["agent_sentences"] == row["customer_sentences"] == 2
