"""`qa-pipeline cost`: what a range would cost before a cent is spent, and what is paid for already."""

from __future__ import annotations

from collections import Counter

from rich.table import Table

from qa_pipeline.commands.notices import print_unused_key
from qa_pipeline.commands.without_pandas import without_pandas
from qa_pipeline.dispatch.forecast import Forecast, Outlook
from qa_pipeline.dispatch.model_choice import BY_SETTING
from qa_pipeline.dispatch.planning import Plan
from qa_pipeline.ledger.ledger import Ledger
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.published.output import visible
from qa_pipeline.recordings.days import DayRange
from qa_pipeline.settings import Settings, load_pipeline_settings
from qa_pipeline.terminal import EXIT_OK, err, out
from qa_pipeline.transcription.choosing import AUTO
from qa_pipeline.wording.figures import count


@without_pandas()
def cost_command(days: DayRange) -> int:
    """Prints the forecast of a range. Sends nothing and writes nothing but the cache of what was probed."""
    settings = load_pipeline_settings()
    print_unused_key(settings)
    found = Outlook(settings, Ledger(open_operations(settings.operations_database_url))).forecast(days)
    table = Table(box=None, pad_edge=False, title=_title(settings, found, days), title_justify="left")
    for heading, justify in (("", "left"), ("channels", "right"), ("seconds", "right"), ("US$", "right")):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for line in found.lines:
        style = "bold" if line is found.to_send else None
        table.add_row(line.standing, f"{line.channels:,}", f"{line.seconds:,.0f}", f"{line.cost_usd:,.4f}", style=style)
    out.print(table)
    print_choices(found.plan)
    for reason, number in Counter(channel.code for channel in found.plan.refused).items():
        first_of = next(channel for channel in found.plan.refused if channel.code == reason)
        err.print(
            f"{count(number, 'channel')} {reason}, such as {visible(first_of.message)}", markup=False, style="yellow"
        )
    for note in found.notes:
        err.print(f"note: {visible(note)}", markup=False, style="yellow")
    if found.unsettled:
        names = ", ".join(visible(name) for name in found.unsettled)
        err.print(f"not counted, because they are still being written: {names}", markup=False, style="yellow")
    return EXIT_OK


def print_choices(plan: Plan) -> None:
    """Says which models are asked and why, where that is not simply the setting's word."""
    for (model, rule), channels in sorted(plan.choices.items()):
        if rule != BY_SETTING:
            out.print(f"{count(channels, 'channel')} {model}: {rule}", markup=False)


def _title(settings: Settings, found: Forecast, days: DayRange) -> str:
    if settings.model == AUTO:
        where = "on the local service: free" if found.region == "local" else f"in {found.region} at list price"
        return f"{days}, the model chosen for each recording, {where}"
    model = settings.recognition_model
    if found.region == "local":
        return f"{days}, {model.id} on the local service: free"
    about = "about " if model.is_priced_by_tokens else ""
    return f"{days}, {model.id} in {found.region} at {about}US$ {model.price(found.region):.6f} per channel-second"
