"""What was saved a second ago is in lists and figures of evaluations, and they say what they are as of."""

from __future__ import annotations

import datetime as dt
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_pipeline.published import newer_evaluations
from qa_pipeline.published.newer_evaluations import AsOf, NewerSnapshot, as_of, with_newer
from qa_pipeline.published.own_evaluations import EvaluatorsSnapshot, Seeing
from qa_pipeline.published.snapshot import Snapshot, open_newest
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.store import Reviews
from qa_pipeline.reviews.table_rows import ReviewRows, StoreReader
from qa_pipeline.reviews.values import CallRef, Saved
from tests.reviews.building import (
    CALL,
    EVALUATOR,
    LEAD,
    OTHER_CALL,
    OTHER_EVALUATOR,
    drafted,
    released,
    store_in,
    submitted,
)
from tests.reviews.in_tables import READ_AT, shown, tables_of

STATES = "select call_id, evaluator, state from evaluations_current order by all"
FIGURES = "select call_date, n, evaluations from scores_daily where dimension = 'all' order by all"


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[tuple[Snapshot, Reviews, Saved]]:
    """A snapshot with one evaluation that waits for its release, its store, and what was saved of that."""
    reviews = store_in(tmp_path)
    saved = submitted(reviews, EVALUATOR, CALL)
    with tables_of(tmp_path, [CALL, OTHER_CALL]) as connection:
        yield shown(connection), reviews, saved


def release(reviews: Reviews, saved: Saved) -> None:
    reviews.release(LEAD, saved.evaluation_id, revision=saved.revision, request_id=new_request_id())


def test_what_changed_and_what_is_new_is_in_lists_and_figures(waiting: tuple[Snapshot, Reviews, Saved]) -> None:
    snapshot, reviews, saved = waiting
    assert with_newer(snapshot, lambda: reviews) is snapshot, "nothing is newer"
    release(reviews, saved)
    released(reviews, OTHER_EVALUATOR, OTHER_CALL)
    newer = with_newer(snapshot, lambda: reviews)
    drafted(reviews, OTHER_EVALUATOR, CALL)
    assert with_newer(snapshot, lambda: reviews).identity == newer.identity, "a draft changes nothing for others"
    assert snapshot.tuples(STATES) == [("call-1", EVALUATOR.login, "submitted")]
    assert newer.tuples(STATES) == [
        ("call-1", EVALUATOR.login, "released"), ("call-2", OTHER_EVALUATOR.login, "released"),
    ]  # fmt: skip
    assert snapshot.tuples(FIGURES) == []
    assert newer.tuples(FIGURES) == [(CALL.call_date, 1, 1), (OTHER_CALL.call_date, 1, 1)]
    asked = "select sum(asked) from question_rates where dimension = 'queue' and key = 'billing' and option = 'partly'"
    assert newer.tuples(asked) == [(2,)]
    assert newer.tuples("select count(*) from evaluation_answers group by evaluation_id") == [(6,), (6,)]
    assert newer.tuples("select call_id from calls order by all") == [("call-1",), ("call-2",)]
    assert newer.identity != snapshot.identity, "what was remembered of figures is not theirs"


def test_what_is_laid_over_a_snapshot_is_not_published_newer(waiting: tuple[Snapshot, Reviews, Saved]) -> None:
    snapshot, reviews, saved = waiting
    release(reviews, saved)
    newer = with_newer(snapshot, lambda: reviews)
    seen = EvaluatorsSnapshot(newer, Seeing(EVALUATOR.login, sees_all=False, evaluates=True))
    assert newer.published_identity == seen.published_identity == snapshot.identity


def test_a_store_that_was_put_back_is_another_one_at_the_same_number(
    waiting: tuple[Snapshot, Reviews, Saved], tmp_path: Path
) -> None:
    snapshot, reviews, saved = waiting
    kept = shutil.copytree(tmp_path, tmp_path.with_name(f"{tmp_path.name}-kept"))
    release(reviews, saved)
    first = with_newer(snapshot, lambda: reviews)
    restored = store_in(kept)
    release(restored, saved)
    assert restored.head() == reviews.head()
    second = with_newer(snapshot, lambda: restored)
    restored.close()
    assert first.identity != second.identity


def test_figures_say_what_they_are_as_of(waiting: tuple[Snapshot, Reviews, Saved]) -> None:
    snapshot, reviews, saved = waiting
    before = as_of(snapshot)
    assert before == AsOf(reviews.head(), READ_AT)
    release(reviews, saved)
    after = as_of(with_newer(snapshot, lambda: reviews))
    assert after.seq == reviews.head() == before.seq + 1
    assert after.moment is not None
    assert dt.datetime.now(dt.UTC) - after.moment < dt.timedelta(minutes=5)


def test_what_is_laid_over_is_narrowed_too(waiting: tuple[Snapshot, Reviews, Saved]) -> None:
    snapshot, reviews, _ = waiting
    released(reviews, OTHER_EVALUATOR, OTHER_CALL)
    blind = Seeing(EVALUATOR.login, sees_all=True, evaluates=True, blind_calls=frozenset({OTHER_CALL.call_id}))
    found = EvaluatorsSnapshot(with_newer(snapshot, lambda: reviews), blind)
    assert found.tuples(STATES) == [("call-1", EVALUATOR.login, "submitted")]
    assert found.tuples("select distinct call_id from evaluation_answers") == [("call-1",)]
    assert found.tuples(FIGURES) == []


def test_a_store_that_does_not_answer_and_one_that_is_far_ahead_leave_the_snapshot_as_it_is(
    waiting: tuple[Snapshot, Reviews, Saved], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    snapshot, reviews, saved = waiting
    release(reviews, saved)

    (tmp_path / "a file").touch()
    assert with_newer(snapshot, lambda: store_in(tmp_path / "a file")) is snapshot
    assert isinstance(with_newer(snapshot, lambda: reviews), NewerSnapshot)
    monkeypatch.setattr(newer_evaluations, "MOST_NEWER", 0)
    assert with_newer(snapshot, lambda: reviews) is snapshot


def test_a_snapshot_of_an_earlier_version_gets_evaluations_too(tmp_path: Path) -> None:
    with tarfile.open(Path(__file__).resolve().parents[1] / "fixtures" / "home-of-0.1.0.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    with open_newest(tmp_path / "home" / "qa.duckdb", "UTC") as earlier:
        assert as_of(earlier) == AsOf(0, None)
        [call] = earlier.rows("select call_id, call_date, agent_id from calls where call_id = 'c0101'")
        reviews = store_in(tmp_path)
        released(reviews, call=CallRef(call["call_id"], call["call_date"], call["agent_id"]))
        newer = with_newer(earlier, lambda: reviews)
        assert newer.tuples("select call_id, evaluated_by, counts from evaluations_current") == [
            ("c0101", "people", True)
        ]
        assert newer.tuples("select n from scores_daily where dimension = 'agent' and key = 'a-chen'") == [(1,)]


def test_only_what_is_newer_than_what_was_read_before_is_read(
    waiting: tuple[Snapshot, Reviews, Saved], monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot, reviews, saved = waiting
    asked: list[int] = []
    changed_since = StoreReader.changed_since

    def noted(store: StoreReader, seq: int, *, with_drafts: bool = True) -> Iterator[ReviewRows]:
        assert not with_drafts
        asked.append(seq)
        return changed_since(store, seq, with_drafts=with_drafts)

    monkeypatch.setattr(StoreReader, "changed_since", noted)
    published = reviews.head()
    other = submitted(reviews, OTHER_EVALUATOR, OTHER_CALL)
    with_newer(snapshot, lambda: reviews)
    before = reviews.head()
    release(reviews, saved)
    release(reviews, other)
    for _ in range(2):
        newer = with_newer(snapshot, lambda: reviews)
        assert newer.tuples(STATES) == [
            ("call-1", EVALUATOR.login, "released"), ("call-2", OTHER_EVALUATOR.login, "released"),
        ]  # fmt: skip
    assert newer.tuples("select count(*) from evaluation_answers group by evaluation_id") == [(6,), (6,)]
    assert asked == [published, before]


def test_in_a_lake_each_evaluation_is_held_against_the_published_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviews = store_in(tmp_path)
    saved = submitted(reviews, EVALUATOR, CALL)
    released(reviews, OTHER_EVALUATOR, OTHER_CALL)
    submitted(reviews, EVALUATOR, CallRef("of a day that is not published", CALL.call_date, "a-1"))
    with tables_of(tmp_path, [CALL, OTHER_CALL]) as connection:
        connection.execute("delete from evaluations_read")
        lake = shown(connection)
        monkeypatch.setattr(newer_evaluations, "MOST_NEWER", 1)
        assert as_of(lake).seq == 0
        same = with_newer(lake, lambda: reviews)
        assert same.tuples(STATES) == lake.tuples(STATES)
        assert as_of(same).seq == reviews.head(), "so lists ask the store for nothing older"
        release(reviews, saved)
        newer = with_newer(lake, lambda: reviews)
        assert newer.tuples(STATES) == [
            ("call-1", EVALUATOR.login, "released"), ("call-2", OTHER_EVALUATOR.login, "released"),
        ]  # fmt: skip
        newer_evaluations._kept.clear()  # another process
        assert with_newer(lake, lambda: reviews).tuples(STATES) == newer.tuples(STATES)
