"""The store of evaluations for pages and routes, opened once per process and database."""

from __future__ import annotations

import threading

from dashboards.serving.access import LOCAL_USER, Right, Viewer
from dashboards.serving.own import own_ids
from qa_pipeline.people.roles import Role
from qa_pipeline.reviews.blindness import blind_calls_of, is_made
from qa_pipeline.reviews.policy import policy_of
from qa_pipeline.reviews.rights import Person, ReviewPolicy
from qa_pipeline.reviews.store import Reviews, open_reviews
from qa_pipeline.settings import Settings

_lock = threading.Lock()
_opened: dict[tuple[str, ReviewPolicy], Reviews] = {}


def reviews_of(settings: Settings) -> Reviews:
    """The store that these settings name, with their rules.

    Raises:
        LedgerElsewhere: the operations database was moved.
    """
    policy = policy_of(settings)
    key = (settings.operations_database_url, policy)
    with _lock:
        if key not in _opened:
            _opened[key] = open_reviews(settings.operations_database_url, policy)
        return _opened[key]


def colleague(viewer: Viewer, settings: Settings) -> Person:
    """Somebody who is not an agent, as the store knows people: also with the calls that the person took. An agent has
    no rights under this name.

    Raises:
        UnreadableSnapshot: it can't be said whose calls are whose.
    """
    role = None if viewer.role is Role.AGENT else viewer.role
    return Person(viewer.user, role, viewer.agent_id, own_ids(viewer, settings) if role is not None else ())


def blind_calls_for(viewer: Viewer, settings: Settings) -> frozenset[str] | None:
    """The calls at whose blind evaluation a colleague is; None where nobody can say.

    Raises:
        UnreadableSnapshot: it can't be said whose calls are whose.
    """
    if not viewer.may(Right.EVALUATE) or not is_made(settings.operations_database_url):
        return frozenset()
    return blind_calls_of(lambda: reviews_of(settings), colleague(viewer, settings))


def evaluators_of(settings: Settings) -> list[str]:
    """The logins of those who may be assigned something, as far as the settings name them."""
    if settings.dashboard_access == "local":
        return [LOCAL_USER]
    able = (Role.EVALUATOR, Role.LEAD, Role.ADMIN)
    return [user.login for user in settings.dashboard_users if user.role in able and not user.login.startswith("*")]
