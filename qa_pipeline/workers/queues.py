"""The queues that steps wait in, and the tag by which an op of Dagster names its queue."""

from __future__ import annotations

from collections.abc import Mapping

QUEUE_TAG = "dagster-celery/queue"
"""The tag of dagster-celery, so that ops are tagged as its documentation says."""

SOUND = "sound"
"""Hours of computing in small parts: listening, recognizing, reading answers."""

TABLES = "tables"
"""What brings a day's parts together; minutes at most."""

PAID = "paid"
"""Sending to the service and waiting for it; one at a time is all that the account's pace needs."""

QUEUES = (SOUND, TABLES, PAID)


def queue_of(tags: Mapping[str, str]) -> str:
    """The queue that an op's tags name, else `tables`."""
    return tags.get(QUEUE_TAG, TABLES)
