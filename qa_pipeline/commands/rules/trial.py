"""Tries rules on one call and shows what each condition comes to, so that a lead sees why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from qa_pipeline.commands.rules.check import used_book
from qa_pipeline.judging.stored_calls import read_stored_call
from qa_pipeline.judging.trial import Part, Trial, as_meant, try_rule
from qa_pipeline.published.newest import open_published
from qa_pipeline.rules.book import RuleBook
from qa_pipeline.rules.calls import RuleCall
from qa_pipeline.rules.dialogue import BadDialogue, read_dialogue
from qa_pipeline.rules.evaluation import RuleOutcome
from qa_pipeline.rules.verdicts import Hit, Outcome, State
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, CommandError, out
from qa_pipeline.wording.rule_conditions import described
from qa_pipeline.wording.rules import reason_in_words

SIGNS = {State.HIT: "✓", State.MISS: "✗", State.UNKNOWN: "?"}


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
            meant = call if call_id is not None else as_meant(call, rule.rule.applies_to)
            _print(try_rule(meant, book, rule))
    return EXIT_OK


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


def _print(trial: Trial) -> None:
    rule, outcome = trial.rule, trial.outcome
    out.print(f"{rule.id} {rule.version}: {_outcome(outcome)}", markup=False)
    part: Part | None = None
    for step in trial.steps:
        if step.part != part:
            part = step.part
            out.print(f"  {part}", markup=False)
        blanks = "  " * (step.depth + 2)
        why = f": {reason_in_words(', '.join(step.verdict.reasons))}" if step.verdict.reasons else ""
        out.print(f"{blanks}{SIGNS[step.verdict.state]} {described(step.condition)}{why}", markup=False)
        for hit in step.evidence:
            out.print(f"{blanks}    {evidence_line(hit)}", markup=False)
    if rule.rule.what_to_do and outcome.outcome in (Outcome.HIT, Outcome.MISS):
        out.print(f"  what to do: {rule.rule.what_to_do}", markup=False)
    out.print()


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
