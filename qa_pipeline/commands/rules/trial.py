"""Tries rules on one call and shows what each condition comes to, so that a lead sees why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from qa_pipeline.commands.rules.check import used_book
from qa_pipeline.judging.stored_calls import read_stored_call
from qa_pipeline.published.newest import open_published
from qa_pipeline.rules.book import BookedRule, RuleBook
from qa_pipeline.rules.calls import RuleCall
from qa_pipeline.rules.compiled import Compiled
from qa_pipeline.rules.conditions import AppliesTo
from qa_pipeline.rules.describing import described
from qa_pipeline.rules.dialogue import BadDialogue, read_dialogue
from qa_pipeline.rules.evaluation import Judge, RuleOutcome
from qa_pipeline.rules.verdicts import Hit, Outcome, State, Verdict
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, CommandError, out
from qa_pipeline.wording.rules import reason_in_words

SIGNS = {State.HIT: "✓", State.MISS: "✗", State.UNKNOWN: "?"}
MOST_EVIDENCE = 5
"""Places that are shown of a condition."""


def trial_command(
    files: Sequence[Path],
    *,
    call_id: str | None,
    dialogue: Path | None,
    text: str | None,
    role: Literal["agent", "customer"],
    only: str | None,
) -> int:
    """Prints the outcome of each rule, its conditions below it."""
    if sum(each is not None for each in (call_id, dialogue, text)) != 1:
        raise CommandError("name one of --call, --dialogue and --text")
    book = used_book(files)
    if only is not None and only not in book:
        raise CommandError(f"there is no rule {only}; the rules are {', '.join(rule.id for rule in book.rules)}")
    call = _stored(call_id, book) if call_id is not None else written_call(dialogue, text, role)
    for rule in book.rules:
        if only in (None, rule.id):
            _try(call if call_id is not None else _as_meant(call, rule.rule.applies_to), book, rule)
    return EXIT_OK


def _as_meant(call: RuleCall, to: AppliesTo) -> RuleCall:
    """A call that is written down; what nobody wrote of it is as the rule wants it: its conditions are to be tried."""
    return replace(
        call,
        queue=call.queue or (to.queue or (None,))[0],
        direction=call.direction or (to.direction or (None,))[0],
        languages=call.languages or frozenset(to.language or ()),
    )


def _stored(call_id: str, book: RuleBook) -> RuleCall:
    settings = load_settings()
    with open_published(settings) as snapshot, snapshot.cursor() as cursor:
        call = read_stored_call(cursor, call_id, book, settings.metrics)
    if call is None:
        raise CommandError(f"there is no published call {call_id} that can be judged")
    return call


def written_call(dialogue: Path | None, text: str | None, role: str) -> RuleCall:
    try:
        content = text if text is not None else dialogue.read_text(encoding="utf-8-sig") if dialogue else ""
        return read_dialogue(content, speaker=role)
    except BadDialogue as error:
        raise CommandError(f"{dialogue or 'the text'}: {error}") from None
    except UnicodeDecodeError as error:
        raise CommandError(f"{dialogue} is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise CommandError(f"{dialogue}: {error.strerror}") from None


def _try(call: RuleCall, book: RuleBook, rule: BookedRule) -> None:
    told: list[tuple[int, Compiled, Verdict]] = []
    outcome = Judge(call, book, lambda depth, compiled, verdict: told.append((depth, compiled, verdict))).outcome(rule)
    out.print(f"{rule.id} {rule.version}: {_outcome(outcome)}", markup=False)
    shown: set[int] = set()
    for label, top in (("when", rule.when), ("condition", rule.condition)):
        if top is None:
            continue
        out.print(f"  {label}", markup=False)
        for depth, compiled, verdict in _in_reading_order(top, told):
            if id(compiled) in shown:
                continue
            shown.add(id(compiled))
            blanks = "  " * (depth + 2)
            why = f": {reason_in_words(', '.join(verdict.reasons))}" if verdict.reasons else ""
            out.print(f"{blanks}{SIGNS[verdict.state]} {described(compiled.condition)}{why}", markup=False)
            for hit in verdict.hits[:MOST_EVIDENCE] if not list(compiled.children()) else ():
                out.print(f"{blanks}    {evidence_line(hit)}", markup=False)
    if rule.rule.what_to_do and outcome.outcome in (Outcome.HIT, Outcome.MISS):
        out.print(f"  what to do: {rule.rule.what_to_do}", markup=False)
    out.print()


def _in_reading_order(
    top: Compiled, told: Sequence[tuple[int, Compiled, Verdict]]
) -> list[tuple[int, Compiled, Verdict]]:
    """Of a condition and those inside it what each came to, the outer ones first; but for what was not looked at."""
    by_condition = {id(compiled): (depth, compiled, verdict) for depth, compiled, verdict in told}
    return [by_condition[id(each)] for each in top.walk() if id(each) in by_condition]


def _outcome(outcome: RuleOutcome) -> str:
    reason = f", {reason_in_words(outcome.reason)}" if outcome.reason else ""
    return f"{outcome.outcome.value}{reason}"


def evidence_line(hit: Hit) -> str:
    """Who says what, when: `0:02.0 agent: Thank you for calling`."""
    when = "" if hit.begin_ms is None else f"{hit.begin_ms // 60_000}:{hit.begin_ms % 60_000 / 1000:04.1f} "
    if hit.sentence_id is None:
        to = "" if hit.end_ms is None else f"to {hit.end_ms // 60_000}:{hit.end_ms % 60_000 / 1000:04.1f} "
        return f"{when}{to}{hit.role}: nothing of it is said"
    return f"{when}{hit.role}: {hit.text}"
