"""Ctrl-C and a terminated run as a request to stop: what is being paid for is kept first."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

STOPPING = (signal.SIGINT, signal.SIGTERM)


async def until_told_to_stop(work: Coroutine[Any, Any, T]) -> T:
    """Awaits `work`; a signal to stop cancels it, once for each time it comes.

    Whoever handled the signals before handles them again afterwards. In a thread that cannot handle signals `work` is
    awaited as it is.
    """
    task = asyncio.current_task()
    if threading.current_thread() is not threading.main_thread() or task is None:
        return await work
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in STOPPING}
    for number in STOPPING:
        loop.add_signal_handler(number, task.cancel)
    try:
        return await work
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
