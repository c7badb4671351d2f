"""The store of evaluations with whoever asks: pages and routes have both from here.

The store holds rights. Who somebody is to the calls is said by the snapshot that was opened for the person: the ids
that are the person's, each on the days on which it is. Evaluators and leads may take calls too.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.serving.access import Viewer
from dashboards.serving.own import own_in
from qa_pipeline.people.roles import Role
from qa_pipeline.published.own_calls import OwnSnapshot
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.store import Reviews


@dataclass(frozen=True, slots=True)
class Seen:
    """The store, and who asks."""

    reviews: Reviews
    who: Person


def seen_by(viewer: Viewer, reviews: Reviews, snapshot: Snapshot) -> Seen:
    """The store as this person sees it; `snapshot` is what was opened for the person."""
    if viewer.role is not Role.AGENT:
        return Seen(reviews, Person(viewer.user, viewer.role, viewer.agent_id, own_in(snapshot, viewer).ids))
    if not isinstance(snapshot, OwnSnapshot):
        raise TypeError("an agent's snapshot is narrowed to the own calls")
    return Seen(reviews, Person(viewer.user, Role.AGENT, own_ids=snapshot.own.ids))
