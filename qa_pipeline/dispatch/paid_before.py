"""What may have been paid for is never sent again because something else is known of a call now.

A language, or what `auto` chooses a model by, may come with a list or sidecar that arrives after the run. It makes
another request of the same channel, which would be billed once more. Such a channel stays as it was asked, and the new
request waits for a person's word (`qa-pipeline retry --changed`, or `--again`). A change of the settings is a word too,
where a person starts the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa_pipeline.dispatch.planning import HeldBack, Plan, Refused
from qa_pipeline.ledger.reading_once import Attempts
from qa_pipeline.ledger.rows import KeptParameters, LedgerRow, WorkItem, rows_in_force
from qa_pipeline.ledger.states import ANSWERED, MAY_BE_PAID, UnitState
from qa_pipeline.recordings.channels import ChannelSource
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.settings import Settings
from qa_pipeline.transcription.parameters import TranscriptionParameters

LANGUAGE_KEYS = ("language", "language_hints", "enable_itn")
"""What a call's own language changes in a request: number formatting is for some languages only."""


def hold_back(
    plan: Plan, calls: Sequence[UsableCall], ledger: Attempts, settings: Settings, kind: str, *, by_person: bool
) -> Plan:
    """The plan with channels that may be paid for as they were asked, and in `held` what waits for a word.

    `kind` is that of the engine that is asked. `by_person` says that a person started the run, so that changed settings
    are meant. A channel that no model would take any more stays as it was asked, too.
    """
    by_id = {call.call_id: call for call in calls}
    asked = [item for item in plan.wanted if isinstance(item.parameters, TranscriptionParameters)]
    recordings = {item.recording_id for item in asked} | {each.source.recording_id for each in plan.refused}
    sources = {(call.call_id, *source.key): source for call in calls for source in call.sources}
    attempts = ledger.of_recordings(sorted(recordings))
    paid = _paid_rows(attempts, kind)
    rows = dict(zip((item.key for item in asked), rows_in_force(asked, attempts, kind), strict=True))
    models = {model.id for model in settings.possible_models}
    wanted = []
    for item in plan.wanted:
        before = _best(paid.get((item.recording_id, item.channel_id), ()), item.settings_hash)
        is_asked_otherwise = item.key in rows and before is not None and before.key != item.key
        if before is None or not is_asked_otherwise or _is_meant(rows[item.key]):
            wanted.append(item)
            continue
        if by_person and _settings_changed(item, before, models):
            wanted.append(item)
            continue
        source = sources[item.call_id, item.recording_id, item.channel_id]
        wanted.append(_as_it_was_asked(by_id[item.call_id], source, before))
        plan.held.append(HeldBack(item, before, _difference(item, before)))
    plan.wanted = wanted
    plan.refused = [each for each in plan.refused if not _is_kept(plan, each, by_id, paid)]
    return plan


def _is_kept(
    plan: Plan,
    refused: Refused,
    calls: Mapping[str, UsableCall],
    paid: Mapping[tuple[str, int], Sequence[LedgerRow]],
) -> bool:
    before = _best(paid.get(refused.source.key, ()), None)
    if before is None:
        return False
    plan.wanted.append(_as_it_was_asked(calls[refused.call_id], refused.source, before))
    channel = f"call {refused.call_id}, channel {refused.source.channel_id}"
    plan.notes.append(f"{channel} stays as it was transcribed; now it would be {refused.message}")
    return True


def _paid_rows(rows: Sequence[LedgerRow], kind: str) -> dict[tuple[str, int], list[LedgerRow]]:
    """What may have been paid for, by recording and channel; the local service's work counts for itself only."""
    found: dict[tuple[str, int], list[LedgerRow]] = {}
    for row in rows:
        if row.state in MAY_BE_PAID and row.engine_kind in ("dashscope", kind):
            found.setdefault((row.recording_id, row.channel_id), []).append(row)
    return found


def _best(rows: Sequence[LedgerRow], settings_hash: str | None) -> LedgerRow | None:
    """The row that stands for a channel: answered before under way, asked with these settings before others, newest."""
    if not rows:
        return None
    return max(rows, key=lambda row: (row.state in ANSWERED, row.settings_hash == settings_hash, row.planned_at))


def _is_meant(row: LedgerRow | None) -> bool:
    """Whether this very request was made already, or a person has asked for it."""
    if row is None or row.state is UnitState.FAILED:
        return False
    return row.state is not UnitState.PLANNED or bool(row.asked_again) or row.attempt > 1


def _settings_changed(item: WorkItem, before: LedgerRow, models: set[str]) -> bool:
    """Whether the settings, and not only what is known of the call, are others than when `before` was asked.

    Rows of earlier versions do not say; there the model and the parameters tell, as far as they can.
    """
    if before.settings_hash is not None:
        return before.settings_hash != item.settings_hash
    if before.model not in models:
        return True
    return before.model == item.model and _without_language(before.parameters) != _without_language(
        item.parameters.to_request()
    )


def _without_language(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in parameters.items() if key not in LANGUAGE_KEYS}


def _difference(item: WorkItem, before: LedgerRow) -> str:
    """What of the request is another one, for people."""
    new, old = _language(item.parameters.to_request()), _language(before.parameters)
    parts = [f"language {new}, {old} before"] if new != old else []
    if item.model != before.model:
        parts.append(f"model {item.model}, {before.model} before")
    return " and ".join(parts) or "other parameters"


def _language(parameters: Mapping[str, Any]) -> str:
    named = parameters.get("language") or next(iter(parameters.get("language_hints") or ()), None)
    return str(named or "unknown")


def _as_it_was_asked(call: UsableCall, source: ChannelSource, row: LedgerRow) -> WorkItem:
    return WorkItem(
        recording_id=row.recording_id,
        channel_id=row.channel_id,
        model=row.model,
        parameters=KeptParameters(row.parameters_hash, row.parameters),
        call_id=call.call_id,
        call_date=call.call_date.isoformat(),
        source_uri=source.source_uri,
        audio_s=source.duration_s,
        model_reason=row.model_reason,
        settings_hash=row.settings_hash,
    )
