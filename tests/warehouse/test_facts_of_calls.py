"""What the tables say of calls that are to be erased."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.warehouse.database import Warehouse, insert_rows
from qa_pipeline.warehouse.facts_of_calls import facts_of_calls
from qa_pipeline.warehouse.held import Waiting, say_nothing
from tests.warehouse.building import DAY_1, call_rows

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


def test_only_what_no_other_call_says_counts_as_said_in_a_call(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with Warehouse(path).transaction() as connection:
        for call_id, text in (OWN | OTHERS).items():
            for table, row in call_rows(call_id, DAY_1, text=text).items():
                insert_rows(connection, table, [row])
    facts = facts_of_calls(path, tmp_path / "qa.duckdb", sorted(OWN), (), Waiting(30.0, say_nothing))
    assert facts.texts == {OWN["c1"], OWN["c5"]}
