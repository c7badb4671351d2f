"""How an erasure begins: what was left unfinished first, then whom it is about, and whether that may be erased."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select

from qa_pipeline.erasing.holds import require_not_held
from qa_pipeline.erasing.plan import Plan, new_plan_id
from qa_pipeline.erasing.subjects import find_subject
from qa_pipeline.errors import UserError
from qa_pipeline.ledger.erasure_tables import erasures
from qa_pipeline.ledger.tombstones import key_to_write, read_tombstones
from qa_pipeline.settings import Settings
from qa_pipeline.warehouse.held import Say

_TRIAL_KEY = b"trial"


class NothingKnown(UserError):
    """Nothing is kept of what was asked for; the message says what to look at."""


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """What somebody wants erased: calls by id, or all calls of customers."""

    call_ids: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    asked_by: str = ""
    reason: str | None = None
    with_recordings: bool = False


@dataclass(frozen=True, slots=True)
class Erasure:
    """A row of `erasures`."""

    erasure_id: str
    subject: str
    calls: int
    asked_by: str
    reason: str | None
    asked_at: float
    finished_at: float | None
    removed: str | None
    proof: str | None


def begin(settings: Settings, engine: Engine, request: ErasureRequest, say: Say, *, is_trial: bool = False) -> Plan:
    """A plan for what was asked; nothing is changed by it but that the key of the tombstones is made. With `is_trial`
    not even that, and the plan is none to carry out.

    Raises:
        NothingKnown: nothing is kept of it.
        OnHold: it is on hold.
        TombstonesUnreadable: this QA_HOME lacks the key of earlier tombstones.
        WarehouseBusy: another program has the working database open.
    """
    erased = read_tombstones(engine, settings.home)
    key = _TRIAL_KEY if is_trial else key_to_write(engine, settings.home, time.time())
    subject = find_subject(settings, engine, key, request.call_ids, request.customers, say)
    unknown = [each for each in request.call_ids if each not in subject.call_ids]
    if unknown and all(map(erased.has_call, unknown)) and len(unknown) == len(request.call_ids):
        raise NothingKnown(f"{', '.join(unknown)}: erased already; `qa-pipeline erase --list` shows when")
    if unknown or not subject.call_ids:
        raise NothingKnown(_unknown(unknown or request.customers))
    require_not_held(engine, subject.call_ids, subject.people)
    return Plan(
        erasure_id=new_plan_id(),
        asked_by=request.asked_by,
        reason=request.reason,
        asked_at=time.time(),
        keeps_scores=settings.erased_evaluations == "scores",
        with_recordings=request.with_recordings,
        subject=subject,
    )


def list_erasures(engine: Engine) -> list[Erasure]:
    """All there were, the newest first."""
    with engine.connect() as connection:
        query = select(erasures).order_by(erasures.c.asked_at.desc())
        return [Erasure(**row) for row in connection.execute(query).mappings()]


def _unknown(names: Sequence[str]) -> str:
    return (
        f"nothing is known of {', '.join(names)}: neither tables nor ledger nor evaluations name it. Look whether "
        "it is written as in the table calls; what only lies in the landing zone was never taken in"
    )
