"""Cards of the section Alerts of the page Pipeline: what waits to be told, what could not be told and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from dashboards.board.figures import Card, Cell, Column, Table
from qa_pipeline.alerts.texts import severity_word
from qa_pipeline.outbox.kept import Kept
from qa_pipeline.outbox.standing import AlertStanding, ChannelStanding
from qa_pipeline.wording.alert_troubles import alert_trouble
from qa_pipeline.wording.clocks import UNKNOWN, moment
from qa_pipeline.wording.languages import language, t


def alert_cards(standing: AlertStanding, zone: dt.tzinfo) -> tuple[Card, ...]:
    """How every channel stands, and the messages that were given up; the latter only where there are any."""
    return (_channels_card(standing.channels, zone), *([_dead_card(standing.dead, zone)] if standing.dead else []))


def _channels_card(channels: Sequence[ChannelStanding], zone: dt.tzinfo) -> Card:
    lines = [
        (
            Cell(channel.channel, note=channel.kind),
            Cell(f"{channel.collected:,}"),
            Cell(f"{channel.waiting:,}"),
            Cell(f"{channel.dead:,}", tone="" if channel.dead else "quiet"),
            Cell(_moment(channel.last_sent_at, zone)),
            Cell(_moment(channel.oldest_at, zone), note=_trouble(channel), tone="words"),
        )
        for channel in channels
    ]
    columns = (
        Column(t("Channel of alerts")),
        Column(t("Collected"), is_number=True),
        Column(t("Waiting"), is_number=True),
        Column(t("Given up"), is_number=True),
        Column(t("Last sent")),
        Column(t("Waiting since")),
    )
    notes = (
        t("Collected alerts wait for a digest or for the end of quiet hours. qa-pipeline alerts list shows messages."),
    )
    return Card(t("By channel"), Table(columns, tuple(lines)), notes=notes)


def _trouble(channel: ChannelStanding) -> str:
    """Why nothing leaves. That another process sees an address which this server does not see can't be ruled out."""
    if channel.trouble or not channel.without_address:
        return alert_trouble(channel.trouble)
    return t("this server sees no address: {reason}", reason=alert_trouble(channel.without_address))


def _dead_card(dead: Sequence[Kept], zone: dt.tzinfo) -> Card:
    lines = [
        (
            Cell(_moment(message.ended_at, zone)),
            Cell(message.channel),
            Cell(severity_word(message.severity, "zh" if language() == "zh" else "en")),
            Cell(f"{message.causes:,}"),
            Cell(alert_trouble(message.trouble or ""), tone="words"),
        )
        for message in dead
    ]
    columns = (
        Column(t("Given up")),
        Column(t("Channel of alerts")),
        Column(t("Gravest")),
        Column(t("Alerts"), is_number=True),
        Column(t("Reason")),
    )
    notes = (t("Mend the channel; qa-pipeline alerts send --again sends them once more."),)
    return Card(t("Alerts that were given up"), Table(columns, tuple(lines)), notes=notes)


def _moment(at: float | None, zone: dt.tzinfo) -> str:
    return UNKNOWN if at is None else moment(dt.datetime.fromtimestamp(at, zone))
