"""What `qa-pipeline doctor` says of what is published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.published import standing
from qa_pipeline.published.agent_channels import channel_groups
from qa_pipeline.published.newest import open_published, published_place
from qa_pipeline.published.snapshot import NothingPublished, Snapshot, SnapshotFile, UnreadableSnapshot
from qa_pipeline.recordings.agent_channel_swaps import is_outdated, outdated, suspected_swaps
from qa_pipeline.settings import Settings
from qa_pipeline.warehouse.marks import changed_snapshots
from qa_pipeline.wording.agent_channels import advice, holding, still_former, swapped

STALE_AFTER = dt.timedelta(days=2)


def snapshot(settings: Settings) -> Iterator[Finding]:
    """The newest snapshot, and what it shows of roles."""
    try:
        with open_published(settings) as snapshot:
            roles = list(_roles(snapshot, settings))
            [(calls, newest)] = snapshot.tuples("select count(*), cast(max(call_date) as varchar) from calls")
            age = standing.age(snapshot, dt.datetime.now(dt.UTC))
    except NothingPublished:
        fix = "`make demo` or `qa-pipeline run --from DAY` publishes one"
        yield Finding("snapshot", Level.WARN, f"nothing is published at {published_place(settings)}", fix)
        return
    except UnreadableSnapshot as error:
        yield Finding("snapshot", Level.FAIL, str(error), "run any day again to publish a new one")
        return
    text = f"{snapshot.name}: " + (f"{calls} calls, newest of {newest}" if calls else "no calls yet")
    if age is not None and age > STALE_AFTER:
        yield Finding("snapshot", Level.WARN, f"{text}, published {age.days} days ago", "is the schedule on?")
    else:
        yield Finding("snapshot", Level.OK, text)
    if snapshot.held_by:
        fix = "close it there; people open snapshots read-only (`duckdb -readonly`)"
        held = f"{snapshot.name} is open for writing in {snapshot.held_by}, so readers copy it first"
        yield Finding("snapshot", Level.WARN, held, fix)
    yield from roles
    if isinstance(snapshot, SnapshotFile):
        yield from _changed_snapshots(snapshot.path)


def _roles(snapshot: Snapshot, settings: Settings) -> Iterator[Finding]:
    """What says on which channel the agents are, and which setting of it looks wrong."""
    groups, rules = channel_groups(snapshot, settings), settings.agent_channel_rules
    if groups:
        yield Finding("agent channel", Level.OK, holding(groups))
    if (former := outdated(groups, rules)) is not None:
        yield Finding("agent channel", Level.WARN, still_former(former))
    for swap in suspected_swaps(group for group in groups if not is_outdated(group, rules)):
        lines = f":\n{swap.fix}" if swap.fix else ""
        yield Finding("agent channel", Level.WARN, swapped(swap), f"{advice(swap)}{lines}")


def _changed_snapshots(newest: Path) -> Iterator[Finding]:
    for changed in changed_snapshots(newest.parent):
        is_newest = changed == newest
        fix = (
            "run any day again: the next one is made without the change" if is_newest else "nothing reads it; delete it"
        )
        yield Finding("snapshot", Level.WARN, f"somebody has changed {changed.name} since it was published", fix)
