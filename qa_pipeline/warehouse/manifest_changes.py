"""Puts what a publish has made into the manifest: the days of its run, what came late to other days, merged parts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from qa_pipeline.search.folding import FOLDING
from qa_pipeline.warehouse.day_parts import KEYS, PUBLISHED_TABLES, SEARCH_TEXTS, DayParts
from qa_pipeline.warehouse.day_rows import EVALUATION_TABLES, FACT_TABLES, LATE_TABLES, WHOLE_TABLES
from qa_pipeline.warehouse.held import Say
from qa_pipeline.warehouse.merging import AT_ONCE_BYTES, affordable, merges
from qa_pipeline.warehouse.parts import Day, Manifest, Part


def show_days(
    day_parts: DayParts, manifest: Manifest, days: Sequence[Day], made: Mapping[str, Mapping[Day, Part]]
) -> None:
    """Puts the parts of whole days, by table, into a manifest; a table without one has no rows on that day."""
    for table in PUBLISHED_TABLES:
        manifest.parts[table] = _with_days(day_parts, manifest, table, days, dict(made.get(table, {})))


def replace_days(day_parts: DayParts, manifest: Manifest, days: Sequence[dt.date]) -> dict[str, int]:
    """Puts the days of the run, and those that they take calls from, into the manifest; returns the run's rows."""
    rows = dict.fromkeys((*FACT_TABLES, SEARCH_TEXTS), 0)
    left = day_parts.find_left_days(days)
    made: dict[str, dict[Day, Part]] = {}
    chosen: list[Day] = [None, *days, *left]
    for day in chosen:
        parts = day_parts.of_left_day(day) if day in left and day is not None else day_parts.of_run_day(day)
        for table, part in parts.items():
            made.setdefault(table, {})[day] = part
            if day not in left and table != KEYS:
                rows[table] = rows.get(table, 0) + part.rows
    show_days(day_parts, manifest, chosen, made)
    return rows


def replace_whole_tables(day_parts: DayParts, manifest: Manifest) -> dict[str, int]:
    rows = {}
    for table in WHOLE_TABLES:
        part = day_parts.of_whole_table(table)
        manifest.parts[table] = [part] if part else []
        rows[table] = part.rows if part else 0
    return rows


def replace_late_rows(day_parts: DayParts, manifest: Manifest, days: Sequence[dt.date]) -> None:
    """Outcomes and evaluations come, and change, days after their calls: those of other published days that did since
    the last publish are published with this one, and nothing else of these days."""
    since = manifest.publications[-1].published_at if manifest.publications else dt.datetime.min.replace(tzinfo=dt.UTC)
    known = manifest.days().difference(days)
    for table in LATE_TABLES:
        shown = {day for part in manifest.parts.get(table, []) for day in part.days if day in known}
        may_be_gone = shown if table in EVALUATION_TABLES else set()
        late = sorted(known.intersection(day_parts.late_days(table, since, may_be_gone)))
        made: dict[Day, Part] = {day: part for day in late if (part := day_parts.of_table_on(table, day))}
        manifest.parts[table] = _with_days(day_parts, manifest, table, late, made)


def _with_days(
    day_parts: DayParts, manifest: Manifest, table: str, days: Iterable[Day], made: dict[Day, Part]
) -> list[Part]:
    """A table's parts with `days` replaced, as far as they changed: in parts with other days they are hidden."""
    changed = {day for day in days if _is_changed(day_parts, manifest, table, day, made.get(day))}
    parts: list[Part] = []
    for part in manifest.parts.get(table, []):
        shown = tuple(day for day in part.days if day not in changed)
        if shown == part.days:
            parts.append(part)
        elif shown:
            hidden = (*part.hidden, *(day for day in part.days if day in changed))
            parts.append(replace(part, days=shown, hidden=hidden))
    return [*parts, *(part for day, part in made.items() if day in changed)]


def _is_changed(day_parts: DayParts, manifest: Manifest, table: str, day: Day, made: Part | None) -> bool:
    before = manifest.with_days(table, [day])
    if before == ([made] if made else []):
        return False
    return not before or made is None or not day_parts.is_same(table, day, made)


def fold_again(day_parts: DayParts, manifest: Manifest, say: Say) -> None:
    """Texts for searches that were folded by other rules."""
    if manifest.folding == FOLDING:
        return
    say("the texts for searches are folded anew by this version's rules, once")
    folded = [day_parts.texts_of_day(day) for day in sorted(manifest.days())]
    manifest.parts[SEARCH_TEXTS] = [part for part in folded if part]
    manifest.folding = FOLDING


def merge_parts(day_parts: DayParts, manifest: Manifest) -> None:
    if not (days := manifest.days()):
        return
    wanted = [merge for table, parts in manifest.parts.items() for merge in merges(table, parts, max(days))]
    for merge in affordable(wanted, AT_ONCE_BYTES):
        merged = day_parts.merged(merge.table, merge.parts)
        manifest.parts[merge.table] = [part for part in manifest.parts[merge.table] if part not in merge.parts]
        manifest.parts[merge.table].append(merged)
