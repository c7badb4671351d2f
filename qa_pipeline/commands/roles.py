"""Says once, and loudly, which setting of the agent's channel looks wrong, with what to write instead."""

from __future__ import annotations

import datetime as dt

from qa_pipeline.published.agent_channels import channel_groups
from qa_pipeline.published.output import visible
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.recordings.agent_channel_swaps import is_outdated, outdated, suspected_swaps
from qa_pipeline.settings import Settings
from qa_pipeline.terminal import out
from qa_pipeline.wording.agent_channels import advice, holding, still_former, swapped


def print_roles(
    snapshot: Snapshot, settings: Settings, first: dt.date | None = None, last: dt.date | None = None
) -> None:
    """Prints what said the agents' channels, which calls have them of former settings, and what looks swapped."""
    groups, rules = channel_groups(snapshot, settings, first, last), settings.agent_channel_rules
    if groups:
        out.print(f"Roles     the agent's channel: {holding(groups)}", markup=False)
    if (former := outdated(groups, rules)) is not None:
        out.print(f"          {still_former(former)}", style="yellow", markup=False)
    for swap in suspected_swaps(group for group in groups if not is_outdated(group, rules)):
        text = visible(swapped(swap))
        out.print(f"SWAPPED?  {text}: {advice(swap)}", style="bold red", markup=False)
        for line in swap.fix.splitlines():
            out.print(f"              {visible(line)}".rstrip(), style="bold", markup=False)
