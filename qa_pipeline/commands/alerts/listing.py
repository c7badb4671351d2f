"""What the outbox of alerts holds."""

from __future__ import annotations

import datetime as dt

from qa_pipeline.ledger.presence import has_begun
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.outbox.kept import DEAD, SENT, WAITING, Kept
from qa_pipeline.outbox.store import Outbox
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, out
from qa_pipeline.wording.clocks import moment
from qa_pipeline.wording.figures import count

_NOTHING = "Nothing was ever told: docs/alerts.md says how alerts are set up."


def list_command(limit: int) -> int:
    """Prints counts by channel, then messages; 1 where something was given up."""
    settings = load_settings()
    if not has_begun(settings.operations_database_url):
        out.print(_NOTHING, markup=False)
        return EXIT_OK
    engine = open_operations(settings.operations_database_url)
    try:
        outbox = Outbox(engine)
        counts = outbox.counts()
        waiting, dead = outbox.messages(state=WAITING), outbox.messages(state=DEAD, newest=limit)
        sent = outbox.messages(state=SENT, newest=limit)
    finally:
        engine.dispose()
    if not counts:
        out.print(_NOTHING, markup=False)
        return EXIT_OK
    for channel, numbers in counts.items():
        out.print(
            f"{channel}: {count(numbers['collected'], 'alert')} collected, "
            f"{count(numbers[WAITING], 'message')} waiting, {numbers[SENT]:,} sent, {numbers[DEAD]:,} given up",
            markup=False,
        )
    for message in [*waiting[:limit], *dead, *sent]:
        out.print(described(message, settings.tz), markup=False)
    return EXIT_WORK_REMAINS if dead else EXIT_OK


def described(message: Kept, zone: dt.tzinfo) -> str:
    """A message in a line."""
    at = moment(dt.datetime.fromtimestamp(message.ended_at or message.made_at, zone))
    what = f"{message.channel} {message.message_key[:12]} {message.severity}, {count(message.causes, 'alert')}"
    if message.state == SENT:
        return f"sent      {at}  {what}"
    tries = f", {count(message.attempts, 'attempt')}" if message.attempts else ""
    trouble = f": {message.trouble}" if message.trouble else ""
    return f"{'given up' if message.state == DEAD else 'waiting '}  {at}  {what}{tries}{trouble}"
