"""What a run over a range would send and what it would cost, and how everything else of the range stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from qa_pipeline.dispatch.importing import apart_from_imports, count_unreadable
from qa_pipeline.dispatch.local_engines import one_listens, was_not_heard
from qa_pipeline.dispatch.paid_before import hold_back
from qa_pipeline.dispatch.planning import HeldBack, Plan, Planner
from qa_pipeline.dispatch.repeat_notes import repeat_notes
from qa_pipeline.dispatch.returned_recordings import may_return
from qa_pipeline.landing.discovery import discover_calls
from qa_pipeline.landing.landed import Landing
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.reading_once import Attempts, ReadOnce
from qa_pipeline.ledger.rows import LedgerRow, WorkItem
from qa_pipeline.ledger.states import ANSWERED, UnitState
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.recordings.sound_handling import ChannelAction
from qa_pipeline.service.access import engine_kind, local_engines, price_region
from qa_pipeline.settings import Settings
from qa_pipeline.sound.verdicts import ReviewedCalls, apply_sound_verdicts
from qa_pipeline.transcription.cost import billable_seconds, estimate_remark, price_usd

CALLS_NAMED = 3
PAID_BESIDES = "paid for, and not used now"


@dataclass(frozen=True, slots=True)
class Line:
    """Channels in one standing, their seconds (expected or billed) and US dollars at list price."""

    standing: str
    channels: int
    seconds: float
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run over a range would send, and how everything else of the range stands."""

    lines: tuple[Line, ...]
    to_send: Line
    region: str
    unsettled: tuple[str, ...]
    plan: Plan
    notes: tuple[str, ...]


class Outlook:
    """What a command wants to know before anything is sent. Landing zone and glossaries are read once, when asked for.

    Recordings that have just been written are waited for, as a run does: a forecast without them would be too low.
    """

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._settings = settings
        self._ledger = ledger
        self._landings: dict[DayRange, Landing] = {}

    def _landing(self, days: DayRange) -> Landing:
        if days not in self._landings:
            self._landings[days] = discover_calls(self._settings, self._ledger, days=days, wait=True)
        return self._landings[days]

    @cached_property
    def _planner(self) -> Planner:
        return Planner(self._settings)

    def plan(self, days: DayRange) -> tuple[Plan, ReviewedCalls]:
        """What a run of these days would ask for, and what is known of the sound of their calls."""
        return self._plan(days, self._ledger)

    def _plan(self, days: DayRange, attempts: Attempts) -> tuple[Plan, ReviewedCalls]:
        heard = apply_sound_verdicts(self._landing(days).usable(days), self._settings)
        plan = self._planner.plan(heard.usable)
        kind = engine_kind(self._settings)
        return hold_back(plan, heard.usable, attempts, self._settings, kind, by_person=True), heard

    def forecast(self, days: DayRange, *, without: Collection[str] = ()) -> Forecast:
        """Channels × seconds × list price of the region and model, for what is not paid for; units `without` left out.

        Raises:
            UnknownPrice: as `expected_cost`.
        """
        attempts = ReadOnce(self._ledger)
        plan, heard = self._plan(days, attempts)
        wanted, imports = apart_from_imports(plan.wanted)
        kind = engine_kind(self._settings)
        rows = attempts.forecast(wanted, kind)
        pairs = [(item, row) for item, row in zip(wanted, rows, strict=True) if not row or row.unit_id not in without]

        hears = any(row and was_not_heard(row) for row in rows) and one_listens(local_engines(self._settings))

        def expected(standing: str, *states: UnitState | None) -> Line:
            """The channels whose row is in one of these states; None stands for those without a row."""
            chosen = [item for item, row in pairs if _standing(row, hears=hears) in states]
            seconds, cost = expected_cost(self._settings, [(item.model, item.audio_s) for item in chosen])
            return Line(standing, len(chosen), seconds, cost)

        paid = [row for _, row in pairs if row and row.state in ANSWERED]
        billed_s, billed_usd = sum(row.billed_s or 0.0 for row in paid), sum(row.cost_usd or 0.0 for row in paid)
        to_send = expected("to be sent", None, UnitState.PLANNED)
        lines = (
            Line("paid for already", len(paid), billed_s, billed_usd),
            *self._paid_besides(days, attempts, {row.unit_id for row in paid}),
            expected("under way", UnitState.SENDING, UnitState.SUBMITTED, UnitState.SUCCEEDED),
            expected("failed for good (see retry)", UnitState.FAILED),
            expected("outcome unknown (see retry)", UnitState.UNKNOWN),
            *_of_held(self._settings, plan.held),
            *_of_imports(imports),
            *_of_skipped(plan),
            *([Line("not sent (see below)", len(plan.refused), 0, 0.0)] if plan.refused else []),
            to_send,
        )
        region = price_region(self._settings)
        estimates = () if region == "local" else _of_tokens(self._settings, plan)
        notes = (
            *plan.notes,
            *held_notes(self._settings, plan.held),
            *repeat_notes(attempts, wanted, kind),
            *estimates,
            *_of_sound(heard),
        )
        return Forecast(lines, to_send, region, self._landing(days).unsettled, plan, notes)

    def _paid_besides(self, days: DayRange, attempts: Attempts, counted: Collection[str]) -> list[Line]:
        """Whatever else was billed for the recordings of these days: answers of other engines, models and settings, and
        those that were asked for again. With what is `counted` it is all that transcription_tasks has of them."""
        recordings = {source.recording_id for call in self._landing(days).usable(days) for source in call.sources}
        rows = [row for row in attempts.of_recordings(sorted(recordings)) if row.unit_id not in counted]
        billed = [row for row in rows if row.billed_s]
        seconds, cost = sum(row.billed_s or 0.0 for row in billed), sum(row.cost_usd or 0.0 for row in billed)
        return [Line(PAID_BESIDES, len(billed), seconds, cost)] if billed else []


def _standing(row: LedgerRow | None, *, hears: bool) -> UnitState | None:
    """None where a run would plan the channel: it never did, the recording was away and has landed again, or nobody
    could hear it who can now."""
    is_tried = row is None or may_return(row) or (hears and was_not_heard(row))
    return None if row is None or is_tried else row.state


_SKIPPED = {
    ChannelAction.SKIP_SILENT: "silent (never sent)",
    ChannelAction.SKIP_DUPLICATE: "same as the other channel (never sent)",
}


def held_notes(settings: Settings, held: Sequence[HeldBack]) -> list[str]:
    """One sentence for each difference: how many channels wait for a person's word, what they would cost, and which.

    Raises:
        UnknownPrice: as `expected_cost`.
    """
    by_difference: dict[str, list[HeldBack]] = {}
    for each in held:
        by_difference.setdefault(each.difference, []).append(each)
    return [_held_note(settings, difference, group) for difference, group in sorted(by_difference.items())]


def _held_note(settings: Settings, difference: str, group: Sequence[HeldBack]) -> str:
    seconds, cost = expected_cost(settings, [(each.item.model, each.item.audio_s) for each in group])
    channels = "1 channel is" if len(group) == 1 else f"{len(group)} channels are"
    calls = list(dict.fromkeys(each.item.call_id for each in group))
    named = ", ".join(calls[:CALLS_NAMED]) + (" …" if len(calls) > CALLS_NAMED else "")
    return (
        f"{channels} paid for and would be asked otherwise now ({difference}): {named}. Nothing is sent until somebody "
        f"says `qa-pipeline retry --changed`, which is {seconds:,} s for US$ {cost:.4f}"
    )


def _of_held(settings: Settings, held: Sequence[HeldBack]) -> Iterable[Line]:
    """Channels that are paid for and wait for a word; they are among those paid for, too."""
    if held:
        seconds, cost = expected_cost(settings, [(each.item.model, each.item.audio_s) for each in held])
        yield Line("asked otherwise now (see retry --changed)", len(held), seconds, cost)


def _of_skipped(plan: Plan) -> Iterable[Line]:
    """Channels that are left out for what was heard on them."""
    counts = Counter(channel.action for channel in plan.skipped)
    return [Line(_SKIPPED[action], count, 0, 0.0) for action, count in sorted(counts.items())]


def _of_sound(heard: ReviewedCalls) -> Iterable[str]:
    """What listening changes of the forecast, or may change yet."""
    for reason, count in sorted(Counter(status.reason for status in heard.set_aside.values()).items()):
        calls = "1 call is" if count == 1 else f"{count} calls are"
        yield f"{calls} quarantined for their sound ({reason}) and not counted"
    if heard.not_measured:
        recordings = "1 recording was" if heard.not_measured == 1 else f"{heard.not_measured} recordings were"
        yield (f"{recordings} not listened to yet; a run does so first, and sends no silent or duplicate channels")


def _of_tokens(settings: Settings, plan: Plan) -> Iterable[str]:
    """Models whose price by the second is an estimate."""
    for model_id in sorted({model for model, _ in plan.choices}):
        if settings.model_named(model_id).is_priced_by_tokens:
            yield estimate_remark(model_id)


def _of_imports(imports: Sequence[WorkItem]) -> Iterable[Line]:
    """Channels for which a transcript lies beside the recording; a run sends nothing for them, readable or not."""
    unreadable = count_unreadable(imports)
    if imports:
        yield Line("imported (never sent)", len(imports) - unreadable, 0, 0.0)
    if unreadable:
        yield Line("transcript can't be read (never sent)", unreadable, 0, 0.0)


def expected_cost(settings: Settings, channels: Iterable[tuple[str, float]]) -> tuple[int, float]:
    """Seconds expected to be billed and their cost in US dollars, for channels given as model id and seconds.

    Raises:
        UnknownPrice: the price of a model in the region that is asked is not known.
    """
    region = price_region(settings)
    billed: Counter[str] = Counter()
    for model_id, audio_s in channels:
        billed[model_id] += billable_seconds(audio_s)
    if region == "local":
        return billed.total(), 0.0
    cost = sum(price_usd(seconds, settings.model_named(model_id), region) for model_id, seconds in billed.items())
    return billed.total(), cost
