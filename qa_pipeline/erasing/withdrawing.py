"""Takes back an erasure that was begun and has deleted nothing yet."""

from __future__ import annotations

from sqlalchemy import Engine, delete

from qa_pipeline.erasing.plan import Plan, open_plans, remove_plan
from qa_pipeline.errors import UserError
from qa_pipeline.ledger.erasure_tables import erasures, tombstones
from qa_pipeline.settings import Settings


class CantWithdraw(UserError):
    """There is no such erasure, or it has deleted something already."""


def withdraw(settings: Settings, engine: Engine, erasure_id: str) -> Plan:
    """Forgets an erasure, by its id or the beginning of it, with its tombstones: its calls stay and may be run again.

    Raises:
        CantWithdraw: none that is unfinished, or several, begin so; or something of it is gone.
        PlanUnreadable: a file of an erasure is damaged.
    """
    found = [each for each in open_plans(settings.home) if erasure_id and each.erasure_id.startswith(erasure_id)]
    if len(found) != 1:
        several = f"{len(found)} erasures begin with" if found else "no unfinished erasure begins with"
        raise CantWithdraw(f"{several} {erasure_id!r}; `qa-pipeline erase --list` shows them")
    [plan] = found
    if plan.has_deleted:
        raise CantWithdraw(
            f"erasure {plan.erasure_id[:8]} has begun to delete and can't be taken back; `qa-pipeline erase` goes on "
            "with it"
        )
    with engine.begin() as connection:
        connection.execute(delete(tombstones).where(tombstones.c.erasure_id == plan.erasure_id))
        connection.execute(delete(erasures).where(erasures.c.erasure_id == plan.erasure_id))
    remove_plan(settings.home, plan.erasure_id)
    return plan
