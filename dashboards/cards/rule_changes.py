"""What changed rules would change: rates before and after, calls that flip, teams and agents. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from dashboards.board.figures import Card, Cell, Column, Table, Tile, Tiles
from dashboards.cards.rows import call_address
from dashboards.cards.rule_hits import speaker
from dashboards.cards.scores import version_name
from qa_pipeline.judging.comparing import Flip, RuleChange
from qa_pipeline.judging.score_effects import Group, ScoreChange, ScoreSums
from qa_pipeline.rules.rates import Change, Rate
from qa_pipeline.wording.clocks import UNKNOWN, clock
from qa_pipeline.wording.evaluations import score_text
from qa_pipeline.wording.languages import t, tn
from qa_pipeline.wording.rules import outcome_label, reason_in_words

MOST_GROUPS = 20
"""Teams or agents that are listed of a rule: those with the greatest change."""

Named = Callable[[Group], str]


def change_tiles(change: RuleChange) -> Tiles:
    """The rate before and after, the change over the calls that both evaluate, and how many flip."""
    before, after = change.rates()
    paired = change.change()
    return Tiles(
        (
            Tile(t("Before"), rate_text(before), _interval(before)),
            Tile(t("After"), rate_text(after), _interval(after)),
            Tile(t("Difference"), points_text(paired), _points_interval(paired)),
            Tile(t("Calls that flip"), f"{sum(change.flips().values()):,}"),
        )
    )


def change_title(change: RuleChange) -> str:
    """The rule with its versions: Greets the customer: 1a2b3c4d → 5e6f7a8b."""
    old = version_name(change.old_version) if change.old_version else t("new")
    new = version_name(change.new_version) if change.new_version else t("gone")
    return t("{rule}: {old} → {new}", rule=change.title, old=old, new=new)


def rate_text(rate: Rate) -> str:
    """A rate: 62.5%."""
    return UNKNOWN if rate.share is None else f"{rate.share:.1%}"


def points_text(change: Change) -> str:
    """A change of a rate: +1.5 points."""
    return UNKNOWN if change.share is None else t("{points} points", points=_signed(change.share))


def _signed(share: float) -> str:
    return f"{share * 100:+.1f}".replace("-", "−")


def _interval(rate: Rate) -> str:
    if rate.low is None or rate.high is None:
        return t("nothing evaluated")
    evaluated = tn("{n} call evaluated", "{n} calls evaluated", rate.n)
    return f"({rate.low:.1%} – {rate.high:.1%}) {evaluated}"


def _points_interval(change: Change) -> str:
    if change.low is None or change.high is None:
        return t("no call that both evaluate")
    over = tn("over {n} call", "over {n} calls", change.n)
    return t("({low} to {high}) {over}", low=_signed(change.low), high=_signed(change.high), over=over)


def kinds_card(change: RuleChange) -> Card:
    """How many calls come to what else."""
    flips = sorted(change.flips().items(), key=lambda each: (-each[1], each[0]))
    if not flips:
        return Card(t("What flips"), notes=(t("No call comes to anything else."),))
    lines = [
        (Cell(outcome_label(one)), Cell(outcome_label(other)), Cell(f"{calls:,}")) for (one, other), calls in flips
    ]
    columns = (Column(t("Before")), Column(t("After")), Column(t("Calls"), is_number=True))
    return Card(t("What flips"), Table(columns, tuple(lines)))


def flips_card(
    change: RuleChange, examples: Mapping[tuple[str, str, str], Sequence[Flip]], named: Callable[[str | None], str],
    hidden: Collection[str], most: int,
) -> Card | None:  # fmt: skip
    """Examples of calls that flip, of each kind; each opens where the evidence is. `hidden` calls are left out. None
    without any."""
    lines = []
    for (rule_id, before, after), flips in sorted(examples.items()):
        if rule_id == change.rule_id:
            shown = [flip for flip in flips if flip.call_id not in hidden]
            lines += [_flip_line(flip, outcome_label(before), outcome_label(after), named) for flip in shown]
    columns = (
        Column(t("Call")), Column(t("Day")), Column(t("Agent")), Column(t("Before")), Column(t("After")),
        Column(t("Why, or where")), Column(t("Play"), is_number=True),
    )  # fmt: skip
    if not lines:
        return None
    note = t("Up to {n} calls of each kind; the file has all.", n=most)
    return Card(t("Calls that flip"), Table(columns, tuple(lines)), notes=(note,))


def _flip_line(flip: Flip, before: str, after: str, named: Callable[[str | None], str]) -> tuple[Cell, ...]:
    hit = flip.evidence
    at_s = None if hit is None or hit.begin_ms is None else hit.begin_ms / 1000
    href = call_address(flip.call_id, at_s)
    if hit is None:
        why = reason_in_words(flip.reason) or UNKNOWN
    else:
        why = f"{speaker(hit.role)}: {hit.text or t('nothing of it is said')}"
    return (
        Cell(flip.call_id, href),
        Cell(str(flip.call_date or UNKNOWN)),
        Cell(named(flip.agent_id)),
        Cell(before),
        Cell(after),
        Cell(why, tone="words"),
        Cell(UNKNOWN if at_s is None else f"▶ {clock(at_s)}", href if at_s is not None else ""),
    )


def groups_card(change: RuleChange, dimension: str, of: str, named: Named) -> Card | None:
    """Rates of teams or agents before and after; None where nothing changes for any of them."""
    groups = change.groups(dimension)
    if not groups:
        return None
    lines = []
    for group in groups[:MOST_GROUPS]:
        before, after = change.rates(group)
        paired = change.change(group)
        lines.append(
            (
                Cell(named(group)),
                Cell(rate_text(before), note=_span(before)),
                Cell(rate_text(after), note=_span(after)),
                Cell(points_text(paired), note=_points_interval(paired)),
            )
        )
    columns = (
        Column(of),
        *(Column(word, is_number=True) for word in (t("Before"), t("After"), t("Difference"))),
    )
    left = len(groups) - MOST_GROUPS
    notes = (t("And {n} more, with smaller changes.", n=left),) if left > 0 else ()
    return Card(t("Effect by {group}", group=of.lower()), Table(columns, tuple(lines)), notes=notes)


def _span(rate: Rate) -> str:
    return "" if rate.low is None or rate.high is None else f"({rate.low:.1%} – {rate.high:.1%}), n {rate.n:,}"


def scores_card(change: ScoreChange, named: Named) -> Card:
    """What becomes of the scores that rules give by a card: of all, of teams and of agents."""
    title = t("Scores by {card}", card=change.title)
    everybody = change.everybody
    if not everybody.is_touched:
        return Card(
            title, notes=(tn("No score changes over {n} call.", "No score changes over {n} calls.", everybody.n),)
        )
    rows = [_scores_line(t("all"), everybody)]
    left = 0
    for dimension in ("team", "agent"):
        groups = change.groups(dimension)
        rows += [_scores_line(named(group), sums) for group, sums in groups[:MOST_GROUPS]]
        left += max(0, len(groups) - MOST_GROUPS)
    columns = (
        Column(t("Of whom")),
        *(
            Column(word, is_number=True)
            for word in (
                t("Before"),
                t("After"),
                t("Difference"),
                t("Calls with another score"),
                t("Without a score now"),
            )
        ),
    )
    notes = [t("Scores that rules give, by version {version} of the card.", version=version_name(change.version))]
    notes += [t("And {n} more, with smaller changes.", n=left)] if left else []
    return Card(title, Table(columns, tuple(rows)), notes=tuple(notes))


def _scores_line(name: str, sums: ScoreSums) -> tuple[Cell, ...]:
    before, after = sums.means or (None, None)
    by = UNKNOWN if before is None or after is None else _signed((after - before) / 100)
    within = sums.interval
    span = t("({low} to {high})", low=_signed(within.low / 100), high=_signed(within.high / 100)) if within else ""
    return (
        Cell(name),
        Cell(score_text(before)),
        Cell(score_text(after)),
        Cell(by, note=span),
        Cell(f"{sums.changed:,}", note=tn("of {n} call", "of {n} calls", sums.n)),
        Cell(f"{sums.lost:,}"),
    )
