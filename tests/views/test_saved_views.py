"""Saved views: whose they are, who sees them, and that two browsers at once lose nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import update

from qa_pipeline.ledger.tables import open_operations, saved_views
from qa_pipeline.views.saved_views import SavedViews, open_views

ANGRY = {"course": ["turned_angry"], "dates": ["last7"]}


@pytest.fixture
def views(tmp_path: Path) -> SavedViews:
    return open_views(f"sqlite:///{tmp_path / 'operations.sqlite'}")


def names(views: SavedViews, user: str) -> list[str]:
    return [view.name for view in views.seen_by(user)]


def test_a_view_comes_back_as_it_was_kept(views: SavedViews) -> None:
    views.keep("ana", "  Angry\n calls ", ANGRY, is_shared=False)
    [view] = views.seen_by("ana")
    assert (view.name, view.owner, view.is_shared, view.query) == ("Angry calls", "ana", False, ANGRY)


def test_others_see_what_is_shared_and_change_nothing(views: SavedViews) -> None:
    mine = views.keep("ana", "mine", ANGRY, is_shared=False)
    ours = views.keep("ana", "ours", ANGRY, is_shared=True)
    assert names(views, "bo") == ["ours"]
    views.rename("bo", ours, "theirs")
    views.share("bo", mine, is_shared=True)
    views.remove("bo", ours)
    assert names(views, "bo") == ["ours"]
    assert names(views, "ana") == ["mine", "ours"]


def test_an_owner_renames_shares_and_removes(views: SavedViews) -> None:
    view = views.keep("ana", "a", ANGRY, is_shared=False)
    views.rename("ana", view, "b")
    views.share("ana", view, is_shared=True)
    assert names(views, "bo") == ["b"]
    views.share("ana", view, is_shared=False)
    assert names(views, "bo") == []
    views.remove("ana", view)
    assert names(views, "ana") == []


def test_a_name_is_needed(views: SavedViews) -> None:
    with pytest.raises(ValueError, match="name"):
        views.keep("ana", "  ", ANGRY, is_shared=False)


def test_two_browsers_at_once_lose_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'operations.sqlite'}"
    browsers = [open_views(url), open_views(url)]
    with ThreadPoolExecutor(4) as pool:
        kept = list(
            pool.map(lambda n: browsers[n % 2].keep("ana", "same name", ANGRY, is_shared=n % 3 == 0), range(20))
        )
    assert len(set(kept)) == 20
    assert sorted(view.view_id for view in browsers[0].seen_by("ana")) == sorted(kept)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"q": "refund", "agent": ["a", "b"]}, {"q": ["refund"], "agent": ["a", "b"]}),
        ({"q": ["<b>", 7, None], "page": 3}, {"q": ["<b>"], "page": []}),
        (["q"], {}),
        ("q", {}),
    ],
)
def test_what_another_version_or_hand_wrote_is_read_as_far_as_it_makes_sense(
    tmp_path: Path, written: object, read: dict[str, list[str]]
) -> None:
    url = f"sqlite:///{tmp_path / 'operations.sqlite'}"
    views = open_views(url)
    views.keep("ana", "<script>‮ \u0000 **a**", {}, is_shared=True)
    with open_operations(url).begin() as connection:
        connection.execute(update(saved_views).values(query=written))
    assert [view.query for view in views.seen_by("bo")] == [read]


def test_a_database_of_an_earlier_version_gets_the_table(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'operations.sqlite'}"
    first = open_views(url)
    first.keep("ana", "a", {}, is_shared=False)
    assert names(open_views(url), "ana") == ["a"]
