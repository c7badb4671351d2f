"""Shows what changed rules would change in all stored calls, before anything is published."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from qa_pipeline.commands.rules.check import chosen_files
from qa_pipeline.commands.rules.trial import evidence_line
from qa_pipeline.commands.taking import note_taken
from qa_pipeline.judging.card_files import project_cards
from qa_pipeline.judging.comparing import Compared, Flip, RuleChange, changed_rules, compare_stored, total
from qa_pipeline.judging.flips import COLUMNS, flip_row
from qa_pipeline.judging.rule_files import load_book, rule_files, rules_folder
from qa_pipeline.judging.score_effects import Group, ScoreChange, ScoreSums
from qa_pipeline.looks.taken import InIt
from qa_pipeline.published.newest import open_published
from qa_pipeline.rules.book import RuleBook
from qa_pipeline.rules.rates import Change, Rate
from qa_pipeline.rules.reading import BadRules
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, CommandError, PlainProgress, err, out
from qa_pipeline.wording.figures import count
from qa_pipeline.wording.rules import reason_in_words

MOST_GROUPS = 5
"""Agents and teams that are shown of a rule: those with the greatest change."""


def diff_command(
    files: Sequence[Path],
    days: tuple[dt.date | None, dt.date | None],
    *,
    old: Sequence[Path],
    csv_file: Path | None,
    examples: int,
) -> int:
    """Prints each changed rule with its flips and rates. 0 whatever it finds."""
    settings = load_settings()
    before, after = _books(settings, old, chosen_files(files))
    if not changed_rules(before, after):
        out.print("no rule differs: the files say what is in use already")
        return EXIT_OK
    if csv_file is not None and csv_file.exists():
        raise CommandError(f"{csv_file} is there already; name another file with --csv, or delete it")
    shown: dict[tuple[str, str, str], list[Flip]] = {}
    with open_published(settings) as snapshot, snapshot.cursor() as cursor, ExitStack() as stack:
        first, last = stored_days(snapshot.tuples("select min(call_date), max(call_date) from calls"), days)
        cards = project_cards(settings)
        compared = compare_stored(cursor, before, after, (first, last), settings.metrics, cards=cards)
        writer = _writer(stack, csv_file)
        calls, changes, scores = total(_watched(compared, shown, examples, writer))
    out.print(f"{count(calls, 'call')} from {first} to {last}, judged by both", markup=False)
    for change in changes:
        _print(change, shown)
    for score in scores:
        _print_scores(score)
    for fault in cards.faults:
        err.print(f"✗ {fault} So scores by this card are not in it.", markup=False, style="red")
    if csv_file is not None:
        in_it = InIt(rows=sum(sum(each.flips().values()) for each in changes), calls=None)
        for day in (first, last):
            in_it.add_day(day.isoformat())
        note_taken(settings, "rule flips", csv_file, in_it)
        out.print(f"✓ {csv_file}: every call that flips", markup=False)
    return EXIT_OK


def stored_days(
    found: Sequence[tuple[Any, ...]], days: tuple[dt.date | None, dt.date | None]
) -> tuple[dt.date, dt.date]:
    """The days that are meant, within those that are stored.

    Raises:
        CommandError: nothing is stored, or the days are the wrong way round.
    """
    [(first, last)] = found
    if first is None:
        raise CommandError("no call with a date is published; `qa-pipeline run` takes some in")
    chosen = days[0] or first, days[1] or last
    if chosen[0] > chosen[1]:
        raise CommandError(f"--from {chosen[0]} is after --to {chosen[1]}; swap them")
    return chosen


def _books(settings: Settings, old: Sequence[Path], new: Sequence[Path]) -> tuple[RuleBook, RuleBook]:
    """The rules as they are, and with the changed ones in their places."""
    files = list(old) or rule_files(rules_folder(settings))
    try:
        return load_book(files), load_book(files, new)
    except BadRules as error:
        raise CommandError(str(error)) from None


def _writer(stack: ExitStack, target: Path | None) -> Any:
    if target is None:
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    writer = csv.writer(stack.enter_context(target.open("w", encoding="utf-8", newline="")))
    writer.writerow(COLUMNS)
    return writer


def _watched(
    compared: Iterable[Compared], shown: dict[tuple[str, str, str], list[Flip]], examples: int, writer: Any
) -> Iterator[Compared]:
    """Notes examples of each kind of flip, writes all where they are wanted, and says how far it is."""
    progress, calls = PlainProgress(err), 0
    for each in compared:
        calls += each.calls
        progress.show("compared", f"{count(calls, 'call')} judged")
        for flip in each.flips:
            of_kind = shown.setdefault((flip.rule_id, flip.before, flip.after), [])
            if len(of_kind) < examples:
                of_kind.append(flip)
            if writer is not None:
                writer.writerow(flip_row(flip))
        yield each


def _print(change: RuleChange, shown: dict[tuple[str, str, str], list[Flip]]) -> None:
    versions = f"{change.old_version or 'new'} → {change.new_version or 'gone'}"
    out.print(f"\n{change.rule_id}: {change.title} ({versions})", markup=False)
    before, after = change.rates()
    out.print(f"  rate      {_rate(before)} → {_rate(after)}", markup=False)
    out.print(f"  change    {_change(change.change())}", markup=False)
    for (one, other), calls in change.flips().items():
        out.print(f"  {one} → {other}: {count(calls, 'call')}", markup=False)
        for flip in shown.get((change.rule_id, one, other), ()):
            why = evidence_line(flip.evidence) if flip.evidence else reason_in_words(flip.reason)
            out.print(f"      {flip.call_id}  {why}".rstrip(), markup=False)
    for dimension in ("team", "agent"):
        groups = change.groups(dimension)
        for group in groups[:MOST_GROUPS]:
            _print_group(change, group)
        if len(groups) > MOST_GROUPS:
            out.print(f"  … and {count(len(groups) - MOST_GROUPS, dimension)} more", markup=False)


def _print_scores(change: ScoreChange) -> None:
    """What becomes of a machine's scores by a card: of all, of teams and of agents."""
    out.print(f"\nscores by {change.scorecard}: {change.title} ({change.version})", markup=False)
    out.print(f"  {_scores(change.everybody)}", markup=False)
    for dimension in ("team", "agent"):
        groups = change.groups(dimension)
        for group, sums in groups[:MOST_GROUPS]:
            out.print(f"  {group[0]} {group[1]}: {_scores(sums)}", markup=False)
        if len(groups) > MOST_GROUPS:
            out.print(f"  … and {count(len(groups) - MOST_GROUPS, dimension)} more", markup=False)


def _scores(sums: ScoreSums) -> str:
    said = f"no score changes over {count(sums.n, 'call')}"
    if sums.means is not None and sums.changed:
        before, after = sums.means
        within = f" ({sums.interval.low:+.1f} to {sums.interval.high:+.1f})" if sums.interval else ""
        said = (
            f"{before:.1f}% → {after:.1f}%, {after - before:+.1f} points{within} over {count(sums.n, 'call')}, "
            f"{sums.changed:,} of them changed"
        )
    lost = f", {count(sums.lost, 'call')} without a score any more" if sums.lost else ""
    gained = f", {count(sums.gained, 'call')} with one for the first time" if sums.gained else ""
    return f"{said}{lost}{gained}"


def _print_group(change: RuleChange, group: Group) -> None:
    before, after = change.rates(group)
    out.print(
        f"  {group[0]} {group[1]}: {_rate(before)} → {_rate(after)}, {_change(change.change(group))}", markup=False
    )


def _rate(rate: Rate) -> str:
    if rate.share is None or rate.low is None or rate.high is None:
        return "nothing evaluated"
    return f"{rate.share:.1%} ({rate.low:.1%} to {rate.high:.1%}, n {rate.n:,})"


def _change(change: Change) -> str:
    if change.share is None or change.low is None or change.high is None:
        return "no call that both evaluate"
    points = [100 * value for value in (change.share, change.low, change.high)]
    return f"{points[0]:+.1f} points ({points[1]:+.1f} to {points[2]:+.1f}) over {count(change.n, 'call')}"
