from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from qa_pipeline.dashscope import errors
from qa_pipeline.dashscope.poller import MAX_BAD_REPLIES, PollerClosed, PollSchedule, TaskPoller
from qa_pipeline.dashscope.tasks import TASKS_LIVE_S, TaskState, TaskStatus
from tests.dashscope.scripted_service import Answer, Received, ScriptedService, error, task

pytestmark = pytest.mark.anyio

QUICK = PollSchedule(first_s=0.01, interval_s=0.01, max_interval_s=0.05)


def status(task_id: str, state: TaskState, took_s: float | None = None) -> TaskStatus:
    submitted_at = datetime(2026, 3, 5, tzinfo=UTC)
    ended_at = submitted_at + timedelta(seconds=took_s) if took_s is not None else None
    return TaskStatus(task_id, state, None, None, submitted_at, ended_at, (), None, None, {})


class Tasks:
    """Answers queries from a script per task; the last answer stays. Counts what is under way at once."""

    def __init__(self, **answers: list[TaskState | Exception]) -> None:
        self.answers = answers
        self.asked: Counter[str] = Counter()
        self.order: list[str] = []
        self.under_way = 0
        self.most_under_way = 0
        self.took_s: float | None = None

    async def query(self, task_id: str, *, retry: bool = True) -> TaskStatus:
        assert retry is False
        self.asked[task_id] += 1
        self.order.append(task_id)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0.002)
        self.under_way -= 1
        script = self.answers[task_id]
        answer = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(answer, Exception):
            raise answer
        return status(task_id, answer, self.took_s)


def now() -> datetime:
    return datetime.now(UTC)


async def test_two_hundred_tasks_over_http_all_come_to_their_end(service: ScriptedService) -> None:
    seed = random.Random(3)
    left = {f"t-{number}": seed.randint(0, 3) for number in range(200)}

    def answer(received: Received) -> Answer:
        task_id = received.path.rpartition("/")[2]
        if seed.random() < 0.1:
            return seed.choice([error(500, "InternalError"), Answer(hang_up=True)])
        left[task_id] -= 1
        return task("RUNNING" if left[task_id] >= 0 else "SUCCEEDED", task_id)

    for task_id in left:
        service.on("GET", f"/api/v1/tasks/{task_id}", answer)
    async with service.client() as client, TaskPoller(client, schedule=QUICK, queries_per_second=2_000) as poller:
        ended = await asyncio.gather(*[poller.watch(task_id, now()) for task_id in left])
        assert poller.outstanding == 0
    assert [one.task_id for one in ended] == list(left)
    assert {one.state for one in ended} == {TaskState.SUCCEEDED}


@pytest.mark.parametrize("state", [TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELED])
async def test_every_final_state_is_returned_as_it_is(state: TaskState) -> None:
    tasks = Tasks(t=[TaskState.PENDING, TaskState.SUSPENDED, TaskState.RUNNING, state])
    async with TaskPoller(tasks, schedule=QUICK) as poller:
        assert (await poller.watch("t", now())).state is state
    assert tasks.asked["t"] == 4


async def test_a_young_task_that_the_service_denies_for_a_moment_is_asked_about_again() -> None:
    tasks = Tasks(t=[TaskState.UNKNOWN, TaskState.UNKNOWN, TaskState.RUNNING, TaskState.UNKNOWN, TaskState.SUCCEEDED])
    async with TaskPoller(tasks, schedule=QUICK) as poller:
        assert (await poller.watch("t", now())).state is TaskState.SUCCEEDED


async def test_a_task_that_stays_unknown_or_is_too_old_to_be_known_is_returned_as_unknown() -> None:
    tasks = Tasks(young=[TaskState.UNKNOWN], old=[TaskState.UNKNOWN])
    async with TaskPoller(tasks, schedule=QUICK, unknown_patience_s=0.05) as poller:
        young = poller.watch("young", now())
        old = poller.watch("old", now() - timedelta(seconds=TASKS_LIVE_S))
        assert {(await young).state, (await old).state} == {TaskState.UNKNOWN}
    assert tasks.asked["young"] > tasks.asked["old"] == 1


@pytest.mark.parametrize(
    "trouble",
    [
        errors.ServiceUnavailable("InternalError", "", 500),
        errors.Throttled("Throttling", "", 429, retry_after=0.02),
        errors.NotSent("ConnectError", ""),
        errors.ConnectionLost("ReadTimeout", ""),
    ],
)
async def test_passing_trouble_never_fails_a_task(trouble: errors.Transient) -> None:
    tasks = Tasks(t=[*[trouble] * 12, TaskState.SUCCEEDED])
    async with TaskPoller(tasks, schedule=QUICK) as poller:
        assert (await poller.watch("t", now())).state is TaskState.SUCCEEDED


async def test_an_error_that_stays_reaches_only_its_own_task() -> None:
    refused = errors.AuthenticationFailed("InvalidApiKey", "", 401)
    tasks = Tasks(bad=[refused], good=[TaskState.RUNNING, TaskState.RUNNING, TaskState.SUCCEEDED])
    async with TaskPoller(tasks, schedule=QUICK) as poller:
        bad, good = poller.watch("bad", now()), poller.watch("good", now())
        with pytest.raises(errors.AuthenticationFailed):
            await bad
        assert (await good).state is TaskState.SUCCEEDED
    assert tasks.asked["bad"] == 1


async def test_unreadable_replies_are_borne_a_few_times_in_a_row() -> None:
    unreadable = errors.BadReply("BadReply", "")
    few = [unreadable] * (MAX_BAD_REPLIES - 1)
    tasks = Tasks(ends=[*few, TaskState.RUNNING, *few, TaskState.SUCCEEDED], stays=[unreadable])
    async with TaskPoller(tasks, schedule=QUICK) as poller:
        ends, stays = poller.watch("ends", now()), poller.watch("stays", now())
        with pytest.raises(errors.BadReply):
            await stays
        assert (await ends).state is TaskState.SUCCEEDED
    assert tasks.asked["stays"] == MAX_BAD_REPLIES


async def test_a_fault_of_our_own_ends_the_watch_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    tasks = Tasks(t=[RuntimeError("a bug")])
    async with TaskPoller(tasks, schedule=QUICK) as poller:
        with pytest.raises(RuntimeError, match="a bug"):
            await poller.watch("t", now())
    assert "cannot be asked about" in caplog.text


async def test_the_task_most_overdue_is_asked_about_first() -> None:
    tasks = Tasks(**{f"t{number}": [TaskState.SUCCEEDED] for number in range(20)})
    async with TaskPoller(tasks, queries_per_second=1) as poller:
        ages = list(range(2, 22))
        random.Random(5).shuffle(ages)
        watches = [poller.watch(f"t{number}", now() - timedelta(seconds=age)) for number, age in enumerate(ages)]
        await asyncio.gather(*watches)
    asked_ages = [ages[int(task_id[1:])] for task_id in tasks.order]
    assert asked_ages == sorted(ages, reverse=True)
    assert tasks.most_under_way <= 4


async def test_when_all_are_overdue_each_gets_its_turn() -> None:
    ids = [f"t{number}" for number in range(30)]
    tasks = Tasks(**{task_id: [TaskState.RUNNING] for task_id in ids})
    schedule = PollSchedule(first_s=0.0, interval_s=0.001, max_interval_s=0.001)
    async with TaskPoller(tasks, schedule=schedule, queries_per_second=1) as poller:
        watches = [poller.watch(task_id, now()) for task_id in ids]
        while len(tasks.order) < 150:  # noqa: ASYNC110 - waits for the poller's own pace
            await asyncio.sleep(0.01)
        counts = dict(tasks.asked)
        for watch in watches:
            watch.cancel()
    assert max(counts.values()) - min(counts.values()) <= 1


async def test_a_watch_that_is_given_up_is_not_asked_about_any_more() -> None:
    tasks = Tasks(dropped=[TaskState.RUNNING], kept=[*[TaskState.RUNNING] * 10, TaskState.SUCCEEDED])
    async with TaskPoller(tasks, schedule=PollSchedule(0.05, 0.01, 0.01)) as poller:
        dropped, kept = poller.watch("dropped", now()), poller.watch("kept", now())
        dropped.cancel()
        await kept
        assert poller.outstanding == 0
    assert tasks.asked["dropped"] == 0


async def test_two_may_watch_one_task_and_one_of_them_may_leave() -> None:
    tasks = Tasks(t=[TaskState.RUNNING, TaskState.SUCCEEDED])
    async with TaskPoller(tasks, schedule=QUICK) as poller:
        leaving, staying = poller.watch("t", now()), poller.watch("t", now())
        leaving.cancel()
        assert (await staying).state is TaskState.SUCCEEDED
    assert tasks.asked["t"] == 2


async def test_closing_tells_those_who_still_wait_and_leaves_nothing_running() -> None:
    tasks = Tasks(t=[TaskState.RUNNING])
    poller = TaskPoller(tasks, schedule=QUICK)
    waiting, unwatched = poller.watch("t", now()), poller.watch("u", now() + timedelta(hours=1))
    tasks.answers["u"] = [TaskState.RUNNING]
    await asyncio.sleep(0.03)
    await poller.aclose()
    with pytest.raises(PollerClosed):
        await waiting
    with pytest.raises(PollerClosed):
        poller.watch("late", now())
    asked = tasks.asked["t"]
    await asyncio.sleep(0.05)
    assert tasks.asked["t"] == asked
    assert unwatched.done()
    assert {one for one in asyncio.all_tasks() if "TaskPoller" in repr(one)} == set()


async def test_a_cancelled_run_closes_its_poller_and_can_watch_again() -> None:
    tasks = Tasks(t=[*[TaskState.RUNNING] * 5, TaskState.SUCCEEDED])

    async def run() -> TaskStatus:
        async with TaskPoller(tasks, schedule=QUICK) as poller:
            return await poller.watch("t", now())

    first = asyncio.create_task(run())
    await asyncio.sleep(0.02)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await run()).state is TaskState.SUCCEEDED


def test_the_interval_grows_with_a_tasks_age_between_its_bounds() -> None:
    schedule = PollSchedule(first_s=2.0, interval_s=1.0, max_interval_s=5.0)
    assert [schedule.next_after(age) for age in (0.0, 5.0, 10.0, 20.0, 7_200.0)] == [1.0, 1.0, 2.0, 4.0, 5.0]


async def test_tasks_known_to_take_long_are_not_asked_about_early() -> None:
    tasks = Tasks(**{f"t{number}": [TaskState.SUCCEEDED] for number in range(20)}, late=[TaskState.SUCCEEDED])
    tasks.took_s = 20.0
    async with TaskPoller(tasks, schedule=QUICK, queries_per_second=1_000) as poller:
        await asyncio.gather(*[poller.watch(f"t{number}", now()) for number in range(20)])
        late = poller.watch("late", now())
        older = poller.watch("t0", now() - timedelta(seconds=21))
        expected = poller.watch("t1", now(), expected_s=0.0)
        await asyncio.gather(older, expected)
        await asyncio.sleep(0.1)
        assert not late.done()
        late.cancel()
    assert tasks.asked["late"] == 0


@pytest.mark.parametrize("wrong", [(0.0, 0.0, 5.0), (0.0, 2.0, 1.0), (-1.0, 1.0, 1.0)])
def test_a_schedule_that_would_never_or_always_ask_is_refused(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="poll intervals"):
        PollSchedule(*wrong)


async def test_a_service_that_is_gone_is_given_up_on_and_one_answer_keeps_the_wait_alive() -> None:
    gone = errors.ConnectionLost("ConnectionLost", "refused")
    silent = Tasks(t=[gone])
    async with TaskPoller(silent, schedule=QUICK, silence_s=0.05) as poller:
        with pytest.raises(errors.ConnectionLost):
            await poller.watch("t", now())
    back = Tasks(t=[gone, TaskState.RUNNING, gone, TaskState.SUCCEEDED])
    async with TaskPoller(back, schedule=QUICK, silence_s=30.0) as poller:
        assert (await poller.watch("t", now())).state is TaskState.SUCCEEDED
