"""Which units a day's calls ask for."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from qa_pipeline.dispatch.context_files import load_contexts
from qa_pipeline.dispatch.importing import wanted_import
from qa_pipeline.dispatch.model_choice import Asking, ModelChooser, NotTaken
from qa_pipeline.ledger.rows import LedgerRow, WorkItem
from qa_pipeline.recordings.channels import ChannelSource
from qa_pipeline.recordings.sound_handling import ChannelAction
from qa_pipeline.recordings.usable_calls import UsableCall
from qa_pipeline.service.access import offering_region
from qa_pipeline.settings import Settings
from qa_pipeline.transcription.choosing import AUTO
from qa_pipeline.transcription.models import find_model


@dataclass(frozen=True, slots=True)
class Refused:
    """One source of a channel that is not sent, with a code and a sentence that says why and what to do."""

    call_id: str
    source: ChannelSource
    code: str
    message: str

    @property
    def channel_id(self) -> int:
        """The channel of the call."""
        return self.source.channel_id


@dataclass(frozen=True, slots=True)
class Skipped:
    """One channel that is not sent, and so not paid for, for what was heard on it."""

    call_id: str
    channel_id: int
    action: ChannelAction


@dataclass(frozen=True, slots=True)
class HeldBack:
    """One channel that may be paid for as `row` says, and what would be asked of it now; `difference` is for people."""

    item: WorkItem
    row: LedgerRow
    difference: str


@dataclass(slots=True)
class Plan:
    """What a day's calls ask for. `choices` are the channels by model and reason; `notes` what is left aside; `held`
    what waits for a person's word (see `paid_before`)."""

    wanted: list[WorkItem] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    choices: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    held: list[HeldBack] = field(default_factory=list)


class Planner:
    """What the settings ask of calls. The glossaries are read when it is made: one planner serves a whole command."""

    def __init__(self, settings: Settings) -> None:
        """Reads the glossaries.

        Raises:
            SettingsError: the settings ask of their model what it does not take.
            ContextError: a glossary cannot be used.
        """
        self._contexts = load_contexts(settings)
        self._chooser = ModelChooser(settings, self._contexts, offering_region(settings))
        self._settings_hash = settings_hash(settings)

    def plan(self, calls: Sequence[UsableCall]) -> Plan:
        """Every source of every channel once, but for channels that are skipped for what was heard on them. The call's
        own language, where its metadata names one, goes before the setting's."""
        plan = Plan()
        ignored: set[str] = set()
        for call in calls:
            imports = {(channel.channel_id, channel.segment): channel for channel in call.imports}
            imported = [source for source in call.sources if (source.channel_id, source.segment) in imports]
            plan.wanted += [
                wanted_import(call, source, imports[source.channel_id, source.segment]) for source in imported
            ]
            spoken_for = {source.channel_id for source in imported}
            skipped = {
                channel_id: action for channel_id, action in call.skipped.items() if channel_id not in spoken_for
            }
            plan.skipped += [Skipped(call.call_id, channel_id, action) for channel_id, action in skipped.items()]
            left = [each for each in call.sources if each not in imported and each.channel_id not in skipped]
            to_ask = list({source.key: source for source in left}.values())
            if not to_ask:
                continue
            try:
                asking = self._chooser.for_call(call)
            except NotTaken as error:
                plan.refused += [Refused(call.call_id, source, error.code, str(error)) for source in left]
                continue
            plan.choices[asking.model.id, asking.rule] += len(to_ask)
            if asking.context is None and self._contexts.for_queue(call.queue) is not None:
                ignored.add(asking.model.id)
            plan.wanted += [_work_item(call, source, asking, self._settings_hash) for source in to_ask]
        plan.notes += retired_notes({model for model, _ in plan.choices})
        plan.notes += [f"{model} takes no context: the glossary was not sent along" for model in sorted(ignored)]
        return plan


def settings_hash(settings: Settings) -> str:
    """16 hex digits over the settings that shape a request, whatever is known of the call."""
    shaping: dict[str, Any] = {
        "model": settings.model,
        "language": settings.language,
        "enable_itn": settings.enable_itn,
        "enable_words": settings.enable_words,
        "vocabulary_id": settings.vocabulary_id,
        "special_word_filter": settings.special_word_filter,
    }
    if settings.model == AUTO:
        shaping |= {"emotion": settings.emotion_roles != "none", "audio_urls": settings.audio_urls}
        shaping |= {"region": settings.region}
    return hashlib.sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest()[:16]


def _work_item(call: UsableCall, source: ChannelSource, asking: Asking, settings_digest: str) -> WorkItem:
    return WorkItem(
        recording_id=source.recording_id,
        channel_id=source.source_channel,
        model=asking.model.id,
        parameters=asking.parameters,
        call_id=call.call_id,
        call_date=call.call_date.isoformat(),
        source_uri=source.source_uri,
        audio_s=source.duration_s,
        model_reason=asking.reason,
        context=asking.context,
        apart=not asking.model.is_task_based,
        settings_hash=settings_digest,
    )


def retired_notes(model_ids: Iterable[str]) -> list[str]:
    """A remark on each of these models that the vendor offers no more, or has replaced."""
    models = [find_model(model_id) for model_id in sorted(model_ids)]
    gone = [
        f"{model.id} was switched off by the service in {model.retired_on}; use {model.successor} for new recordings"
        for model in models
        if model.retired_on
    ]
    return gone + [
        f"the service advises to use {model.successor} instead of {model.id}"
        for model in models
        if model.successor and not model.retired_on
    ]
