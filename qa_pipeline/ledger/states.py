"""The states of a unit of work and the moves between them.

    planned → sending → submitted → succeeded → fetched → parsed
                 ├─────────────────────────────────► fetched  (a model that answers at once has no task)
                 │          └──────────┬──────────► failed   (final, with the service's code)
                 └─────────────────────┴──────────► unknown  (may have been billed; resent only on a person's word)

A unit is one channel of one recording. `sending` is committed before the request leaves, so a crash at any
moment leaves a row that says whether money may have been spent.
"""

from __future__ import annotations

from enum import StrEnum


class UnitState(StrEnum):
    """Where a unit of work stands."""

    PLANNED = "planned"
    SENDING = "sending"
    SUBMITTED = "submitted"
    SUCCEEDED = "succeeded"
    FETCHED = "fetched"
    PARSED = "parsed"
    FAILED = "failed"
    UNKNOWN = "unknown"


ANSWERED = frozenset({UnitState.FETCHED, UnitState.PARSED})
"""The raw JSON is on disk: nothing is ever sent again for these."""

BAD_RESULT = "BAD_RESULT"
RAW_JSON_MISSING = "RAW_JSON_MISSING"
RAW_JSON_ELSEWHERE = "RAW_JSON_ELSEWHERE"
READING_FAULTS = frozenset({BAD_RESULT, RAW_JSON_MISSING, RAW_JSON_ELSEWHERE})
"""Our own codes on an answered unit: its document is there or was there, and could not be read."""

IMPORT_KIND = "import"
"""Engine kind of what was taken in from a file: nobody was asked, so it counts whatever the engine is."""

DUAL_MONO = "DUAL_MONO"
"""Code of a channel that was not sent because the other one carries the same sound."""

IMPORT_UNREADABLE = "IMPORT_UNREADABLE"
"""Our own code on an import: a transcript lies beside the recording and can't be used."""

FINAL = frozenset({*ANSWERED, UnitState.FAILED})
"""No run does anything more for these."""

UNDER_WAY = frozenset({UnitState.PLANNED, UnitState.SENDING, UnitState.SUBMITTED, UnitState.SUCCEEDED})
"""Still on their way: a later run goes on with them."""

RESUMABLE = frozenset(
    {UnitState.PLANNED, UnitState.SENDING, UnitState.SUBMITTED, UnitState.SUCCEEDED, UnitState.UNKNOWN}
)
"""Something can still come of these."""

TAKEN = frozenset({UnitState.SUBMITTED, UnitState.SUCCEEDED})
"""The service has a task, and its result is not here."""

MAY_BE_PAID = frozenset({*ANSWERED, UnitState.SENDING, UnitState.SUBMITTED, UnitState.SUCCEEDED, UnitState.UNKNOWN})
"""Sent, or on the way out: the service may have billed it, or may yet."""

MOVES: dict[UnitState, frozenset[UnitState]] = {
    UnitState.PLANNED: frozenset({UnitState.SENDING, UnitState.FAILED, UnitState.SUBMITTED}),
    UnitState.SENDING: frozenset(
        {UnitState.PLANNED, UnitState.SUBMITTED, UnitState.FETCHED, UnitState.FAILED, UnitState.UNKNOWN}
    ),
    UnitState.SUBMITTED: frozenset({UnitState.SUCCEEDED, UnitState.FETCHED, UnitState.FAILED, UnitState.UNKNOWN}),
    UnitState.SUCCEEDED: frozenset({UnitState.FETCHED, UnitState.UNKNOWN}),
    UnitState.FETCHED: frozenset({UnitState.PARSED}),
    UnitState.PARSED: frozenset({UnitState.FETCHED}),
    UnitState.FAILED: frozenset(),
    UnitState.UNKNOWN: frozenset({UnitState.SUBMITTED, UnitState.FETCHED, UnitState.PLANNED}),
}
"""What may follow what; the ledger refuses any other move.

A better parser may reopen `parsed`. `unknown` goes back to `planned` only when the service's own list proved that
the request never made a task; where it can't be proved a person plans a new attempt. A sender that was believed dead
may come back with a task's id or an answer: that counts, wherever the row was put meanwhile.
"""
