"""What an erasure prints: what it would touch, what it removed, the proof, and what is the user's own."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence

from rich.table import Table

from qa_pipeline.erasing.beginning import Erasure
from qa_pipeline.erasing.erasure import Erased
from qa_pipeline.erasing.landed_files import NamingList
from qa_pipeline.erasing.plan import LandedFile, Plan
from qa_pipeline.erasing.proof import Looked
from qa_pipeline.looks.taken import Taken
from qa_pipeline.published.output import visible
from qa_pipeline.terminal import err, out, print_faults
from qa_pipeline.transcription.limits import byte_size
from qa_pipeline.wording.figures import count

LINES_SHOWN = 20


def print_plan(plan: Plan) -> None:
    """What would be touched."""
    subject = plan.subject
    out.print(f"Calls           {_some(sorted(subject.call_ids))}", markup=False)
    out.print(f"Recordings      {count(len(subject.recording_ids), 'recording')}", markup=False)
    out.print(
        f"Ledger          {count(len(subject.submissions), 'request')}, {subject.billed_s:,.0f} s billed", markup=False
    )
    out.print(f"Raw JSON        {count(len(subject.raw_paths), 'document')}", markup=False)
    kept = "keep ids, scores and hashes" if plan.keeps_scores else "go wholly"
    out.print(f"Evaluations     {kept} (setting erased_evaluations)", markup=False)
    what = "are deleted" if plan.with_recordings else "stay, and are passed over from now on"
    out.print(f"Landing zone    {count(len(subject.files), 'file')} {what}", markup=False)
    for each in subject.files[:LINES_SHOWN]:
        out.print(f"                {each.uri}", markup=False)
    out.print(
        "Besides         all tables and snapshots, copies of recordings, the local service, Dagster's history, logs",
        markup=False,
    )


def print_result(erased: Erased) -> None:
    """What was removed and what proves it, or what is in the way."""
    if erased.plan.removed:
        out.print(f"Removed         {_counts(erased.plan.removed)}", markup=False)
    out.print(proof_table(erased.proof.rows()))
    print_faults(erased.proof.faults[:LINES_SHOWN])
    for path in erased.backups:
        err.print(
            f"✗ backup {path} holds it: delete it, or write it again with `qa-pipeline reviews backup {path}`",
            markup=False,
            style="red",
        )
    for path, reason in erased.unseen.items():
        err.print(
            f"✗ backup {path} can't be looked at ({reason}); make it readable, or say that it is gone for good: "
            f"`qa-pipeline erase --backup-gone {path}`",
            markup=False,
            style="red",
        )
    _print_users_own(erased.files, erased.lists)
    _print_taken(erased.taken)


def proof_table(rows: Sequence[Looked]) -> Table:
    """What was opened and how many files something was found in."""
    table = Table("place", "opened as", box=None, header_style="bold")
    for heading in ("files", "size", "found"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(row.place, row.reader, f"{row.files:,}", byte_size(row.size_bytes), f"{row.found:,}")
    files, found = sum(row.files for row in rows), sum(row.found for row in rows)
    table.add_row("all", "", f"{files:,}", byte_size(sum(row.size_bytes for row in rows)), f"{found:,}")
    return table


def print_erasures(erasures: Iterable[Erasure]) -> None:
    """One line each."""
    for each in erasures:
        asked = dt.datetime.fromtimestamp(each.asked_at, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
        state = "done, 0 found" if each.finished_at is not None else "not finished: run `qa-pipeline erase`"
        reason = f" ({each.reason})" if each.reason else ""
        calls = count(each.calls, "call")
        removed = f"; {_counts(json.loads(each.removed))}" if each.removed else ""
        out.print(f"{each.erasure_id[:8]}  {asked}  {calls} by {each.asked_by}{reason}: {state}{removed}", markup=False)


def print_elsewhere(homes: Sequence[str]) -> None:
    """Names what can't be seen from here."""
    for home in homes:
        out.print(f"Elsewhere       {home} is not seen from here: delete it there, but for erasure.key", markup=False)


def _print_users_own(files: Sequence[LandedFile], lists: Sequence[NamingList]) -> None:
    if files:
        out.print(
            f"Yours           {count(len(files), 'file')} of the landing zone, still there; later runs pass over them:",
            markup=False,
        )
        for each in files:
            out.print(f"                {each.uri}", markup=False)
    for listed in lists:
        lines = f", line {', '.join(map(str, listed.lines[:LINES_SHOWN]))}" if listed.lines else ""
        out.print(f"Yours           {listed.path}{lines} names it", markup=False)


def _print_taken(taken: Sequence[Taken]) -> None:
    if not taken:
        return
    out.print(f"Taken along     {count(len(taken), 'file')} by the register, in which it is or may be:", markup=False)
    for each in taken[-LINES_SHOWN:]:
        at = dt.datetime.fromtimestamp(each.at, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
        out.print(f"                {at}  {each.what} {visible(each.name)} by {visible(each.who)}", markup=False)
    if len(taken) > LINES_SHOWN:
        out.print("                all of them: `qa-pipeline exports --call ID`", markup=False)


def _counts(removed: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in removed.items())


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - LINES_SHOWN:,} more" if len(names) > LINES_SHOWN else ""
    return f"{', '.join(names[:LINES_SHOWN])}{more}"
