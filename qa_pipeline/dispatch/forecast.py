"""What a run over a range would send and what it would cost, and how everything else of the range stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qa_pipeline.dispatch.importing import apart_from_imports, count_unreadable
from qa_pipeline.dispatch.planning import Plan, plan_calls
from qa_pipeline.dispatch.repeat_notes import repeat_notes
from qa_pipeline.landing.discovery import discover_calls
from qa_pipeline.ledger.ledger import Ledger, LedgerRow, WorkItem
from qa_pipeline.ledger.states import ANSWERED, UnitState
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.recordings.sound_handling import ChannelAction
from qa_pipeline.service.access import engine_kind, price_region
from qa_pipeline.settings import Settings
from qa_pipeline.sound.verdicts import ReviewedCalls, apply_sound_verdicts
from qa_pipeline.transcription.cost import billable_seconds, price_usd

UNDER_WAY = frozenset({UnitState.SENDING, UnitState.SUBMITTED, UnitState.SUCCEEDED})


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


def forecast(settings: Settings, days: DayRange) -> Forecast:
    """Channels × seconds × list price of the region and model, for what is not paid for.

    Waits for recordings that have just been written as a run does: a forecast without them would be too low.
    """
    ledger = Ledger(open_operations(settings.operations_database_url))
    landing = discover_calls(settings, ledger, wait=True)
    heard = apply_sound_verdicts(landing.usable(days.first, days.last), settings)
    plan = plan_calls(heard.usable, settings)
    wanted, imports = apart_from_imports(plan.wanted)
    kind = engine_kind(settings)
    rows = ledger.forecast(wanted, kind)
    pairs = list(zip(wanted, rows, strict=True))
    region = price_region(settings)

    def expected(standing: str, units: Iterable[WorkItem]) -> Line:
        chosen = list(units)
        seconds, cost = expected_cost(settings, [(unit.model, unit.audio_s) for unit in chosen])
        return Line(standing, len(chosen), seconds, cost)

    to_send = expected("to be sent", (unit for unit, row in pairs if row is None or row.state is UnitState.PLANNED))
    lines = (
        _billed("paid for already", (row for _, row in pairs if row is not None and row.state in ANSWERED)),
        expected("under way", (unit for unit, row in pairs if row is not None and row.state in UNDER_WAY)),
        expected("failed for good (see retry)", (u for u, row in pairs if row and row.state is UnitState.FAILED)),
        expected("outcome unknown (see retry)", (u for u, row in pairs if row and row.state is UnitState.UNKNOWN)),
        *_of_imports(imports),
        *_of_skipped(plan),
        *([Line("not sent (see below)", len(plan.refused), 0, 0.0)] if plan.refused else []),
        to_send,
    )
    notes = (*plan.notes, *repeat_notes(ledger, wanted, kind), *_of_sound(heard))
    return Forecast(lines, to_send, region, landing.unsettled, plan, notes)


_SKIPPED = {
    ChannelAction.SKIP_SILENT: "silent (never sent)",
    ChannelAction.SKIP_DUPLICATE: "same as the other channel (never sent)",
}


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


def _billed(standing: str, rows: Iterable[LedgerRow]) -> Line:
    chosen = list(rows)
    return Line(
        standing, len(chosen), sum(row.billed_s or 0.0 for row in chosen), sum(row.cost_usd or 0.0 for row in chosen)
    )
