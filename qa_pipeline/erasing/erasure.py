"""An erasure from its plan to its proof, step by step. Each step comes to the same however often it is done, and is
noted in the plan when it is over: whoever was killed is taken up by the next erasure of the same QA_HOME. Where the
proof has found something, the next erasure does all steps again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, update

from qa_pipeline.erasing import kept_files, operations_rows, shared
from qa_pipeline.erasing.backups import look_into_backups
from qa_pipeline.erasing.holds import OnHold, require_not_held
from qa_pipeline.erasing.landed_files import NamingList, lists_in_home, lists_naming, remaining, remove
from qa_pipeline.erasing.needles import Needles
from qa_pipeline.erasing.plan import LandedFile, Plan, plan_files, plan_path, remove_plan, save_plan
from qa_pipeline.erasing.proof import Proof, prove
from qa_pipeline.erasing.sqlite_files import compact
from qa_pipeline.erasing.subjects import needles_for
from qa_pipeline.ledger.erasure_tables import erasures
from qa_pipeline.ledger.tombstones import TombstoneKind, file_value, key_to_write, write_tombstones
from qa_pipeline.ledger.writing import put_rows
from qa_pipeline.looks.chain import appending
from qa_pipeline.looks.erasing import erase_from_looks
from qa_pipeline.looks.taken import Taken, exports_with, keep_for_erased
from qa_pipeline.outbox.forgetting import forget_calls
from qa_pipeline.reviews.erasing import erase_calls
from qa_pipeline.runs.leases import Leases
from qa_pipeline.settings import Settings
from qa_pipeline.warehouse.erasing import ERASE_WAIT_S, ErasedCalls, erase_from_warehouse
from qa_pipeline.warehouse.erasing_snapshots import erase_from_snapshots
from qa_pipeline.warehouse.held import Say, Waiting

TOMBSTONES = "tombstones"
"""The step that deletes nothing."""


@dataclass(slots=True)
class Erased:
    """What came of an erasure. It is done where the proof is clean, no `backups` hold a call, and none is `unseen`,
    which says why for each; `files` and `lists` are the user's own, which stay; `taken` are files that left."""

    plan: Plan
    proof: Proof
    backups: list[str] = field(default_factory=list)
    unseen: dict[str, str] = field(default_factory=dict)
    files: list[LandedFile] = field(default_factory=list)
    lists: list[NamingList] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left but what is the user's own."""
        return self.proof.is_clean and not self.backups and not self.unseen


@dataclass(slots=True)
class _Work:
    """What the steps work with."""

    settings: Settings
    engine: Engine
    plan: Plan
    needles: Needles
    say: Say

    def add(self, what: str, count: int) -> None:
        if count:
            self.plan.removed[what] = self.plan.removed.get(what, 0) + count

    @property
    def erased(self) -> ErasedCalls:
        subject = self.plan.subject
        return ErasedCalls(tuple(subject.call_ids), tuple(subject.recording_ids))

    @property
    def waiting(self) -> Waiting:
        return Waiting(ERASE_WAIT_S, self.say)


@contextmanager
def no_run_beside(settings: Settings) -> Iterator[None]:
    """No run begins for the time of the block. Raises RunsShut where one is under way."""
    with Leases(settings.dagster_home / "leases").alone():
        yield


def carry_out(settings: Settings, engine: Engine, plan: Plan, say: Say) -> Erased:
    """Goes on with an erasure where it was left, to its end; the caller has no run beside it (`no_run_beside`).

    Raises:
        OnHold: it was put on hold before anything of it was deleted.
        UserError: something is in the way, which the message names; the erasure is taken up by the next one.
    """
    _require_not_held(settings, engine, plan)
    kept_files.require_local_service_stopped(settings)
    work = _Work(settings, engine, plan, needles_for(plan.subject), say)
    save_plan(settings.home, plan)
    for name, step in STEPS:
        if name not in plan.done:
            say(name)
            if name != TOMBSTONES and not plan.has_deleted:
                plan.has_deleted = True
                save_plan(settings.home, plan)
            step(work)
            plan.done.append(name)
            save_plan(settings.home, plan)
    say("looking through every file")
    return _prove(work)


def _require_not_held(settings: Settings, engine: Engine, plan: Plan) -> None:
    if plan.has_deleted:
        return
    try:
        require_not_held(engine, plan.subject.call_ids, plan.subject.people)
    except OnHold as held:
        begun = plan_path(settings.home, plan.erasure_id).exists()
        also = f"; or withdraw the erasure: `qa-pipeline erase --withdraw {plan.erasure_id[:8]}`" if begun else ""
        raise OnHold(f"{held}{also}") from None


def _prove(work: _Work) -> Erased:
    settings, plan = work.settings, work.plan
    proof = prove(settings.home, work.needles, plan.subject.recording_ids, passed_over=users_own(settings))
    if work.engine.dialect.name == "postgresql":
        shared.prove_shared(settings, work.engine, plan.subject, work.needles, work.erased, proof, work.say)
    backups = look_into_backups(work.engine, work.needles)
    found = Erased(plan, proof, backups.holding, backups.unseen)
    found.files = remaining(plan.subject.files, settings)
    found.lists = lists_naming(settings, plan.subject.files, work.needles)
    found.taken = exports_with(work.engine, list(plan.subject.call_ids.values()))
    if found.is_done:
        _finish(work, proof)
    elif not proof.is_clean:
        plan.done = []  # a step may have missed it, or somebody has put it there since
        save_plan(settings.home, plan)
    return found


def users_own(settings: Settings) -> list[Path]:
    """Files and folders of QA_HOME that no proof is about: the user's own, and the plans of erasures."""
    folders = [settings.demo_recordings, *lists_in_home(settings)]
    folders += [settings.landing_folder] if settings.landing_folder else []
    return [*folders, *plan_files(settings.home)]


def _finish(work: _Work, proof: Proof) -> None:
    own = erasures.c.erasure_id == work.plan.erasure_id
    values = {
        "finished_at": time.time(),
        "removed": json.dumps(work.plan.removed, sort_keys=True),
        "proof": json.dumps(proof.as_json()),
    }
    with work.engine.begin() as connection:
        connection.execute(update(erasures).where(own).values(values))
    remove_plan(work.settings.home, work.plan.erasure_id)


def _set_tombstones(work: _Work) -> None:
    plan, now = work.plan, time.time()
    subject = plan.subject
    key = key_to_write(work.engine, work.settings.home, now)
    values = [(TombstoneKind.CALL, each) for each in subject.call_ids]
    values += [(TombstoneKind.RECORDING, each) for each in subject.recording_ids]
    values += [(TombstoneKind.NAME, each) for each in subject.list_names]
    values += [(TombstoneKind.FILE, file_value(each.relative_path, each.size_bytes)) for each in subject.files]
    row = {
        "erasure_id": plan.erasure_id, "subject": subject.kind, "calls": len(subject.call_ids),
        "asked_by": plan.asked_by, "reason": plan.reason, "asked_at": plan.asked_at,
        "finished_at": None, "removed": None, "proof": None,
    }  # fmt: skip
    with work.engine.begin() as connection:
        put_rows(connection, erasures, [row])
        write_tombstones(connection, key, values, plan.erasure_id, now)


def _erase_rows(work: _Work) -> None:
    subject = work.plan.subject
    with work.engine.begin() as connection:
        work.add("attempts", operations_rows.erase_attempts(connection, subject))
        operations_rows.erase_landing_facts(connection, subject)
        operations_rows.erase_held(connection, subject)
        work.add("alerts", forget_calls(connection, subject.call_ids))
        keep_for_erased(connection, subject.call_ids, subject.days)
        keeps = work.plan.keeps_scores
        work.add("draws", operations_rows.rename_draws(connection, subject, work.needles, keeps=keeps))
        work.add("other rows", operations_rows.scrub_others(connection, work.needles))
    plan = work.plan
    with appending(work.engine) as connection:
        looks = erase_from_looks(
            connection, work.needles.without, erasure_id=plan.erasure_id, actor=plan.asked_by, now=time.time()
        )
        work.add("looks at what was masked", looks)


def _erase_reviews(work: _Work) -> None:
    plan = work.plan
    rows = erase_calls(
        work.engine,
        plan.subject.call_ids,
        work.needles.without,
        keeps_scores=plan.keeps_scores,
        erasure_id=plan.erasure_id,
        actor=plan.asked_by,
        now=time.time(),
    )
    work.add("rows of evaluations", rows)


def _compact_operations(work: _Work) -> None:
    url = work.engine.url
    if url.get_backend_name() == "postgresql":
        shared.write_anew(work.engine)
    elif url.database:
        work.engine.dispose()
        compact(Path(url.database))


def _erase_raw(work: _Work) -> None:
    work.add("raw documents", kept_files.erase_raw(work.settings, work.plan.subject))


def _erase_warehouse(work: _Work) -> None:
    settings = work.settings
    found = erase_from_warehouse(
        settings.warehouse_path, work.erased, minimum_n=settings.minimum_n, waiting=work.waiting
    )
    for table, count in found.rows.items():
        work.add(table, count)
    if settings.uses_lake:
        work.add("files of days in the making", shared.erase_days(settings, work.engine, work.plan.subject.days))


def _erase_snapshots(work: _Work) -> None:
    settings = work.settings
    found = erase_from_snapshots(
        settings.warehouse_path,
        settings.snapshot_path,
        work.erased,
        minimum_n=settings.minimum_n,
        waiting=work.waiting,
    )
    if found is not None:
        work.add("published days made again", len(found.days))
        work.add("earlier snapshots", found.snapshots)
    if settings.uses_lake:
        work.add("days of the lake made again", shared.erase_from_lake_of(settings, work.erased, work.say))


def _forget_alerts(work: _Work) -> None:
    """Once more: who was reading the old snapshot may have found a cause in it since the calls were forgotten."""
    with work.engine.begin() as connection:
        work.add("alerts", forget_calls(connection, work.plan.subject.call_ids))


def _erase_copies(work: _Work) -> None:
    work.add("copies of recordings", kept_files.erase_copies(work.settings, work.plan.subject))


def _erase_local_service(work: _Work) -> None:
    work.add("of the local service", kept_files.erase_from_local_service(work.settings, work.plan.subject))


def _scrub_history(work: _Work) -> None:
    work.add("places in history and logs", kept_files.scrub_history(work.settings, work.needles))
    if work.settings.uses_workers:
        work.add("places in the shared history", shared.scrub_history(work.settings, work.needles))


def _remove_recordings(work: _Work) -> None:
    if work.plan.with_recordings:
        work.add("files of the landing zone", remove(work.plan.subject.files, work.settings))


STEPS: Sequence[tuple[str, Callable[[_Work], None]]] = (
    (TOMBSTONES, _set_tombstones),
    ("ledger", _erase_rows),
    ("evaluations", _erase_reviews),
    ("raw JSON", _erase_raw),
    ("working database", _erase_warehouse),
    ("published tables", _erase_snapshots),
    ("alerts", _forget_alerts),
    ("operations database", _compact_operations),
    ("copies of recordings", _erase_copies),
    ("local service", _erase_local_service),
    ("history and logs", _scrub_history),
    ("recordings", _remove_recordings),
)
