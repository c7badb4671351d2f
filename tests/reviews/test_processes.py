"""Several processes at one evaluation, and processes that are killed in the middle of a save."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from qa_pipeline.reviews.checking import check_all, make_again
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.states import EvaluationState, LogKind
from qa_pipeline.reviews.store import Reviews, open_reviews
from tests.postgres import postgres_server
from tests.reviews.building import CALL, CARD, EVALUATOR, LEAD, OTHER_EVALUATOR, store_in

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.process


@contextmanager
def writer(url: str, evaluation_id: str, count: int) -> Iterator[subprocess.Popen[str]]:
    """A process that has seen the evaluation, and waits for a line before it writes."""
    command = [sys.executable, "-m", "tests.reviews.writer", url, evaluation_id, str(count)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "ready" in process.stdout.readline()
            yield process
        finally:
            process.kill()


def start(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return process.stdout


def said(lines: IO[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines if line.endswith("}\n")]


def kept_in(reviews: Reviews, evaluation_id: str) -> dict[str | None, int]:
    """The requests that gave an answer, with their rows."""
    rows = reviews.history(LEAD, evaluation_id)
    return {row.request_id: row.seq for row in rows if row.kind is LogKind.ANSWER_GIVEN}


def at_once(url: str, reviews: Reviews) -> None:
    draft = reviews.start(EVALUATOR, CALL, CARD, request_id=new_request_id())
    key, count = draft.evaluation_id, 25
    with writer(url, key, count) as one, writer(url, key, count) as other:
        outputs = [start(one), start(other)]
        make_again(reviews.engine, lambda _: None)
        reviews.start(OTHER_EVALUATOR, CALL, CARD, request_id=new_request_id())
        told = [said(lines) for lines in outputs]
        assert (one.wait(60), other.wait(60)) == (0, 0)
    kept = {line["kept"]: line["seq"] for lines in told for line in lines if "kept" in line}
    assert len(kept) == 2 * count
    assert kept_in(reviews, key) == kept, "what was said to be kept is there once, and nothing else"
    assert any("told" in line for lines in told for line in lines), "both began from the same revision"
    found = reviews.evaluation(EVALUATOR, key)
    assert (found.revision, found.state) == (draft.revision + 2 * count, EvaluationState.DRAFT)
    assert check_all(reviews.engine, lambda _: None).faults == ()


def test_two_processes_write_one_evaluation_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    with closing(store_in(tmp_path)) as reviews:
        at_once(f"sqlite:///{tmp_path / 'operations.sqlite'}", reviews)


def test_two_processes_write_one_evaluation_in_postgresql() -> None:
    with postgres_server() as server, closing(open_reviews(server.url)) as reviews:
        at_once(server.url, reviews)


def killed_in_the_middle(reviews: Reviews, url: str, kills: int) -> None:
    """Kills a writer so many times in the middle of a save, and asks again what was not answered."""
    key = reviews.start(EVALUATOR, CALL, CARD, request_id=new_request_id()).evaluation_id
    kept: dict[str, int] = {}
    for number in range(kills):
        with writer(url, key, 10_000) as process:
            lines = start(process)
            told: list[dict[str, Any]] = []
            for line in lines:
                told.append(json.loads(line))
                if "begun" in told[-1] and len(told) > 2 * number:
                    process.kill()
                    break
            told += said(lines)
        kept |= {line["kept"]: line["seq"] for line in told if "kept" in line}
        last = next(line for line in reversed(told) if "begun" in line)
        again = reviews.answer(
            EVALUATOR, key, "waiting", last["waiting"], revision=last["revision"], request_id=last["begun"]
        )
        assert kept.setdefault(last["begun"], again.seq) == again.seq
        assert kept_in(reviews, key) == kept
    found = reviews.evaluation(EVALUATOR, key)
    assert (found.state, found.revision) == (EvaluationState.DRAFT, 1 + len(kept))
    assert check_all(reviews.engine, lambda _: None).faults == ()


def test_a_process_that_is_killed_in_the_middle_of_a_save_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with closing(store_in(tmp_path)) as reviews:
        killed_in_the_middle(reviews, f"sqlite:///{tmp_path / 'operations.sqlite'}", 4)


@pytest.mark.chaos
def test_processes_that_are_killed_over_and_over_lose_and_double_nothing(tmp_path: Path) -> None:
    with closing(store_in(tmp_path)) as reviews:
        killed_in_the_middle(reviews, f"sqlite:///{tmp_path / 'operations.sqlite'}", 60)


@pytest.mark.chaos
def test_processes_that_are_killed_over_and_over_lose_and_double_nothing_in_postgresql() -> None:
    with postgres_server() as server, closing(open_reviews(server.url)) as reviews:
        killed_in_the_middle(reviews, server.url, 30)
