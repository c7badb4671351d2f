"""Files and the like that are opened in a thread and used by a task, which may be cancelled at any moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from typing import TypeVar

T = TypeVar("T")


@asynccontextmanager
async def entered_in_thread(manager: AbstractContextManager[T]) -> AsyncIterator[T]:
    """Enters `manager` in a thread and leaves it at the end of the block.

    A thread cannot be cancelled. Where the task is cancelled while the thread still opens something, the thread closes
    it again as soon as it is open.
    """
    lock, is_left = threading.Lock(), False
    with ExitStack() as held:

        def enter() -> T:
            with ExitStack() as entered:
                value = entered.enter_context(manager)
                with lock:
                    if not is_left:
                        held.push(entered.pop_all())
                return value

        try:
            yield await asyncio.to_thread(enter)
        finally:
            with lock:
                is_left = True
