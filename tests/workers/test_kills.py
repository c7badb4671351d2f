"""Four workers with homes of their own, killed, frozen, cut off from servers: every run ends, nothing is done twice."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from samples.servers import listens
from tests.workers.cluster import Cluster, cluster

pytestmark = pytest.mark.chaos

PARTS = ("slow1", "slow2", "slow3", "slow4", "a5", "b6")
SLOW = PARTS[:4]
NAMES = ("one", "two", "three", "four")


@pytest.fixture(params=["rabbitmq", "redis"])
def machines(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    with cluster(request.param) as found:
        for name in NAMES:
            found.worker(name, at_once=2)
        yield found


def begin(machines: Cluster) -> None:
    """A run whose slow parts are all under way."""
    machines.run(*PARTS)
    machines.wait(lambda: all(machines.noted("began")[part] for part in SLOW), "the slow parts to begin")


def finish(machines: Cluster) -> None:
    """Lets the slow parts end; each part must have ended once, and the run well."""
    for part in SLOW:
        machines.let_go(part)
    assert machines.status_of() == "SUCCESS", machines.everything()
    assert machines.noted("ended") == dict.fromkeys([*PARTS, "join"], 1), machines.everything()


def test_what_killed_workers_had_is_taken_by_others(machines: Cluster) -> None:
    begin(machines)
    [lost] = machines.who_began("slow1")
    machines.kill(lost)
    machines.wait(lambda: len(machines.who_began("slow1")) > 1, "slow1 to begin again", within_s=90)
    finish(machines)


def test_a_frozen_worker_wakes_to_nothing_of_its_own(machines: Cluster) -> None:
    begin(machines)
    [frozen] = machines.who_began("slow1")
    pids = machines.tree(frozen)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    machines.wait(lambda: len(machines.who_began("slow1")) > 1, "slow1 to begin again", within_s=90)
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
    machines.wait(lambda: "was given to another worker" in machines.said(frozen), "the woken one to end", within_s=60)
    finish(machines)


def test_a_broker_that_is_killed_and_comes_back_costs_time_only(machines: Cluster) -> None:
    begin(machines)
    machines.broker.kill()
    for part in SLOW:
        machines.let_go(part)
    machines.wait(lambda: all(machines.noted("ended")[part] for part in SLOW), "the parts under way to end")
    time.sleep(5.0)  # as long as a broker takes to be started again
    machines.broker.start()
    finish(machines)


def test_a_step_that_outlasts_the_brokers_patience_goes_on_and_its_worker_with_it() -> None:
    with cluster("rabbitmq", "-rabbit consumer_timeout 1000 -rabbit channel_tick_interval 1000") as machines:
        machines.worker("one", at_once=2)
        machines.run("slow1", "slow2")
        machines.wait(lambda: len(machines.noted("began")) == 2, "the parts to begin")
        machines.wait(lambda: "PRECONDITION_FAILED" in machines.said("one"), "RabbitMQ to close the channel")
        machines.let_go("slow1")
        machines.let_go("slow2")
        assert machines.status_of() == "SUCCESS", machines.everything()
        assert machines.noted("began") == machines.noted("ended") - Counter(["join"]) == Counter(["slow1", "slow2"])
        assert machines.processes["one"].poll() is None


def test_a_database_that_is_restarted_is_waited_for(machines: Cluster) -> None:
    begin(machines)
    machines.postgres.stop()
    assert not listens(machines.postgres.port)
    time.sleep(2.0)
    machines.postgres.start()
    finish(machines)
