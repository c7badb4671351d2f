"""What may be paid for is not sent again because metadata changed; a person's word sends it, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.dispatch.forecast import held_notes
from qa_pipeline.dispatch.paid_before import hold_back
from qa_pipeline.dispatch.planning import Plan, Planner
from qa_pipeline.ledger.held import Held, list_held, note_held
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.rows import LedgerRow
from qa_pipeline.ledger.states import MAY_BE_PAID, UnitState
from qa_pipeline.recordings.channels import stereo_sources
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.settings import load_settings
from tests.ledger.building import PAID, bring, open_ledger
from tests.own_settings import forget_settings


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of the developer's settings, and the paid service."""
    forget_settings(monkeypatch, tmp_path, region="beijing")
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-0123456789abcdef")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path)
    yield opened
    opened.engine.dispose()


def call(**values: Any) -> UsableCall:
    usual: dict[str, Any] = {"language": None, "queue": None, "duration_s": 60.0, "recording_id": "1" * 64}
    given, uri = {**usual, **values}, "file:///landing/c1.wav"
    return UsableCall(
        call_id="c1",
        call_date=dt.date(2025, 9, 1),
        agent_channel=0,
        source_uri=uri,
        sources=stereo_sources(given["recording_id"], uri, given["duration_s"], 0),
        **given,
    )


def asked(ledger: Ledger, of: UsableCall, *, by_person: bool = True, **settings: Any) -> Plan:
    """What a run asks for."""
    loaded = load_settings(**settings)
    return hold_back(Planner(loaded).plan([of]), [of], ledger, loaded, "dashscope", by_person=by_person)


def run(ledger: Ledger, plan: Plan, to: UnitState = UnitState.PARSED) -> list[LedgerRow]:
    """Brings what is planned to a state, as a run would; returns what was sent."""
    rows = [row for row in ledger.plan(plan.wanted, PAID, together=False) if row.state is UnitState.PLANNED]
    return [bring(ledger, row, to) for row in rows]


def words(plan: Plan) -> list[dict[str, Any]]:
    return [item.parameters.to_request() for item in plan.wanted]


@pytest.mark.parametrize("state", sorted(MAY_BE_PAID))
def test_a_language_that_comes_later_waits_for_a_word(ledger: Ledger, state: UnitState) -> None:
    assert len(run(ledger, asked(ledger, call()), state)) == 2
    later = asked(ledger, call(language="en"))
    assert [each.difference for each in later.held] == ["language en, unknown before"] * 2
    assert words(later) == words(asked(ledger, call())), "as it was asked"
    assert run(ledger, later) == []
    assert run(ledger, asked(ledger, call(language="en"), by_person=False)) == []


def test_what_was_never_sent_or_failed_unpaid_is_asked_as_it_is_known_now(ledger: Ledger) -> None:
    for state in (UnitState.PLANNED, UnitState.FAILED):
        of = call(recording_id=state.value.ljust(64, "0"))
        run(ledger, asked(ledger, of), state)
        later = asked(ledger, call(recording_id=of.recording_id, language="en"))
        assert later.held == []
        assert {each["language"] for each in words(later)} == {"en"}


def test_a_word_sends_the_new_request_once_and_it_then_stands(ledger: Ledger) -> None:
    run(ledger, asked(ledger, call()))
    later = asked(ledger, call(language="en"))
    for _ in range(2):  # two people
        ledger.plan_changed([each.item for each in later.held], PAID, together=False)
    sent = run(ledger, asked(ledger, call(language="en"), by_person=False))
    assert [row.parameters["language"] for row in sent] == ["en", "en"]
    done = asked(ledger, call(language="en"))
    assert (done.held, run(ledger, done)) == ([], [])
    back = asked(ledger, call())
    assert (back.held, run(ledger, back)) == ([], []), "the first answer is there, too"
    again = asked(ledger, call(language="fr"))
    assert [each.difference for each in again.held] == ["language fr, en before"] * 2


def test_a_word_that_came_to_nothing_may_be_given_again(ledger: Ledger) -> None:
    run(ledger, asked(ledger, call()))
    ledger.plan_changed([each.item for each in asked(ledger, call(language="en")).held], PAID, together=False)
    run(ledger, asked(ledger, call(language="en")), UnitState.FAILED)
    failed = asked(ledger, call(language="en"))
    assert len(failed.held) == 2, "what is paid for is shown until something better is there"
    ledger.plan_changed([each.item for each in failed.held], PAID, together=False)
    assert len(run(ledger, asked(ledger, call(language="en")))) == 2


def test_another_model_for_what_a_call_is_waits_and_one_that_the_settings_name_does_not(ledger: Ledger) -> None:
    auto = {"model": "auto", "enable_words": False}
    run(ledger, asked(ledger, call(), **auto))
    longer = asked(ledger, call(duration_s=900.0), **auto)
    assert [each.item.model for each in longer.held] == ["qwen3-asr-flash-filetrans"] * 2
    named = asked(ledger, call(), model="fun-asr")
    assert named.held == []
    assert {item.model for item in named.wanted} == {"fun-asr"}
    assert len(asked(ledger, call(), by_person=False, model="fun-asr").held) == 2, "nobody is there who could mean it"


def test_rows_of_an_earlier_version_are_held_too(ledger: Ledger) -> None:
    run(ledger, asked(ledger, call()))
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("update attempt_requests set settings_hash = null")
    assert len(asked(ledger, call(language="en")).held) == 2
    assert asked(ledger, call(), model="fun-asr").held == []
    assert asked(ledger, call(), enable_words=False).held == []


def test_a_language_that_the_model_does_not_take_leaves_what_is_paid_for(ledger: Ledger) -> None:
    run(ledger, asked(ledger, call()))
    unknown = asked(ledger, call(language="ta"))
    assert unknown.refused == []
    assert run(ledger, unknown) == []
    assert all("stays as it was transcribed" in note for note in unknown.notes)
    assert len(asked(ledger, call(recording_id="2" * 64, language="ta")).refused) == 2


def test_the_price_and_the_way_are_said_in_one_sentence(ledger: Ledger) -> None:
    run(ledger, asked(ledger, call()))
    [note] = held_notes(load_settings(), asked(ledger, call(language="en")).held)
    assert note.startswith(
        "2 channels are paid for and would be asked otherwise now (language en, unknown before): c1."
    )
    assert "120 s for US$" in note
    assert "retry --changed" in note


def test_what_waits_is_kept_for_those_who_only_look(ledger: Ledger) -> None:
    held = [Held("1" * 64, 0, "c1", "2025-09-01", "m", 60.0, "language en"), Held("2" * 64, 0, "c2", "d", "m", 1.0, "")]
    note_held(ledger, ["1" * 64, "2" * 64], held)
    note_held(ledger, ["2" * 64], [])
    assert list_held(ledger) == held[:1]
