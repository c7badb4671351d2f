"""How long a run waits for what does not end: the arithmetic, on a clock that is moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from qa_pipeline.dispatch import patience
from qa_pipeline.dispatch.patience import OutOfPatience, Patience

LEAST_S, MOST_S = 60.0, 4 * 3600.0


class Clock:
    """Seconds that pass only while somebody waits for a future that does not end. `at_s` is what happens when."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 1000.0
        self.at_s: dict[float, Callable[[], None]] = {}
        monkeypatch.setattr(patience, "_now", lambda: self.now_s)

        async def wait(_: set[asyncio.Future[str]], **options: float) -> None:
            until_s = self.now_s + options["timeout"]
            for at_s in sorted(each for each in self.at_s if each <= until_s):
                self.now_s = at_s
                self.at_s.pop(at_s)()
            self.now_s = until_s

        monkeypatch.setattr(asyncio, "wait", wait)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def waited(clock: Clock, prepare: Callable[[Patience], None], *, age_s: float = 0.0, audio_s: float = 10.0) -> float:
    """Seconds until a run gives a task up that never ends."""

    async def give_up() -> None:
        run = Patience(LEAST_S, MOST_S)
        prepare(run)
        task = asyncio.get_running_loop().create_future()
        with pytest.raises(OutOfPatience):
            await run.wait(task, age_s=age_s, audio_s=audio_s)
        assert task.cancelled()

    began_s = clock.now_s
    asyncio.run(give_up())
    return clock.now_s - began_s


def nothing(_: Patience) -> None:
    """Nothing else has ended."""


def others_took(*seconds: float) -> Callable[[Patience], None]:
    def prepare(run: Patience) -> None:
        for took_s in seconds:
            run.ended(took_s)

    return prepare


def test_once_the_others_have_ended_a_minute_is_enough(clock: Clock) -> None:
    assert waited(clock, others_took(1.0, 2.0, 3.0)) == LEAST_S


def test_a_long_recording_gets_a_quarter_of_its_length(clock: Clock) -> None:
    assert waited(clock, others_took(1.0), audio_s=3600.0) == 900.0


def test_a_slow_service_gets_four_times_what_half_of_the_tasks_took_and_one_straggler_changes_nothing(
    clock: Clock,
) -> None:
    assert waited(clock, others_took(90.0, 100.0, 20_000.0)) == 400.0


def test_while_nothing_has_ended_the_service_may_be_busy(clock: Clock) -> None:
    assert waited(clock, nothing) == 10 * LEAST_S


def test_what_ends_while_a_task_is_waited_for_without_evidence_shortens_the_wait(clock: Clock) -> None:
    def end_another_in_a_while(run: Patience) -> None:
        def end() -> None:
            run.ended(1.0)

        clock.at_s[clock.now_s + 5.0] = end

    assert waited(clock, end_another_in_a_while) == 5.0 + LEAST_S


def test_a_task_that_an_earlier_run_waited_for_is_looked_at_and_not_waited_for_again(clock: Clock) -> None:
    assert waited(clock, nothing, age_s=3600.0) == LEAST_S


def test_no_task_is_waited_for_longer_than_the_setting(clock: Clock) -> None:
    assert waited(clock, others_took(6 * 3600.0)) == MOST_S


def test_nobody_loses_patience_while_something_is_sent_or_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> str:
        run = Patience(0.01, 60.0)
        run.ended(0.001)
        task: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        with run.work():
            waiting = asyncio.create_task(run.wait(task, age_s=3600.0, audio_s=0.0))
            await asyncio.sleep(0.1)
            assert not waiting.done()
            task.set_result("ended")
        return await waiting

    assert asyncio.run(work()) == "ended"
