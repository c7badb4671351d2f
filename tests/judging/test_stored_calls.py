"""Stored calls as rules see them."""

from __future__ import annotations

from pathlib import Path

from qa_pipeline.conversation.definitions import MetricThresholds
from qa_pipeline.judging.stored_calls import read_stored_call
from qa_pipeline.rules.book import RuleBook
from qa_pipeline.warehouse.database import Warehouse
from tests.warehouse.building import DAY_1, call_rows, put


def test_one_call_is_as_reliable_as_the_settings_of_metrics_say(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    put(warehouse, call_rows("a", DAY_1, text="您好。"))
    with warehouse.transaction() as connection:
        connection.execute("update acoustics set segments = [{begin_ms: 0, end_ms: 300}]")
        begin, end = connection.execute("select begin_ms, end_ms from sentences").fetchall()[0]
        share = (300 - begin) / (end - begin)
        found = [
            read_stored_call(connection, "a", RuleBook([], {}), MetricThresholds(heard_share=heard))
            for heard in (share - 0.01, share + 0.01)
        ]
    reasons = [[each.reason for each in call.unreliable.get("agent", ())] for call in found if call]
    assert reasons == [[], ["words_without_sound"]]
