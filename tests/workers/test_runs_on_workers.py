"""A run whose steps are taken by a worker: parts at the same time, dead processes and servers that were away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.workers.cluster import Cluster, cluster

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def machines() -> Iterator[Cluster]:
    with cluster("redis") as found:
        found.worker("one", at_once=3)
        yield found


def test_parts_that_lose_their_process_or_meet_a_server_that_is_away_are_done_again_and_each_once(
    machines: Cluster,
) -> None:
    machines.run("a1", "dies2", "away3")
    assert machines.status_of() == "SUCCESS", machines.everything()
    assert machines.noted("began") == {"a1": 1, "dies2": 2, "away3": 2}
    assert machines.noted("ended") == {"a1": 1, "dies2": 1, "away3": 1, "join": 1}
