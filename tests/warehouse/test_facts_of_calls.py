"""What the tables say of calls that are to be erased."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from qa_pipeline.recordings.quarantine import QuarantineReason, explain
from qa_pipeline.warehouse.database import Warehouse
from qa_pipeline.warehouse.facts_of_calls import FactsOfCalls, databases_of_home, facts_of_calls
from qa_pipeline.warehouse.held import Waiting, say_nothing
from tests.warehouse.building import DAY_1, call_rows, put, recording_id

OWN = {
    "c1": "My router shows a red light since Monday.",
    "c2": "It is [account].",
    "c3": "I am sorry to hear that.",
    "c4": "Thank you for calling us!",
    "c5": "我想问一下我的宽带什么时候能修好？",
}
OTHERS = {
    "d1": "I'm afraid it is: 77 [digits]",
    "d2": "Oh, I am sorry to hear that, that must be hard.",
    "d3": "THANK YOU, for calling us",
}


def facts(tmp_path: Path, call_ids: Iterable[str], *calls: dict[str, dict[str, Any]]) -> FactsOfCalls:
    path = tmp_path / "warehouse.duckdb"
    put(Warehouse(path), *calls)
    return facts_of_calls(databases_of_home(path, tmp_path / "qa.duckdb", Waiting(30.0, say_nothing)), call_ids, ())


def set_aside(call_id: str, reason: QuarantineReason, message: str, audio: str | None = None) -> dict[str, Any]:
    """A row of calls alone: what is set aside has no channels."""
    fields = {"status": "quarantined", "status_reason": reason.value, "status_message": message}
    return {"calls": call_rows(call_id, DAY_1, audio=audio, **fields)["calls"]}


def test_only_what_no_other_call_says_counts_as_said_in_a_call(tmp_path: Path) -> None:
    calls = [call_rows(call_id, DAY_1, text=text) for call_id, text in (OWN | OTHERS).items()]
    assert facts(tmp_path, OWN, *calls).texts == {OWN["c1"], OWN["c5"]}


def test_what_was_set_aside_because_of_a_call_belongs_to_it_and_what_only_has_its_number_does_not(
    tmp_path: Path,
) -> None:
    same, same_id, mono = (
        QuarantineReason.DUPLICATE_AUDIO, QuarantineReason.DUPLICATE_CALL_ID, QuarantineReason.MONO,
    )  # fmt: skip
    found = facts(
        tmp_path,
        ["15"],
        call_rows("15", DAY_1),
        set_aside("copy", same, explain(same, name="x.wav", other="15", place="")),
        set_aside("moved", same, explain(same, name="x.wav", other="15", place=" (a/15.wav)")),
        set_aside("15~ab", same_id, explain(same_id, name="y.wav", call_id="15", place="", apart="")),
        set_aside(
            "mix", same, "m.wav is the mix of a and b, which are the parts of call 15 and are taken in its place"
        ),
        set_aside("no-copy", same, explain(same, name="15.wav", other="15-2", place=" (15.wav)")),
        set_aside("short", QuarantineReason.TRUNCATED, "its header says 15.40 s, of which 15 are there"),
        set_aside("number", mono, "15.wav has one channel, as the recording of call 15;"),
    )
    assert found.call_ids == {"15", "copy", "moved", "15~ab", "mix"}


def test_calls_with_the_same_empty_file_have_nothing_to_do_with_each_other(tmp_path: Path) -> None:
    empty, mono = QuarantineReason.EMPTY_FILE, QuarantineReason.MONO
    calls = [
        set_aside("e1", empty, "", audio="nothing"),
        set_aside("e2", empty, "", audio="nothing"),
        set_aside("m1", mono, "", audio="a call"),
        set_aside("m2", mono, "", audio="a call"),
    ]
    found = facts(tmp_path, ["e1", "m1"], *calls)
    assert found.call_ids == {"e1", "m1", "m2"}
    assert found.recording_ids == {recording_id("a call")}


def test_what_another_call_says_or_has_is_shared(tmp_path: Path) -> None:
    own = call_rows("c1", DAY_1, metadata_extra='{"customer": {"name": "Grace"}, "phone": "13800138000"}')
    found = facts(tmp_path, ["c1"], own, call_rows("d1", DAY_1, text="She said grace before the meal."))
    assert found.metadata == {("customer.name", "Grace"), ("phone", "13800138000")}
    assert found.shared == {"Grace"}
