"""Trial switches: slow tasks, slow submits, errors, dropped connections and failing files, on demand.

A client is only as good as the bad days it was tried on. None of this is on unless a plan is given at start
or posted to `/_local/faults` on a service started with `allow_faults`.
"""

from __future__ import annotations

import fnmatch
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from http import HTTPStatus
from typing import Any, Literal, get_args

from qa_pipeline.local_service.errors import ConfigError

Endpoint = Literal["submit", "query", "list", "cancel", "policy", "upload", "result", "generation", "chat", "task", "*"]
Action = Literal["status", "drop_before", "drop_after", "delay", "fail_task"]


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One thing that goes wrong.

    `endpoint` says where ("*" is every request; "task" is the work on one file), `action` what happens:

    - `status`: answer `status` with `code` and `message` (or `body` verbatim as `content_type`) and `headers`;
    - `drop_before`: close the connection, the request has no effect;
    - `drop_after`: the request takes effect, then the connection closes without an answer;
    - `delay`: wait `delay_s`, then go on as usual;
    - `fail_task`: a file whose name matches `file_pattern` (shell wildcards) fails with `code`, `message`.

    `nth` picks the 1-based matching events it strikes (empty: all), `probability` thins them out, `times` is
    the most it ever strikes (None: no end).
    """

    endpoint: Endpoint
    action: Action
    nth: tuple[int, ...] = ()
    probability: float = 1.0
    times: int | None = None
    status: int = 500
    code: str = "InternalError"
    message: str = "An injected fault of the local service."
    body: str | None = None
    content_type: str = "text/html"
    headers: tuple[tuple[str, str], ...] = ()
    delay_s: float = 0.0
    file_pattern: str = "*"

    def __post_init__(self) -> None:
        if self.endpoint not in get_args(Endpoint):
            raise ConfigError(f"fault endpoint {self.endpoint!r} is not one of: {', '.join(get_args(Endpoint))}")
        if self.action not in get_args(Action):
            raise ConfigError(f"fault action {self.action!r} is not one of: {', '.join(get_args(Action))}")
        if (self.action == "fail_task") != (self.endpoint == "task"):
            raise ConfigError("fault action 'fail_task' and endpoint 'task' only go together")
        if not 0.0 <= self.probability <= 1.0:
            raise ConfigError(f"fault probability {self.probability} is not between 0 and 1")
        if self.action == "status" and self.status not in {status.value for status in HTTPStatus}:
            raise ConfigError(f"fault status {self.status} is not an HTTP status")
        if self.delay_s < 0:
            raise ConfigError(f"fault delay_s {self.delay_s} is below zero")


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Everything that is switched on: rules, simulated times (ranges in seconds), and the seed of chance."""

    rules: tuple[FaultRule, ...] = ()
    task_latency_s: tuple[float, float] = (0.0, 0.0)
    submit_latency_s: tuple[float, float] = (0.0, 0.0)
    seed: int | None = None

    def __post_init__(self) -> None:
        for name in ("task_latency_s", "submit_latency_s"):
            low, high = getattr(self, name)
            if not 0 <= low <= high:
                raise ConfigError(f"{name} {low}-{high} is not a range from low to high seconds")

    def to_json(self) -> dict[str, Any]:
        """The plan as `fault_plan` reads it back."""
        return asdict(self)


NO_FAULTS = FaultPlan()
"""Nothing goes wrong: the default."""


def fault_plan(document: Any) -> FaultPlan:
    """Reads a plan from decoded JSON.

    Raises:
        ConfigError: not an object, an unknown key, or a value that a rule refuses; the message names it.
    """
    values = _known_keys(document, FaultPlan, "the fault plan")
    try:
        rules = tuple(_rule(item, index) for index, item in enumerate(values.pop("rules", ())))
        for name in ("task_latency_s", "submit_latency_s"):
            if name in values:
                values[name] = _range(values[name], name)
        return FaultPlan(rules=rules, **values)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"the fault plan cannot be used: {error}") from error


def _rule(item: Any, index: int) -> FaultRule:
    values = _known_keys(item, FaultRule, f"rules[{index}]")
    if "nth" in values:
        values["nth"] = tuple(int(number) for number in values["nth"])
    if "headers" in values:
        pairs = values["headers"].items() if isinstance(values["headers"], dict) else values["headers"]
        values["headers"] = tuple((str(name), str(value)) for name, value in pairs)
    return FaultRule(**values)


def _range(value: Any, name: str) -> tuple[float, float]:
    ends = value if isinstance(value, list | tuple) else [value, value]
    if len(ends) != 2:
        raise ConfigError(f"{name} is {value!r}; give one number of seconds or [low, high]")
    return float(ends[0]), float(ends[1])


def _known_keys(document: Any, kind: type[FaultPlan] | type[FaultRule], place: str) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise ConfigError(f"{place} is {type(document).__name__}, not an object")
    known = [item.name for item in fields(kind)]
    unknown = sorted(set(document) - set(known))
    if unknown:
        raise ConfigError(f"{place} has unknown keys {', '.join(map(repr, unknown))}; known: {', '.join(known)}")
    return dict(document)


@dataclass(slots=True)
class FaultSwitches:
    """A plan at work: counts events, rolls the dice. Used from the event loop only."""

    plan: FaultPlan
    _seen: list[int] = field(init=False)
    _struck: list[int] = field(init=False)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.replace(self.plan)

    def replace(self, plan: FaultPlan) -> None:
        """Replaces the plan; counting restarts."""
        self.plan = plan
        self._seen = [0] * len(plan.rules)
        self._struck = [0] * len(plan.rules)
        self._chance = random.Random(plan.seed)  # noqa: S311 - simulated bad luck, not a secret

    def strike(self, endpoint: str) -> FaultRule | None:
        """The first rule that hits this request, if any."""
        return self._first(lambda rule: rule.endpoint in ("*", endpoint) and rule.action != "fail_task")

    def strike_file(self, file_name: str) -> FaultRule | None:
        """The first rule that makes the work on this file fail, if any."""
        return self._first(
            lambda rule: rule.action == "fail_task" and fnmatch.fnmatchcase(file_name, rule.file_pattern)
        )

    def task_latency_s(self) -> float:
        """How long the next task shall take at least."""
        return self._chance.uniform(*self.plan.task_latency_s)

    def submit_latency_s(self) -> float:
        """How long the next submit shall take before it is looked at."""
        return self._chance.uniform(*self.plan.submit_latency_s)

    def struck(self) -> list[int]:
        """How often each rule of the plan has struck, in its order."""
        return list(self._struck)

    def _first(self, concerns: Callable[[FaultRule], bool]) -> FaultRule | None:
        hit: FaultRule | None = None
        for index, rule in enumerate(self.plan.rules):
            if not concerns(rule):
                continue
            self._seen[index] += 1
            if hit is None and self._strikes(index, rule):
                self._struck[index] += 1
                hit = rule
        return hit

    def _strikes(self, index: int, rule: FaultRule) -> bool:
        if rule.times is not None and self._struck[index] >= rule.times:
            return False
        if rule.nth and self._seen[index] not in rule.nth:
            return False
        return rule.probability >= 1.0 or self._chance.random() < rule.probability
