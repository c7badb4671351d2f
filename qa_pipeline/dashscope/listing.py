"""How a stretch of time is asked for in the task list: windows of at most 24 hours, in the service's digits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from qa_pipeline.dashscope.tasks import SERVICE_ZONE, TaskPage

LONGEST_SPAN = timedelta(hours=24)
PAGE_SIZE = 10
"""The documented default; no larger one is promised."""
_DIGITS = "%Y%m%d%H%M%S"


def split_span(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The span in windows the service takes. The wire has whole seconds, so the outer ends are rounded outwards.

    Raises:
        ValueError: a time without a zone, or an end before the start.
    """
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("the task list is asked for between two times with a zone")
    if end < start:
        raise ValueError(f"the task list's end ({end.isoformat()}) lies before its start ({start.isoformat()})")
    window_start = start.astimezone(UTC).replace(microsecond=0)
    last = end.astimezone(UTC)
    last = last if last.microsecond == 0 else last.replace(microsecond=0) + timedelta(seconds=1)
    while True:
        window_end = min(window_start + LONGEST_SPAN, last)
        yield window_start, window_end
        if window_end >= last:
            return
        window_start = window_end


def wire_time(moment: datetime) -> str:
    """`YYYYMMDDhhmmss` in the service's zone."""
    return moment.astimezone(SERVICE_ZONE).strftime(_DIGITS)


def is_last(page: TaskPage, page_no: int) -> bool:
    """Whether nothing follows this page, by the service's counts or, where it gives none, by a short page."""
    if page.page_count is not None:
        return page_no >= page.page_count
    if page.total is not None:
        return page_no * PAGE_SIZE >= page.total
    return len(page.tasks) < PAGE_SIZE
