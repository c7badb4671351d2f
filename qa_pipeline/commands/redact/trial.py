"""Tries redaction on a text or a dialogue, by the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from qa_pipeline.commands.rules.trial import written_call
from qa_pipeline.privacy.detection import personal_spans
from qa_pipeline.privacy.known_values import KnownValue
from qa_pipeline.privacy.masking import Replacement, mask
from qa_pipeline.privacy.metadata import known_of
from qa_pipeline.privacy.policy import RedactionPolicy
from qa_pipeline.privacy.sentences import SaidSentence
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, CommandError, out

WHY = {
    "shape": "it is written so, or by what is said around it",
    "spoken": "in words, or over several sentences",
    "known": "a value of the call's metadata",
    "readback": "said before, by either side",
}


def trial_command(
    text: str | None, dialogue: Path | None, *, role: Literal["agent", "customer"], known: Sequence[str]
) -> int:
    """Prints each sentence as it would be stored, and below it what was masked, kept or shortened, and why."""
    if (text is None) == (dialogue is None):
        raise CommandError("name one of --text and --dialogue")
    policy = load_settings().redaction
    if not policy.is_on:
        out.print('redaction is off: nothing is masked; set redaction = "on" in qa.toml', markup=False)
    call = written_call(dialogue, text, role)
    said = [
        SaidSentence(each.role, each.text, each.language, each.begin_ms, each.end_ms)
        for turn in call.turns
        for each in turn
    ]
    spans = personal_spans(said, _known(known, policy), policy) if policy.is_on else []
    for place, sentence in enumerate(said):
        masked = mask(sentence.text, [span for span in spans if span.sentence == place], policy)
        out.print(f"{sentence.role}: {masked.text}", markup=False)
        for each in masked.replacements:
            out.print(f"    {_line(sentence.text, each)}", markup=False)
    return EXIT_OK


def _line(text: str, each: Replacement) -> str:
    done = {"keep": "kept", "mask": "masked", "last4": "last four digits kept"}[each.policy]
    said = text[each.span.begin : each.span.end]
    return f'{each.span.kind}, {done}: "{said}" ({each.span.detector}: {WHY[each.span.detector]})'


def _known(pairs: Sequence[str], policy: RedactionPolicy) -> list[KnownValue]:
    extra: dict[str, str] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key or not value:
            raise CommandError(f"--known {pair!r}: write KEY=VALUE, as customer_name=Ana López")
        extra[key] = value
    return _values(extra, policy)


def _values(extra: Mapping[str, str], policy: RedactionPolicy) -> list[KnownValue]:
    left = {key: value for key, value in extra.items() if key not in ("customer_id", "agent_name")}
    agents = [extra["agent_name"]] if "agent_name" in extra and policy.agent_name == "mask" else []
    return known_of(extra.get("customer_id"), left, agents, policy.known)
