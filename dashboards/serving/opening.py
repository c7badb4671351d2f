"""The one way of the dashboards to what is published: opened for a person, and narrowed to what that person may see."""

from __future__ import annotations

from dashboards.serving.access import Right, Viewer
from dashboards.serving.own import own_in
from dashboards.serving.review_store import colleague, reviews_of
from qa_pipeline.published.newer_evaluations import with_newer
from qa_pipeline.published.newest import open_published
from qa_pipeline.published.own_calls import OwnSnapshot
from qa_pipeline.published.own_evaluations import EvaluatorsSnapshot, Seeing
from qa_pipeline.published.snapshot import Snapshot
from qa_pipeline.reviews.blindness import blind_calls_of, is_made
from qa_pipeline.settings import Settings

MEMORY_MIB = 400
"""For the queries of all visitors together. DuckDB would take most of the machine's memory to keep what it has read;
on 100,000 calls that saves no processor time, as the system keeps the file in memory too."""


def open_for(viewer: Viewer, settings: Settings) -> Snapshot:
    """The newest of what is published, as far as the person may see it: of agents their own calls, of evaluations what
    the store of them would show, and of these what was saved since. To be closed.

    Raises:
        NothingPublished: there is nothing yet.
        UnreadableSnapshot: it cannot be opened.
    """
    if viewer.sees_only_own:
        return open_calls_for(viewer, settings)
    whole = _open(settings)
    try:
        if is_made(settings.operations_database_url):
            whole = with_newer(whole, lambda: reviews_of(settings))
        seeing = _seeing(viewer, settings)
        return whole if seeing.sees_everything else EvaluatorsSnapshot(whole, seeing)
    except BaseException:
        whole.close()
        raise


def open_calls_for(viewer: Viewer, settings: Settings) -> Snapshot:
    """As `open_for`, for who asks of calls and not of evaluations, which are all there as they were published: it is
    opened without a look at the store of evaluations, of whose every change that would take note. To be closed.

    Raises:
        NothingPublished, UnreadableSnapshot: as `open_for`.
    """
    whole = _open(settings)
    if not viewer.sees_only_own:
        return whole
    try:
        return OwnSnapshot(whole, own_in(whole, viewer))
    except BaseException:
        whole.close()
        raise


def open_judgements_for(viewer: Viewer, settings: Settings) -> Snapshot:
    """As `open_calls_for`, and of calls at whose blind evaluation the person is without what rules say of them. To be
    closed.

    Raises:
        NothingPublished, UnreadableSnapshot: as `open_for`.
    """
    whole = open_calls_for(viewer, settings)
    if viewer.sees_only_own:
        return whole
    try:
        seeing = _seeing(viewer, settings)
        return whole if seeing.sees_everything else EvaluatorsSnapshot(whole, seeing)
    except BaseException:
        whole.close()
        raise


def _open(settings: Settings) -> Snapshot:
    whole = open_published(settings)
    whole.keep_within(MEMORY_MIB)
    return whole


def _seeing(viewer: Viewer, settings: Settings) -> Seeing:
    """What the person may see of evaluations. Where the store can't say which calls the person is to evaluate blind,
    figures alone."""
    sees_all, evaluates = viewer.may(Right.SEE_EVALUATIONS), viewer.may(Right.EVALUATE)
    if not (sees_all or evaluates):
        return Seeing(viewer.user, sees_all=False, evaluates=False)
    if not is_made(settings.operations_database_url):
        return Seeing(viewer.user, sees_all, evaluates)
    blind = blind_calls_of(lambda: reviews_of(settings), colleague(viewer, settings))
    if blind is None:
        return Seeing(viewer.user, sees_all=False, evaluates=False)
    return Seeing(viewer.user, sees_all, evaluates, blind)
