"""Precision and recall of the rules in samples/rules, against what people have said of sentences and calls.

Sentences are those of samples/rules/utterances.csv, calls those of samples/rules/labels.csv: transcripts of the sample
recordings, and of real recordings where a folder of them is given. What can't be told counts in neither.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa_pipeline.judging.rule_files import load_book, rule_files
from qa_pipeline.rules.book import RuleBook
from qa_pipeline.rules.calls import RuleCall, RuleSentence, WordTime, turns_of
from qa_pipeline.rules.evaluation import outcomes_of
from qa_pipeline.rules.verdicts import Outcome

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
RULES = SAMPLES / "rules"
AFTER_THE_END_MS = 500


@dataclass(slots=True)
class Counted:
    """What a rule said of what people had labelled."""

    right: int = 0
    wrongly_found: int = 0
    missed: int = 0
    rightly_none: int = 0
    not_told: int = 0
    mistakes: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float | None:
        """Of what it found, the share that is right."""
        found = self.right + self.wrongly_found
        return self.right / found if found else None

    @property
    def recall(self) -> float | None:
        """Of what there is, the share that it found."""
        there = self.right + self.missed
        return self.right / there if there else None

    def add(self, outcome: Outcome, is_there: bool, what: str) -> None:
        """One sentence or call."""
        if outcome not in (Outcome.HIT, Outcome.MISS):
            self.not_told += 1
        elif outcome is Outcome.HIT:
            self.right += is_there
            self.wrongly_found += not is_there
        else:
            self.missed += is_there
            self.rightly_none += not is_there
        if outcome in (Outcome.HIT, Outcome.MISS) and (outcome is Outcome.HIT) != is_there:
            self.mistakes.append(what)


def sample_book() -> RuleBook:
    """The rules of samples/rules."""
    return load_book(rule_files(RULES))


def of_sentences(book: RuleBook) -> dict[tuple[str, str], Counted]:
    """By rule and language."""
    found: dict[tuple[str, str], Counted] = {}
    for row in _rows(RULES / "utterances.csv"):
        call = _call(row["said"][:40], row, [RuleSentence(0, 0, row["role"], 0, 5000, row["said"])], 5000)
        [outcome] = [each for each in outcomes_of(call, book) if each.rule.id == row["rule"]]
        counted = found.setdefault((row["rule"], row["language"]), Counted())
        counted.add(outcome.outcome, row["label"] == "yes", row["said"])
    return found


def of_calls(book: RuleBook, folders: Sequence[Path]) -> dict[str, Counted]:
    """By rule, over the labelled calls whose transcripts are in the folders."""
    found: dict[str, Counted] = {rule.id: Counted() for rule in book.rules}
    for row in _rows(RULES / "labels.csv"):
        transcript = next(
            (path for folder in folders for path in _transcripts(folder) if row["call_id"] in path.name), None
        )
        if transcript is None:
            continue
        call = transcribed_call(transcript, row)
        for outcome in outcomes_of(call, book):
            found[outcome.rule.id].add(outcome.outcome, row[outcome.rule.id] == "yes", row["call_id"])
    return found


def transcribed_call(transcript: Path, row: dict[str, str]) -> RuleCall:
    """A call of a transcript in the service's shape, with the labels of its channels."""
    document = json.loads(transcript.read_text(encoding="utf-8"))
    agent_channel = int(row["agent_channel"])
    said = sorted(
        (
            _sentence(
                sentence, channel["channel_id"], "agent" if channel["channel_id"] == agent_channel else "customer"
            )
            for channel in document["transcripts"]
            for sentence in channel["sentences"]
        ),
        key=lambda each: each.begin_ms or 0,
    )
    return _call(row["call_id"], row, said, max((each.end_ms or 0 for each in said), default=0) + AFTER_THE_END_MS)


def _sentence(sentence: dict[str, Any], channel_id: int, role: str) -> RuleSentence:
    words = [WordTime(word["text"], word["begin_time"], word["end_time"]) for word in sentence.get("words") or ()]
    return RuleSentence(
        sentence["sentence_id"],
        channel_id,
        role,
        sentence["begin_time"],
        sentence["end_time"],
        sentence["text"],
        sentence.get("language"),
        sentence.get("emotion"),
        (lambda: words) if words else None,
    )


def _call(call_id: str, row: dict[str, str], said: Sequence[RuleSentence], duration_ms: int) -> RuleCall:
    return RuleCall(
        call_id,
        turns_of(said),
        duration_ms,
        direction=row.get("direction", "inbound"),
        languages=frozenset([row["language"]]),
    )


def _transcripts(folder: Path) -> Iterator[Path]:
    yield from folder.rglob("*.transcript.json")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def packs_table(book: RuleBook) -> str:
    """Sentences and sample calls as the table that docs/rules.md has, without a line end."""
    lines = [
        "| rule | sentences, en | sentences, zh | sample calls | not told |",
        "|---|---|---|---|---|",
    ]
    sentences, calls = of_sentences(book), of_calls(book, [SAMPLES / "recordings"])
    for rule in sorted(calls):
        told = [_shares(each) for each in (sentences[rule, "en"], sentences[rule, "zh"], calls[rule])]
        lines.append(f"| {rule} | {' | '.join(told)} | {calls[rule].not_told} |")
    return "\n".join(lines)


def _shares(counted: Counted) -> str:
    found, there = counted.right + counted.wrongly_found, counted.right + counted.missed
    return f"{counted.right} of {found}, {counted.right} of {there}"


def print_packs(say: Any, real: Path | None) -> None:
    """Tables of all three, with what was missed or wrongly found; `real` is a folder with transcripts of real calls."""
    book = sample_book()
    say(packs_table(book))
    say("\nRules of samples/rules: sentences written for this")
    _print(say, {f"{rule} {language}": counted for (rule, language), counted in of_sentences(book).items()})
    say("\nSample calls, by their transcripts")
    _print(say, of_calls(book, [SAMPLES / "recordings"]))
    if real is not None and real.is_dir():
        say("\nReal calls, by their transcripts")
        _print(say, of_calls(book, [real]))


def _print(say: Any, found: dict[str, Counted]) -> None:
    for name, counted in found.items():
        precision, recall = (
            "   –" if share is None else f"{share:4.0%}" for share in (counted.precision, counted.recall)
        )
        say(
            f"  {name:16} precision {precision} ({counted.right} of {counted.right + counted.wrongly_found})"
            f"  recall {recall} ({counted.right} of {counted.right + counted.missed})"
            f"  rightly none {counted.rightly_none}  not told {counted.not_told}"
        )
        for mistake in counted.mistakes:
            say(f"      {mistake}")
