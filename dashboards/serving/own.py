"""What is a person's own, whatever the role: an agent sees nothing else, and nobody judges the own calls."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from dashboards.remembered import Remembered
from dashboards.serving.access import Viewer
from qa_pipeline.published.newest import open_published, published_identity
from qa_pipeline.published.own_calls import Own, OwnId, find_own
from qa_pipeline.published.snapshot import NothingPublished, Snapshot
from qa_pipeline.settings import Settings

_OWN: Remembered[Own] = Remembered(64)
_IDS: Remembered[tuple[OwnId, ...]] = Remembered(256)


def own_in(whole: Snapshot, viewer: Viewer) -> Own:
    """The person's own calls and ids, as a snapshot of everybody's calls has them.

    Raises:
        UnreadableSnapshot: it is damaged.
    """
    asked = (whole.identity, viewer.user, viewer.agent_id, _today(whole.time_zone))
    return _OWN.get(asked, lambda: find_own(whole, login=viewer.user, agent_id=viewer.agent_id))


def own_ids(viewer: Viewer, settings: Settings) -> tuple[OwnId, ...]:
    """The ids that are the person's, by what is published now; none where nothing is.

    Raises:
        UnreadableSnapshot: it cannot be opened.
    """

    def found() -> tuple[OwnId, ...]:
        with open_published(settings) as whole:
            return own_in(whole, viewer).ids

    try:
        asked = (published_identity(settings), viewer.user, viewer.agent_id, _today(settings.timezone))
        return _IDS.get(asked, found)
    except NothingPublished:
        return ()


def _today(time_zone: str) -> dt.date:
    """A line of people.csv may begin with it."""
    return dt.datetime.now(ZoneInfo(time_zone)).date()
