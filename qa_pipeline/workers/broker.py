"""The broker: one kind of message, which says that a queue has a step to take, and nothing else.

No message names a step or carries a setting: whoever can write to the broker can make a worker look, and no more.
Results don't come back this way either; Dagster's event log has them.

A message is acknowledged when its step has ended, so that a worker whose places are all taken holds none back from the
others. RabbitMQ takes a message back that is not acknowledged for half an hour, and closes the channel: the worker
connects again, its steps go on, and the message that comes a second time costs a look at the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from celery import Celery
from kombu import Connection, Queue
from kombu.exceptions import OperationalError

from qa_pipeline.errors import UserError
from qa_pipeline.settings import Settings
from qa_pipeline.workers.queues import QUEUES

TASK = "qa_pipeline.take_step"
_PREFIX = "qa."
_CONNECT_TIMEOUT_S = 5.0
_KEPT_UNREAD_S = 12 * 3600
"""Redis hands a message on that nobody has acknowledged in this time. One too many costs a look at the table."""


class BrokerAway(UserError):
    """The broker does not answer, or not to us; the message names it and says what to look at."""


def celery_app(settings: Settings) -> Celery:
    """The Celery app of workers and runs: durable queues, one message for each place of a worker, no results."""
    assert settings.broker_url is not None, "only where there are workers"
    app = Celery("qa_pipeline", broker=settings.broker_url, set_as_current=False)
    app.conf.update(
        task_queues=[Queue(_PREFIX + queue, durable=True) for queue in QUEUES],
        task_create_missing_queues=False,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        broker_connection_timeout=_CONNECT_TIMEOUT_S,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_channel_error_retry=True,  # RabbitMQ closes the channel of a message unacknowledged for half an hour
        broker_transport_options=_transport_options(settings.broker_url),
    )
    return app


def queue_name(queue: str) -> str:
    """How the broker calls a queue."""
    return _PREFIX + queue


def _transport_options(url: str) -> dict[str, object]:
    if url.startswith("redis"):
        return {
            "visibility_timeout": _KEPT_UNREAD_S,
            "socket_connect_timeout": _CONNECT_TIMEOUT_S,
            "socket_timeout": _CONNECT_TIMEOUT_S * 6,
            "socket_keepalive": True,
        }
    return {"confirm_publish": True}


def shown_broker(url: str) -> str:
    """A broker's address without the password."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"


def look_for_broker(settings: Settings) -> None:
    """Raises BrokerAway where the broker does not let this program in now."""
    with _reaching(settings):
        pass


@contextmanager
def _reaching(settings: Settings) -> Iterator[Connection]:
    url = settings.broker_url
    assert url is not None, "only where there are workers"
    tried = Connection(url, connect_timeout=_CONNECT_TIMEOUT_S, transport_options=_transport_options(url))
    try:
        with tried as connection:
            connection.ensure_connection(max_retries=1, interval_start=0.1, timeout=_CONNECT_TIMEOUT_S)
            yield connection
    except (OperationalError, OSError, *tried.connection_errors, *tried.channel_errors) as error:
        raise BrokerAway(_why_away(url, error)) from error


def _why_away(url: str, error: BaseException) -> str:
    said = str(error).strip() or type(error).__name__
    name = shown_broker(url)
    if any(words in said for words in ("ACCESS_REFUSED", "NOT_ALLOWED", "AUTH", "NOPERM", "invalid username")):
        return f"the broker {name} refuses us: {said}; correct user, password and virtual host in QA_BROKER_URL"
    return f"the broker {name} does not answer: {said}; is it running, and is QA_BROKER_URL right?"


class Bell:
    """Tells workers that steps wait. Kept by the process of a run."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._app = celery_app(settings)

    def ring(self, waiting: Mapping[str, int]) -> None:
        """Sees to it that each queue holds a message for every step that waits in it: `waiting`, queue → steps.

        What a broker lost is sent again by this; one too many does no harm.

        Raises:
            BrokerAway: nothing could be sent; it is to be tried again later.
        """
        wanted = {queue: count for queue, count in waiting.items() if count}
        if not wanted:
            return
        with _reaching(self._settings) as connection, connection.channel() as channel:
            producer = self._app.amqp.Producer(channel)
            for queue, count in wanted.items():
                bound = self._app.amqp.queues[queue_name(queue)](channel)
                there = bound.queue_declare().message_count
                for _ in range(count - there):
                    self._app.send_task(TASK, [queue], queue=queue_name(queue), producer=producer, retry=False)
