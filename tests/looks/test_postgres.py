"""The log of looks on PostgreSQL, where several machines share it: one row after the other, by the database's clock."""

from __future__ import annotations

import threading
import time

import pytest

from qa_pipeline.looks.chain import What, appending
from qa_pipeline.looks.erasing import erase_from_looks
from qa_pipeline.looks.log import LooksFilter, open_looks
from tests.moving.conftest import new_database
from tests.postgres import postgres_server

pytestmark = pytest.mark.thorough


def test_machines_append_one_after_the_other_and_erase_what_must_go() -> None:
    with postgres_server() as server:
        url = new_database(server)
        logs = [open_looks(url) for _ in range(3)]

        def look(number: int) -> None:
            for _ in range(5):
                logs[number].note(
                    who=f"p{number}", role="lead", call_id="c1", what=What.SOUND, reason="Mr Miller asked"
                )

        threads = [threading.Thread(target=look, args=(number,)) for number in range(len(logs))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = list(logs[0].find(LooksFilter()))
        assert [each.seq for each in found] == list(range(15, 0, -1))
        assert all(abs(each.at - time.time()) < 3600 for each in found)
        assert logs[0].check().fault is None

        with appending(logs[1].engine) as connection:
            gone = erase_from_looks(
                connection, lambda text: text.replace("Miller", "[erased]"), erasure_id="e", actor="al", now=time.time()
            )
        assert gone == 15
        assert {each.reason for each in logs[2].find(LooksFilter())} == {"Mr [erased] asked"}
        assert (logs[2].check().fault, logs[2].check().looks) == (None, 15)
        for log in logs:
            log.close()
