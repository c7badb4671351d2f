"""What `qa-pipeline doctor` says of alerts."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from qa_pipeline.commands.doctor.findings import Finding, Level
from qa_pipeline.ledger.whereabouts import LedgerElsewhere
from qa_pipeline.outbox.rounds import alerting
from qa_pipeline.outbox.standing import ChannelStanding, alert_standing
from qa_pipeline.settings import Settings
from qa_pipeline.wording.figures import count
from qa_pipeline.yaml_files.reading import BadFile

NAME = "alerts"


def alerts(settings: Settings) -> Iterator[Finding]:
    """Whether the file can be read, every channel has an address, and nothing was given up; nothing without a file."""
    try:
        with alerting(settings) as opened:
            if opened is None:
                return
            found = alert_standing(opened)
    except BadFile as error:
        for fault in error.faults:
            yield Finding(NAME, Level.FAIL, fault, "`qa-pipeline alerts check` names every fault")
        return
    except (SQLAlchemyError, ImportError, OSError, LedgerElsewhere):
        return  # as the ledger's line says
    yield from (finding for channel in found.channels for finding in _of_channel(channel))


def _of_channel(channel: ChannelStanding) -> Iterator[Finding]:
    name = channel.channel
    if channel.dead:
        fix = f"mend the channel, `qa-pipeline alerts test {name}`, then `qa-pipeline alerts send --again`"
        yield Finding(NAME, Level.WARN, f"{count(channel.dead, 'message')} to {name} given up", fix)
    if channel.without_address:
        fix = "set it where `qa-pipeline up`, runs and workers are started"
        yield Finding(NAME, Level.WARN, f"{name} is told nothing: {channel.without_address}", fix)
    elif channel.trouble:
        text = f"{count(channel.waiting, 'message')} to {name} not there yet: {channel.trouble}"
        yield Finding(NAME, Level.WARN, text, f"`qa-pipeline alerts test {name}` tries now")
    elif not channel.dead:
        yield Finding(NAME, Level.OK, f"{name} has an address, and nothing failed")
