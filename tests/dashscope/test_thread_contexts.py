"""What a thread has opened is closed, also when nobody waits for the thread any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from qa_pipeline.dashscope.thread_contexts import entered_in_thread


class Door:
    """Opens when it is let, and knows what was done with it."""

    def __init__(self) -> None:
        self.is_touched, self.may_open, self.is_closed = threading.Event(), threading.Event(), threading.Event()

    @contextmanager
    def held(self) -> Iterator[str]:
        self.is_touched.set()
        self.may_open.wait(10)
        try:
            yield "open"
        finally:
            self.is_closed.set()


async def use(door: Door) -> str:
    async with entered_in_thread(door.held()) as value:
        assert not door.is_closed.is_set()
        return value


def test_what_was_opened_is_closed_at_the_end_of_the_block() -> None:
    door = Door()
    door.may_open.set()
    assert asyncio.run(use(door)) == "open"
    assert door.is_closed.is_set()


def test_what_is_opened_after_a_cancellation_is_closed_at_once() -> None:
    async def cancelled(door: Door) -> None:
        task = asyncio.create_task(use(door))
        await asyncio.to_thread(door.is_touched.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not door.is_closed.is_set(), "it is not even open yet"
        door.may_open.set()
        assert await asyncio.to_thread(door.is_closed.wait, 10)

    asyncio.run(cancelled(Door()))


def test_an_error_of_the_block_goes_through_what_is_held() -> None:
    @contextmanager
    def translating() -> Iterator[None]:
        try:
            yield
        except KeyError as error:
            raise LookupError("translated") from error

    async def fail() -> None:
        async with entered_in_thread(translating()):
            raise KeyError

    with pytest.raises(LookupError, match="translated"):
        asyncio.run(fail())
