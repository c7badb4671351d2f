"""One round of alerts by hand, or what it would tell."""

from __future__ import annotations

import datetime as dt

from qa_pipeline.alerts.texts import line
from qa_pipeline.commands.alerts.check import plan_of, project_alerts
from qa_pipeline.outbox.finding import find_causes
from qa_pipeline.outbox.rounds import alerting
from qa_pipeline.published.newest import open_published
from qa_pipeline.settings import Settings, load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, err, out
from qa_pipeline.wording.figures import count

SHOWN = 50


def send_command(*, again: bool, is_dry: bool) -> int:
    """0 when nothing failed, else 1: it is tried again by the next round."""
    settings = load_settings()
    path = project_alerts(settings)
    if plan_of(path) is None:
        return EXIT_WORK_REMAINS
    if is_dry:
        return _show(settings)
    with alerting(settings) as opened:
        assert opened is not None, "the file is there"
        for channel, reason in opened.without.items():
            err.print(f"note: {channel} is told nothing: {reason}", markup=False, style="yellow")
        if again:
            out.print(f"given up before, and tried again: {count(opened.outbox.revive(), 'message')}", markup=False)
        added = opened.find()
        done = opened.send(budget_s=None)
    out.print(f"{count(added, 'new alert')}, {count(done.sent, 'message')} sent", markup=False)
    if done.failed:
        err.print(f"{count(done.failed, 'message')} not sent; `qa-pipeline alerts list` says why", markup=False)
        return EXIT_WORK_REMAINS
    return EXIT_OK


def _show(settings: Settings) -> int:
    with alerting(settings) as opened, open_published(settings) as snapshot:
        assert opened is not None, "the file is there"
        today = dt.datetime.now(settings.tz).date()
        causes = find_causes(snapshot, opened.plan, today)
        out.print(f"causes from {opened.plan.first_day(today)} on", markup=False)
        found = [(name, cause) for cause in causes for name in opened.plan.channels_of(cause)]
        new = opened.outbox.unknown(found, settings.home)
        for channel, cause in new[:SHOWN]:
            out.print(f"{channel}: {line(cause, 'en')}", markup=False)
        out.print(f"{count(len(new), 'new alert')} would be told", markup=False)
    return EXIT_OK
