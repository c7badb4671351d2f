"""Sends a test message to one channel."""

from __future__ import annotations

import time
import uuid

from qa_pipeline.alerts.causes import Cause, CauseKind
from qa_pipeline.alerts.messages import message_of
from qa_pipeline.commands.alerts.check import plan_of, project_alerts
from qa_pipeline.outbox.addresses import NoAddress, address_of
from qa_pipeline.outbox.sending import deliver
from qa_pipeline.settings import load_settings
from qa_pipeline.terminal import EXIT_OK, EXIT_WORK_REMAINS, CommandError, err, out


def trial_command(channel_id: str) -> int:
    """0 when the receiver took it, else 1.

    Raises:
        CommandError: there is no such channel, or it has no address.
    """
    settings = load_settings()
    plan = plan_of(project_alerts(settings))
    if plan is None:
        return EXIT_WORK_REMAINS
    channel = plan.channel(channel_id)
    if channel is None:
        known = ", ".join(each.id for each in plan.channels)
        raise CommandError(f"there is no channel {channel_id}; there are {known}")
    try:
        address = address_of(channel, settings.plain_http_hosts)
    except NoAddress as error:
        raise CommandError(f"{channel_id} has no address: {error}") from None
    now = time.time()
    cause = Cause(kind=CauseKind.TEST, severity="info", identity=(uuid.uuid4().hex,))
    message = message_of([cause], plan.language_of(channel), plan.dashboards_url, now)
    trouble = deliver(channel, address, message, now)
    if trouble is not None:
        err.print(f"✗ {channel_id}: {trouble.said}", markup=False, style="red")
        return EXIT_WORK_REMAINS
    out.print(f"✓ {channel_id} took the message; look whether it is there", markup=False)
    return EXIT_OK
