"""What doctor says of a ledger that several machines share: clocks, who is at work, claims, pace, and answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial

from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.errors import UserError
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.states import UNDER_WAY
from qa_pipeline.ledger.workers import Machine, WorkerRegister, unshared_machines
from qa_pipeline.service.access import reach_service
from qa_pipeline.service.pace_table import PaceTable, shared_pace
from qa_pipeline.settings import Settings
from qa_pipeline.wording.figures import count

NOTABLE_SKEW_S = 5.0
"""Sending goes by the database's clock and minds no other; what a wrong clock does to a call's date, people mind."""

_found = partial(Finding, "shared ledger")


def shared_ledger_findings(settings: Settings, ledger: Ledger) -> Iterator[Finding]:
    """What is to be said of the parts; nothing where the ledger is a file of this machine."""
    pace = shared_pace(settings)
    if not ledger.is_shared or pace is None:
        return
    register = WorkerRegister(ledger.engine)
    yield from _clocks(register, pace)
    yield from _claims(ledger, register)
    yield from _pace(settings, pace)
    yield from _answers(settings, register)


def _clocks(register: WorkerRegister, pace: PaceTable) -> Iterator[Finding]:
    ahead_s = pace.database_clock.skew_s
    others = ", ".join(_clock_of(machine) for machine in register.machines())
    text = f"this machine's clock is {ahead_s:+.1f} s from the database's, by which requests are sent"
    text += f"; when they last sent: {others}" if others else ""
    if abs(ahead_s) < NOTABLE_SKEW_S:
        yield _found(Level.OK, text)
    else:
        yield _found(Level.WARN, text, "let a time server set it: files and calls are dated by it")


def _clock_of(machine: Machine) -> str:
    seen = dt.datetime.fromtimestamp(machine.seen_at, dt.UTC)
    return f"{machine.host} {machine.clock_ahead_s:+.1f} s at {seen:%Y-%m-%d %H:%M} UTC"


def _claims(ledger: Ledger, register: WorkerRegister) -> Iterator[Finding]:
    living, now = register.living(), ledger.clock()
    held = [row for row in ledger.in_states(UNDER_WAY) if row.held_until is not None and row.held_until >= now]
    theirs = [row for row in held if row.worker_id not in living]
    text = f"{count(len(living), 'worker')} at work, {count(len(held), 'channel')} claimed"
    if not theirs:
        yield _found(Level.OK, text)
        return
    longest_s = max((row.held_until or now) - now for row in theirs)
    text += f", {len(theirs)} of them by workers that fell silent"
    yield _found(Level.WARN, text, f"nothing to do: the last of these claims runs out in {longest_s:.0f} s")


def _pace(settings: Settings, pace: PaceTable) -> Iterator[Finding]:
    try:
        limits = reach_service(settings).limits
    except UserError as error:
        yield _found(Level.WARN, f"the account's pace is not looked at: {error}")
        return
    state = pace.read(f"{limits.account}:submits")
    text = f"at most {limits.requests_per_minute:g} requests a minute over all machines"
    if state is None:
        yield _found(Level.OK, f"{text}; nobody has sent yet")
        return
    held_s = state.held_until - pace.clock()
    if held_s > 0:
        text += f"; the service has said that it is too much, so nobody sends for {held_s:.0f} s"
    yield _found(Level.OK, text)


def _answers(settings: Settings, register: WorkerRegister) -> Iterator[Finding]:
    if settings.raw_bucket is None:
        apart = unshared_machines(register)
        if apart:
            names = ", ".join(sorted({f"{machine.host} ({machine.home})" for machine in apart}))
            yield _found(
                Level.FAIL,
                f"{names} send from this ledger, and none can read what another one fetched",
                "set QA_RAW_BUCKET to the same bucket on all of them, and copy raw/ of each into it once",
            )
        return
    yield _found(Level.OK, f"raw JSON of all machines is in {settings.raw_bucket}")
