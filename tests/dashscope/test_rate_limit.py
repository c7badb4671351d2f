from __future__ import annotations

import asyncio
import fcntl
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qa_pipeline.dashscope.pace_file import MemoryPace, PaceFile, RateLimitStateUnusable
from qa_pipeline.dashscope.pacing import Rate
from qa_pipeline.dashscope.rate_limit import RateLimiter, RateLimits, account_id, open_limiters
from tests.dashscope.test_pacing import most_in_a_window

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
RATE = Rate(limit=40, window_s=1.0, lateness_s=0.05, burst=5)
ASKER = """
import asyncio, sys, time
from pathlib import Path
from qa_pipeline.dashscope.pace_file import PaceFile
from qa_pipeline.dashscope.pacing import Rate
from qa_pipeline.dashscope.rate_limit import RateLimiter

async def ask(count):
    rate = Rate(limit=40, window_s=1.0, lateness_s=0.05, burst=5)
    limiter = RateLimiter("a:submits", rate, PaceFile(Path(sys.argv[1])))

    async def one():
        await limiter.acquire()
        print(time.monotonic(), flush=True)

    await asyncio.gather(*[one() for _ in range(count)])

asyncio.run(ask(int(sys.argv[2])))
"""


def start_asker(path: Path, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", ASKER, str(path), str(count)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


async def acquire_times(limiter: RateLimiter, count: int) -> list[float]:
    async def one() -> float:
        await limiter.acquire()
        return time.monotonic()

    async with asyncio.timeout(60):
        return list(await asyncio.gather(*[one() for _ in range(count)]))


@pytest.mark.process
async def test_two_processes_together_never_exceed_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "pace"
    askers = [start_asker(path, 50), start_asker(path, 50)]
    outputs = [asker.communicate(timeout=300)[0] for asker in askers]
    times = [float(line) for output in outputs for line in output.split()]
    assert len(times) == 100
    assert most_in_a_window(times, RATE.window_s) <= RATE.limit


async def test_nobody_takes_a_slot_while_another_has_the_file(tmp_path: Path) -> None:
    path = tmp_path / "pace"
    with path.open("w") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        waiting = asyncio.create_task(RateLimiter("a:submits", RATE, PaceFile(path)).acquire())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        fcntl.flock(theirs, fcntl.LOCK_UN)
        async with asyncio.timeout(30):
            await waiting


async def test_a_killed_process_leaves_the_limit_working(tmp_path: Path) -> None:
    path = tmp_path / "pace"
    seed = random.Random(7)
    for _ in range(4):
        asker = start_asker(path, 10_000)
        assert asker.stdout is not None
        asker.stdout.readline()
        await asyncio.sleep(seed.uniform(0.0, 0.1))
        asker.send_signal(signal.SIGKILL)
        asker.communicate(timeout=300)
        times = await acquire_times(RateLimiter("a:submits", RATE, PaceFile(path)), 3)
        assert len(times) == 3


@pytest.mark.parametrize(
    "damage",
    [
        b"\x00" * 100,
        b"not json\n",
        b'{"a:submits": [1e999, 0, 0]}\n',
        b'{"a:submits": "x"}\n',
        b"[1]\n",
        b'{"a:sub',
    ],
)
async def test_a_damaged_file_is_put_right(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "pace"
    path.write_bytes(damage)
    limiter = RateLimiter("a:submits", RATE, PaceFile(path))
    began = time.monotonic()
    times = await acquire_times(limiter, 5)
    # Evenly spaced, not in a burst: what happened before is not known. Counted from before the first, whose own
    # moment a busy machine may notice late, and less the lateness that is made up for.
    assert times[-1] - began >= 4 * RATE.interval_s - RATE.lateness_s
    assert "a:submits" in json.loads(path.read_text().partition("\n")[0])


async def test_a_machine_that_was_restarted_does_not_wait_for_its_old_clock(tmp_path: Path) -> None:
    path = tmp_path / "pace"
    ahead = time.monotonic() + 5_000_000
    path.write_text(json.dumps({"a:submits": [ahead + 0.1, ahead, ahead]}) + "\n")
    assert len(await acquire_times(RateLimiter("a:submits", RATE, PaceFile(path)), 2)) == 2


async def test_one_processs_429_holds_back_the_others(tmp_path: Path) -> None:
    mine, theirs = (RateLimiter("a:submits", RATE, PaceFile(tmp_path / "pace")) for _ in range(2))
    began = time.monotonic()
    await mine.pause(0.3)
    (theirs_at,) = await acquire_times(theirs, 1)
    (mine_at,) = await acquire_times(mine, 1)
    assert theirs_at >= began + 0.3
    assert mine_at >= began + 0.3


async def test_a_429_also_stops_those_who_already_have_a_slot() -> None:
    slow = Rate(limit=5, window_s=1.0, lateness_s=0.05)
    limiter = RateLimiter("a:queries", slow, MemoryPace())
    await limiter.acquire()
    waiting = asyncio.create_task(acquire_times(limiter, 2))
    await asyncio.sleep(0.02)
    held_until = time.monotonic() + 0.5
    await limiter.pause(0.5)
    assert min(await waiting) >= held_until - 0.001


async def test_slots_taken_before_a_429_are_not_used_in_a_bunch_after_it() -> None:
    limiter = RateLimiter("a:submits", Rate(limit=6_000, window_s=60.0, lateness_s=30.0), MemoryPace())
    waiting = [asyncio.create_task(limiter.acquire()) for _ in range(20)]
    while not limiter._reserved:  # noqa: ASYNC110 - until a batch has been taken
        await asyncio.sleep(0)
    await limiter.pause(0.05)
    assert not limiter._reserved
    async with asyncio.timeout(30):
        await asyncio.gather(*waiting)


async def test_someone_who_gives_up_does_not_hold_up_those_behind() -> None:
    limiter = RateLimiter("a:queries", Rate(limit=20, window_s=1.0, lateness_s=0.05), MemoryPace())
    waiters = [asyncio.create_task(limiter.acquire()) for _ in range(6)]
    await asyncio.sleep(0.01)
    for waiter in waiters[:4]:
        waiter.cancel()
    async with asyncio.timeout(30):
        await asyncio.gather(*waiters[4:])


async def test_those_who_wait_are_served_in_order() -> None:
    limiter = RateLimiter("a:queries", Rate(limit=200, window_s=1.0, lateness_s=0.05), MemoryPace())
    served: list[int] = []

    async def one(number: int) -> None:
        await limiter.acquire()
        served.append(number)

    await asyncio.gather(*[one(number) for number in range(30)])
    assert served == list(range(30))


async def test_accounts_do_not_slow_each_other_and_share_only_by_name(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "pace"
    limits = RateLimits(requests_per_minute=1, queries_per_second=1, state_path=path)
    async with asyncio.timeout(30):
        for account in ("one", "two"):
            limiters = open_limiters(limits, account)
            await limiters.submits.acquire()
            await limiters.queries.acquire()
    assert sorted(json.loads(path.read_text().partition("\n")[0])) == [
        *("one:queries", "one:submits"),
        *("two:queries", "two:submits"),
    ]


async def test_accounts_long_unused_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "pace"
    now = time.monotonic()
    path.write_text(json.dumps({"old:submits": [now - 9_000] * 3, "new:submits": [now - 9] * 3}) + "\n")
    await RateLimiter("a:submits", RATE, PaceFile(path)).acquire()
    assert sorted(json.loads(path.read_text().partition("\n")[0])) == ["a:submits", "new:submits"]


async def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "pace").mkdir()
    limiter = RateLimiter("a:submits", RATE, PaceFile(tmp_path / "pace"))
    with pytest.raises(RateLimitStateUnusable, match=r"shared rate limit file .*pace cannot be used"):
        await limiter.acquire()


def test_an_accounts_name_gives_nothing_away() -> None:
    name = account_id("https://dashscope.aliyuncs.com/api/v1", "sk-secret")
    assert len(name) == 16
    assert "secret" not in name
    assert name != account_id("https://dashscope-intl.aliyuncs.com/api/v1", "sk-secret")
    assert name == account_id("https://dashscope.aliyuncs.com/api/v1", "sk-secret")


async def test_no_more_are_under_way_than_the_lane_has_places_and_each_place_is_given_back() -> None:
    limiter = RateLimiter("a:submits", Rate(limit=2_000, window_s=1.0, lateness_s=0.05, burst=1_000), MemoryPace())
    under_way = most = 0

    async def one() -> None:
        nonlocal under_way, most
        async with limiter.permit():
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.001)
            under_way -= 1

    async with asyncio.timeout(30):
        await asyncio.gather(*[one() for _ in range(300)])
    assert most == limiter.most_under_way == 32
