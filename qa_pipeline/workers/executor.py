"""Has the steps of a run taken by workers, and goes by what Dagster's event log and the table of steps say.

The loop is Dagster's own for steps that run elsewhere, which its launchers for Kubernetes and Docker use as well.
dagster-celery's loop reads results from the broker: it loses them with the broker, and its run fails.
"""

import logging
import signal
import time
from collections.abc import Iterator, Sequence
from typing import cast

import dagster as dg
from dagster._core.events import DagsterEvent
from dagster._core.execution.context.system import IStepContext, PlanOrchestrationContext
from dagster._core.execution.plan.objects import StepFailureData, StepRetryData
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.plan.state import KnownExecutionState
from dagster._core.execution.plan.step import ExecutionStep
from dagster._core.execution.retries import RetryMode
from dagster._core.executor.step_delegating import (
    CheckStepHealthResult,
    StepDelegatingExecutor,
    StepHandler,
    StepHandlerContext,
)
from dagster._core.storage.tags import RETRY_ON_ASSET_OR_OP_FAILURE_TAG
from dagster._serdes import serialize_value
from dagster_shared.error import SerializableErrorInfo

from qa_pipeline import __version__
from qa_pipeline.settings import Settings, load_pipeline_settings
from qa_pipeline.workers.broker import Bell, BrokerAway
from qa_pipeline.workers.deciding_settings import deciding_settings, fingerprint
from qa_pipeline.workers.outages import is_outage, wait_before
from qa_pipeline.workers.queues import queue_of
from qa_pipeline.workers.register import WORKER, living
from qa_pipeline.workers.step_processes import GIVEN_BACK
from qa_pipeline.workers.step_table import Offer, Standing, StepState
from qa_pipeline.workers.storage import SharedEvents, shared_events
from qa_pipeline.workers.who_can import why_nobody

LOOKS_EVERY_S = 0.5
CHECKS_EVERY_S = 5
SAYS_EVERY_S = 60.0
IN_FLIGHT = 200
"""Steps offered at a time: enough for any number of workers, and a day of thousands of parts is no one large burst."""

ERRORS_DEEP = 20
"""How far below an error its cause is looked for; causes can name each other."""

LOST_AT_MOST = 3
"""So often may a step's worker die. A part that kills whoever takes it must not go round for ever."""

PRIORITY_TAG = "dagster/priority"
_log = logging.getLogger("qa_pipeline.workers")


class OfferedSteps(StepHandler):
    """Offers steps in the table, rings for them, and knows how they stand."""

    def __init__(self, settings: Settings, bell: Bell) -> None:
        super().__init__()
        self._fingerprint = fingerprint(deciding_settings(settings))
        self._bell = bell
        self._standing: dict[tuple[str, int], Standing] = {}
        self._looked_at = self._rang_at = self._said_at = float("-inf")
        self._waits_since: float | None = None
        self._ended_since: dict[tuple[str, int], float] = {}
        self._seen: dict[str, set[tuple[str, str | None]]] = {}
        self._offered_at: dict[str, float] = {}

    @property
    def name(self) -> str:
        """As Dagster's page shows it."""
        return "workers"

    def launch_step(self, step_handler_context: StepHandlerContext) -> Iterator[DagsterEvent]:
        """Offers the step; workers are told with the next look."""
        arguments = step_handler_context.execute_step_args
        assert arguments.step_keys_to_execute is not None
        assert arguments.known_state is not None
        [key] = arguments.step_keys_to_execute
        tags = step_handler_context.step_tags[key]
        queue = queue_of(tags)
        yield DagsterEvent.step_worker_starting(
            step_handler_context.get_step_context(key), f"Waits in queue {queue} for a worker", {}
        )
        shared_events(step_handler_context.instance).steps.offer(
            Offer(
                arguments.run_id,
                key,
                _attempt(arguments.known_state, key),
                queue,
                _priority(tags),
                __version__,
                self._fingerprint,
                serialize_value(arguments.known_state),
            )
        )
        self._seen[key] = set()
        self._offered_at[key] = time.monotonic()
        self._rang_at = float("-inf")

    def check_step_health(self, step_handler_context: StepHandlerContext) -> CheckStepHealthResult:
        """Whether somebody has the step, or may still take it."""
        arguments = step_handler_context.execute_step_args
        assert arguments.step_keys_to_execute is not None
        assert arguments.known_state is not None
        [key] = arguments.step_keys_to_execute
        attempt = key, _attempt(arguments.known_state, key)
        found = self._standing.get(attempt)
        if found is None and self._looked_at > self._offered_at[key]:
            return CheckStepHealthResult.unhealthy("nothing is left of its offer")
        if found is None:
            return CheckStepHealthResult.healthy()  # offered since the last look
        if found.state is StepState.LOST:
            return CheckStepHealthResult.unhealthy(found.reason or "its worker lost it")
        if found.state is StepState.DONE:
            since = self._ended_since.setdefault(attempt, time.monotonic())
            if time.monotonic() - since > SAYS_EVERY_S:
                return CheckStepHealthResult.unhealthy(f"worker {found.worker} left it without an end")
        return CheckStepHealthResult.healthy()

    def terminate_step(self, step_handler_context: StepHandlerContext) -> Iterator[DagsterEvent]:
        """Takes the step back, or asks whoever has it to stop."""
        arguments = step_handler_context.execute_step_args
        shared_events(step_handler_context.instance).steps.stop(arguments.run_id, arguments.step_keys_to_execute)
        yield from ()

    def is_news(self, event: DagsterEvent) -> bool:
        """Whether an event is the first of its kind since its step was offered: where a server went away, the same one
        may have been written twice. Dagster's loop would stumble over a second end, and map a second output again."""
        key = event.step_key
        if key is None or not (event.is_successful_output or _is_end(event)):
            return True
        seen = self._seen.get(key)
        if seen is None:
            return False  # the step has ended
        if event.is_successful_output:
            handle = event.step_output_data.step_output_handle
            is_first = (handle.output_name, handle.mapping_key) not in seen
            seen.add((handle.output_name, handle.mapping_key))
            return is_first
        del self._seen[key]
        return True

    def look(self, instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
        """How the run's steps stand, every few seconds; and rings for those that wait."""
        now = time.monotonic()
        if now - self._looked_at < CHECKS_EVERY_S and now - self._rang_at < CHECKS_EVERY_S:
            return
        events = shared_events(instance)
        self._looked_at, self._standing = now, events.steps.standing(run.run_id)
        waiting = any(found.state is StepState.WAITING for found in self._standing.values())
        self._waits_since = (self._waits_since or now) if waiting else None
        if waiting:
            self._ring(instance, run, events)
        self._rang_at = now

    def _ring(self, instance: dg.DagsterInstance, run: dg.DagsterRun, events: SharedEvents) -> None:
        try:
            self._bell.ring(events.steps.waiting())
        except BrokerAway as error:
            self._say(instance, run, f"{error}. The steps of this run wait for it")
            return
        assert self._waits_since is not None
        if time.monotonic() - self._waits_since > SAYS_EVERY_S / 2:
            queues = events.steps.waiting()
            reason = why_nobody(living(events.engine, WORKER), tuple(queues), __version__, self._fingerprint)
            if reason is not None:
                self._say(instance, run, reason)

    def _say(self, instance: dg.DagsterInstance, run: dg.DagsterRun, message: str) -> None:
        if time.monotonic() - self._said_at > SAYS_EVERY_S:
            self._said_at = time.monotonic()
            _log.warning("%s", message)
            instance.report_engine_event(message, run)


class WorkersExecutor(StepDelegatingExecutor):
    """Dagster's loop; a step whose worker died, or that met a server that was away, is offered again."""

    def __init__(self, settings: Settings) -> None:
        self._offered = OfferedSteps(settings, Bell(settings))
        self._again: dict[str, int] = {}
        self._lost: dict[str, int] = {}
        self._plan: tuple[PlanOrchestrationContext, ExecutionPlan] | None = None
        super().__init__(
            self._offered,
            retries=RetryMode.ENABLED,
            sleep_seconds=LOOKS_EVERY_S,
            check_step_health_interval_seconds=CHECKS_EVERY_S,
            max_concurrent=IN_FLIGHT,
        )

    def execute(self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan) -> Iterator[DagsterEvent]:
        """Yields the events of the run's steps until all have ended."""
        self._plan = plan_context, execution_plan
        try:
            yield from super().execute(plan_context, execution_plan)
        finally:
            shared_events(plan_context.instance).steps.forget(plan_context.run_id)

    def _pop_events(
        self, instance: dg.DagsterInstance, run_id: str, seen_storage_ids: set[int]
    ) -> Sequence[DagsterEvent]:
        """The next events, without failures that are not to count."""
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            raise dg.DagsterExecutionInterruptedError(f"run {run_id} was ended while this process did not answer")
        if run.status is dg.DagsterRunStatus.CANCELING:
            signal.raise_signal(signal.SIGINT)  # Dagster's loop goes by the signal
        self._offered.look(instance, run)
        return [
            event
            for event in super()._pop_events(instance, run_id, seen_storage_ids)
            if self._counts(event) and self._offered.is_news(event)
        ]

    def _counts(self, event: DagsterEvent) -> bool:
        if not event.is_step_failure:
            return True
        assert self._plan is not None
        assert event.step_key is not None
        context, plan = self._plan
        if not is_outage(_errors(event.step_failure_data.error)):
            return True
        tried = self._again.get(event.step_key, 0)
        pause_s = wait_before(tried)
        if pause_s is None:  # a later run may find the server back
            context.instance.add_run_tags(context.run_id, {RETRY_ON_ASSET_OR_OP_FAILURE_TAG: "true"})
            return True
        self._again[event.step_key] = tried + 1
        step = cast(ExecutionStep, plan.get_step_by_key(event.step_key))
        DagsterEvent.step_retry_event(context.for_step(step), _again(event.step_failure_data.error, pause_s))
        return False

    def log_failure_or_retry_event_after_error(
        self, step_context: IStepContext, err_info: SerializableErrorInfo, known_state: KnownExecutionState
    ) -> DagsterEvent:
        """A step whose worker died is offered again at once, some times over."""
        key = step_context.step.key
        self._lost[key] = self._lost.get(key, 0) + (GIVEN_BACK not in err_info.message)
        if self._lost[key] <= LOST_AT_MOST:
            return DagsterEvent.step_retry_event(step_context, _again(err_info, None))
        message = f"{key} lost {self._lost[key]} workers, one after the other; the last time: {err_info.message}"
        last = SerializableErrorInfo(message=message, stack=[], cls_name=None)
        failure = StepFailureData(error=last, user_failure_data=None)  # type: ignore[no-untyped-call]
        return DagsterEvent.step_failure_event(step_context, failure)


@dg.executor(name="workers", requirements=dg.multiple_process_executor_requirements())
def workers_executor(_: dg.InitExecutorContext) -> WorkersExecutor:
    """The executor of jobs where the settings name a broker."""
    return WorkersExecutor(load_pipeline_settings())


def _again(error: SerializableErrorInfo | None, pause_s: int | None) -> StepRetryData:
    return StepRetryData(error=error, seconds_to_wait=pause_s)  # type: ignore[no-untyped-call]


def _is_end(event: DagsterEvent) -> bool:
    return event.is_step_success or event.is_step_failure or event.is_step_up_for_retry


def _attempt(known_state: KnownExecutionState, key: str) -> int:
    return known_state.get_retry_state().get_attempt_count(key)


def _priority(tags: object) -> int:
    assert hasattr(tags, "get")
    try:
        return int(tags.get(PRIORITY_TAG, 0))
    except ValueError:
        return 0


def _errors(error: SerializableErrorInfo | None) -> Iterator[tuple[str | None, str]]:
    """An error and those below it: class name and message."""
    seen = 0
    while error is not None and seen < ERRORS_DEEP:
        yield error.cls_name, error.message
        error, seen = error.cause or error.context, seen + 1
