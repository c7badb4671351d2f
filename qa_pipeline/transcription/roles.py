"""Who speaks on a channel."""

from __future__ import annotations

from typing import Literal

Role = Literal["agent", "customer"]
"""The two parties that metrics are about."""

ChannelRole = Literal["agent", "customer", "other", "mixed"]
"""Who a channel belongs to. `other` is anybody else (a supervisor, a third leg); of `mixed` both parties are on it and
nothing tells them apart. Neither takes part in what is said of agent and customer."""


def role_of(channel_id: int, agent_channel: int) -> Role:
    """Who speaks on a channel of a stereo recording."""
    return "agent" if channel_id == agent_channel else "customer"
