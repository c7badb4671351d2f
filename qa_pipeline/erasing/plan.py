"""What an erasure is about, kept in a file of QA_HOME from its first step to its last: an erasure that was killed is
finished by the next one. Then the file goes, and with it the last place that says whom it was about."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from qa_pipeline.errors import UserError
from qa_pipeline.warehouse.parts import sync_folder

FOLDER = "erasing"
_OURS_ALONE = 0o600


class PlanUnreadable(UserError):
    """The file of an erasure that was begun can't be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A file of the landing zone that belongs to a call: where it lies, its path in the zone, its size."""

    uri: str
    relative_path: str
    size_bytes: int


@dataclass(slots=True)
class Subject:
    """The calls of an erasure and everything that they are known by.

    `call_ids` has for each call what it is called from now on, `people` are the customers of the calls. `customers` and
    `names` are what of these no other call has, so that it is looked for; `texts` is a sample of what was said in no
    other call, `blocks` are bytes of recordings in hexadecimal digits. `files` are those of the landing zone,
    `list_names` what lists may know the calls by, `others` ids of other calls of which one of these is a part.
    """

    kind: str
    call_ids: dict[str, str] = field(default_factory=dict)
    recording_ids: list[str] = field(default_factory=list)
    customers: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    derived: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    submissions: list[str] = field(default_factory=list)
    task_ids: list[str] = field(default_factory=list)
    raw_paths: list[str] = field(default_factory=list)
    source_uris: list[str] = field(default_factory=list)
    files: list[LandedFile] = field(default_factory=list)
    list_names: list[str] = field(default_factory=list)
    billed_s: float = 0.0
    days: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """An erasure that was begun. `done` are the steps that have come to their end, `removed` what they removed; with
    `has_deleted` something may be gone already."""

    erasure_id: str
    asked_by: str
    reason: str | None
    asked_at: float
    keeps_scores: bool
    with_recordings: bool
    subject: Subject
    done: list[str] = field(default_factory=list)
    removed: dict[str, int] = field(default_factory=dict)
    has_deleted: bool = False


def new_plan_id() -> str:
    """What an erasure is known by."""
    return uuid.uuid4().hex


def plan_path(home: Path, erasure_id: str) -> Path:
    """The file of a plan."""
    return home / FOLDER / f"{erasure_id}.json"


def save_plan(home: Path, plan: Plan) -> None:
    """Writes a plan, readable for its owner alone; it is on the disk when this returns."""
    target = plan_path(home, plan.erasure_id)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    building = target.with_suffix(".building")
    descriptor = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OURS_ALONE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(plan), file)
        file.flush()
        os.fsync(file.fileno())
    building.replace(target)
    sync_folder(target.parent)


def open_plans(home: Path) -> list[Plan]:
    """Erasures that were begun and are not finished.

    Raises:
        PlanUnreadable: a file is damaged.
    """
    return [_read(path) for path in plan_files(home)]


def plan_files(home: Path) -> list[Path]:
    """The files of all erasures that were begun and are not finished."""
    return sorted((home / FOLDER).glob("*.json"))


def remove_plan(home: Path, erasure_id: str) -> None:
    """The last step."""
    target = plan_path(home, erasure_id)
    target.with_suffix(".building").unlink(missing_ok=True)
    target.unlink(missing_ok=True)


def _read(path: Path) -> Plan:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        subject = found.pop("subject")
        files = [LandedFile(**each) for each in subject.pop("files")]
        plan = Plan(**found, subject=Subject(**subject, files=files))
        plan.has_deleted |= len(plan.done) > 1  # of an earlier version, which did not note it
        return plan
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise PlanUnreadable(
            f"{path} says what an erasure that was begun is about, and can't be read ({type(error).__name__}); delete "
            "it and erase the call or customer again"
        ) from None
