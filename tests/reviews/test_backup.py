"""Evaluations to a file and back: whole or not at all, and never one history over another."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from qa_pipeline.ledger.metadata import metadata
from qa_pipeline.ledger.review_tables import DERIVED, evaluations_state, review_head, review_log
from qa_pipeline.ledger.sampling_tables import sampling_draws, sampling_frames
from qa_pipeline.ledger.tombstones import TombstoneKind, Tombstones, mark_of
from qa_pipeline.reviews.backup import Forked, is_beginning, lost_draws, restore, write_backup
from qa_pipeline.reviews.backup_lines import BadBackup, read_header, read_lines
from qa_pipeline.reviews.checking import check_all, check_end, make_again
from qa_pipeline.reviews.faults import ReviewError
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.store import Reviews, open_reviews
from qa_pipeline.reviews.values import EvaluationFilter
from tests.postgres import postgres_server
from tests.reviews.building import AGENT, CALL, CARD, EVALUATOR, LEAD, OTHER_CALL, disputed, hasty, sampled, submitted

TABLES = [review_log, review_head, *DERIVED, sampling_frames, sampling_draws]


def silent(_count: int) -> None:
    """Progress that nobody sees."""


def contents(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {table.name: sorted(map(tuple, connection.execute(select(table))), key=repr) for table in TABLES}


@pytest.fixture
def empty(tmp_path: Path, empty_operations: Path) -> Engine:
    file = tmp_path / "empty.sqlite"
    shutil.copyfile(empty_operations, file)
    return hasty(file)


@pytest.fixture
def filled(reviews: Reviews) -> Reviews:
    reviews.assign(LEAD, [sampled(note='<b>שלום</b> & "quotes"\u2028')])
    disputed(reviews)
    return reviews


@pytest.mark.parametrize("name", ["reviews.jsonl", "reviews.jsonl.gz"])
def test_an_empty_store_takes_everything(filled: Reviews, empty: Engine, tmp_path: Path, name: str) -> None:
    written = write_backup(filled.engine, tmp_path / name, silent)
    assert written == read_header(tmp_path / name)
    assert written.cards == (f"service {CARD.version}",)
    tried = restore(empty, tmp_path / name, silent, is_trial=True)
    assert (tried.added, Reviews(empty).head()) == (written.rows, 0)
    assert restore(empty, tmp_path / name, silent) == tried
    assert contents(empty) == contents(filled.engine)
    assert check_all(empty, silent).faults == ()
    assert restore(empty, tmp_path / name, silent).added == 0


def test_the_file_can_be_read_and_checked_without_this_program(filled: Reviews, tmp_path: Path) -> None:
    file = tmp_path / "reviews.jsonl"
    write_backup(filled.engine, file, silent)
    first, *rows, last = (json.loads(line) for line in file.read_text(encoding="utf-8").split("\n")[:-1])
    previous = "0" * 64
    for number, row in enumerate(rows, 1):
        hashed = {name: value for name, value in row.items() if name != "hash"}
        text = json.dumps(hashed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(text.encode()).hexdigest() == row["hash"]
        assert (row["seq"], row["previous_hash"]) == (number, previous)
        previous = row["hash"]
    assert (first["rows"], first["head_hash"], last["end"]) == (len(rows), previous, len(rows))
    [card] = [row["payload"]["content"] for row in rows if row["kind"] == "card_kept"]
    assert card["sections"][0]["questions"][0]["text"] == "Was the customer greeted?"


def test_what_is_missing_is_added_to_a_beginning(filled: Reviews, empty: Engine, tmp_path: Path) -> None:
    early, late = tmp_path / "early.jsonl", tmp_path / "late.jsonl"
    before = write_backup(filled.engine, early, silent)
    submitted(filled, call=OTHER_CALL)
    after = write_backup(filled.engine, late, silent)
    restore(empty, early, silent)
    restored = restore(empty, late, silent)
    assert (restored.known, restored.added) == (before.rows, after.rows - before.rows)
    assert contents(empty) == contents(filled.engine)
    behind = restore(empty, early, silent)
    assert (behind.added, behind.ahead) == (0, after.rows - before.rows)
    assert is_beginning(empty, before)
    both = Reviews(empty)
    assert both.evaluations(LEAD) == filled.evaluations(LEAD)
    both.start(EVALUATOR, CALL, CARD, request_id=new_request_id())
    assert check_all(empty, silent).faults == (), "the log goes on where it was"


def test_a_fork_is_refused_with_its_row(filled: Reviews, empty: Engine, tmp_path: Path) -> None:
    file = tmp_path / "reviews.jsonl"
    beginning = write_backup(filled.engine, file, silent)
    restore(empty, file, silent)
    submitted(Reviews(empty), call=OTHER_CALL)
    before = contents(empty)
    submitted(filled, call=OTHER_CALL)
    write_backup(filled.engine, file, silent)
    with pytest.raises(Forked, match=rf"reviews.jsonl: row {beginning.rows + 1} is another one"):
        restore(empty, file, silent)
    assert contents(empty) == before
    assert not is_beginning(empty, read_header(file))


def test_a_store_that_was_tampered_with_is_not_restored_over(filled: Reviews, tmp_path: Path) -> None:
    file = tmp_path / "reviews.jsonl"
    write_backup(filled.engine, file, silent)
    with filled.engine.begin() as connection:
        connection.execute(update(review_log).where(review_log.c.seq == 4).values(actor="mallory"))
    with pytest.raises(Forked, match="row 4 is another one"):
        restore(filled.engine, file, silent)


def test_no_backup_is_written_of_a_log_that_was_changed(filled: Reviews, tmp_path: Path) -> None:
    file = tmp_path / "reviews.jsonl"
    write_backup(filled.engine, file, silent)
    good = file.read_bytes()
    submitted(filled, call=OTHER_CALL)
    with filled.engine.begin() as connection:
        connection.execute(update(review_log).where(review_log.c.seq == 4).values(actor="mallory"))
    with pytest.raises(ReviewError, match="row 4: it was changed"):
        write_backup(filled.engine, file, silent)
    assert file.read_bytes() == good
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_a_backup_is_not_replaced_by_less(filled: Reviews, empty: Engine, tmp_path: Path) -> None:
    file = tmp_path / "reviews.jsonl"
    write_backup(filled.engine, file, silent)
    with pytest.raises(ReviewError, match="rows that this store does not have"):
        write_backup(empty, file, silent)
    other = tmp_path / "notes.txt"
    other.write_text("mine", encoding="utf-8")
    with pytest.raises(ReviewError, match="is not a backup of evaluations"):
        write_backup(filled.engine, other, silent)
    assert other.read_text(encoding="utf-8") == "mine"


DAMAGES: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "cut off at a line": (lambda lines: lines[:-1], "line 13: the file was cut off here"),
    "cut off in a line": (lambda lines: [*lines[:5], lines[5][:30]], "line 6: it is not JSON"),
    "a word changed": (
        lambda lines: [line.replace("It was solved", "It was not") for line in lines],
        r"row 11 of the log: it was changed",
    ),
    "a line taken out": (lambda lines: [*lines[:4], *lines[5:]], r"line 5: row 4 of the log: row 4 is missing"),
    "lines swapped": (lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]], "line 5: row 4 of the log"),
    "the first line taken out": (lambda lines: lines[1:], "line 1: this is not a backup"),
    "a later format": (
        lambda lines: [lines[0].replace('"format_version":2', '"format_version":3'), *lines[1:]],
        "line 1: it is of a later version",
    ),
    "the end of another": (
        lambda lines: [*lines[:-1], lines[-1].replace('"end":12', '"end":13')],
        "line 14: 12 rows were written, and 12 are here",
    ),
    "something behind the end": (lambda lines: [*lines, lines[1]], "line 15: there is something after the end"),
    "a list": (lambda lines: [lines[0], "[]\n", *lines[1:]], "line 2: it is not a JSON object"),
    "another object": (lambda lines: [lines[0], "{}\n", *lines[1:]], "line 2: it is not a row of the log"),
    "a number that is a text": (
        lambda lines: [lines[0], lines[1].replace('"seq":1', '"seq":"1"'), *lines[2:]],
        "line 2: it is not a row of the log as it was written",
    ),
    "a number that is none": (
        lambda lines: [lines[0], lines[1].replace('"seq":1', '"seq":NaN'), *lines[2:]],
        "line 2: it is not a row of the log as it was written",
    ),
    "empty": (lambda _: [], "line 1: it is not JSON"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_is_not_whole_restores_nothing(filled: Reviews, empty: Engine, tmp_path: Path, damage: str) -> None:
    file = tmp_path / "reviews.jsonl"
    write_backup(filled.engine, file, silent)
    change, said = DAMAGES[damage]
    lines = [f"{line}\n" for line in file.read_text(encoding="utf-8").split("\n")[:-1]]
    file.write_text("".join(change(lines)), encoding="utf-8")
    with pytest.raises(BadBackup, match=said):
        restore(empty, file, silent)
    assert Reviews(empty).head() == 0


def test_a_compressed_file_that_was_cut_off_restores_nothing(filled: Reviews, empty: Engine, tmp_path: Path) -> None:
    file = tmp_path / "reviews.jsonl.gz"
    write_backup(filled.engine, file, silent)
    whole = file.read_bytes()
    for damaged in (whole[:-20], b"not gzip", gzip.compress(b"\xff\xfe")):
        file.write_bytes(damaged)
        with pytest.raises(BadBackup, match="cut off or changed"):
            restore(empty, file, silent)
    assert Reviews(empty).head() == 0


def test_a_compressed_file_with_a_byte_changed_is_named_and_restores_nothing(
    filled: Reviews, empty: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "reviews.jsonl.gz"
    write_backup(filled.engine, file, silent)
    whole = file.read_bytes()
    for place in range(64, len(whole) - 8, 37):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        # what else is said depends on what the byte was part of
        with pytest.raises(BadBackup, match=r"reviews\.jsonl\.gz"):
            restore(empty, file, silent)
    assert Reviews(empty).head() == 0
    file.write_bytes(whole[:64] + b"\xff" * 40 + whole[104:])
    with pytest.raises(ReviewError, match="or is damaged; move it away or name another file"):
        write_backup(filled.engine, file, silent)


def draw(plan: str, period: str, calls: list[str], engine: Engine, frame: bytes) -> None:
    """What a plan has drawn of a period whose frame has the marks `frame`."""
    row = {column.name: "x" for column in sampling_draws.columns} | {
        "plan": plan, "period": period, "frame_calls": 2, "is_risk": False, "stratum_calls": 2, "stratum_taken": 1,
        "inclusion_probability": 0.1 + 0.2, "random_number": 0.25, "is_blind": True, "blind_probability": 0.2,
        "is_double": False, "agent_id": None, "due_at": 9.5, "drawn_at": 8.5,
    }  # fmt: skip
    drawn = [{**row, "sample_id": f"{plan}/{period}/{call}", "call_id": call} for call in calls]
    of_period = {"plan": plan, "period": period, "frame_hash": hashlib.sha256(frame).hexdigest(), "frame": frame,
                 "strata": "[]", "first_drawn_at": 1.5, "drawn_at": 2.5}  # fmt: skip
    with engine.begin() as connection:
        connection.execute(delete(sampling_frames).where(sampling_frames.c.period == period))
        connection.execute(insert(sampling_frames).values(of_period))
        connection.execute(insert(sampling_draws), drawn)


ONE, TWO, THREE = b"\x00\x01\xff\x03\x04\x05\x06\x07", b"\x10" * 8, b"\x20" * 8


def test_what_was_drawn_is_restored_with_the_frame_by_which_late_calls_are_known(
    filled: Reviews, empty: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "reviews.jsonl.gz"
    draw("plan", "2025-W36", ["a"], filled.engine, ONE + TWO)
    write_backup(filled.engine, file, silent)
    assert (restore(empty, file, silent, is_trial=True).drawn, lost_draws(empty, file)) == (2, 2)
    assert restore(empty, file, silent).drawn == 2
    assert contents(empty) == contents(filled.engine)
    assert (restore(empty, file, silent).drawn, lost_draws(empty, file)) == (0, 0)
    draw("plan", "2025-W36", ["b"], empty, ONE + TWO + THREE)
    assert (restore(empty, file, silent).drawn, lost_draws(empty, file)) == (0, 0), "a frame that went on stays"
    write_backup(empty, file, silent)
    assert restore(filled.engine, file, silent).drawn == 2, "the later frame and the call that came late"
    assert contents(empty) == contents(filled.engine)


def test_draws_of_calls_that_were_erased_are_not_brought_back(filled: Reviews, empty: Engine, tmp_path: Path) -> None:
    file = tmp_path / "reviews.jsonl"
    draw("plan", "2025-W36", ["a", "b"], filled.engine, ONE + TWO)
    write_backup(filled.engine, file, silent)
    erased = Tombstones(b"key", frozenset({mark_of(b"key", TombstoneKind.CALL, "a")}))
    restore(empty, file, silent, erased=erased)
    with empty.connect() as connection:
        assert connection.execute(select(sampling_draws.c.call_id)).scalars().all() == ["b"]
    assert (lost_draws(empty, file), lost_draws(empty, file, erased)) == (1, 0)


def test_draws_that_differ_are_not_restored_over(filled: Reviews, empty: Engine, tmp_path: Path) -> None:
    file = tmp_path / "reviews.jsonl"
    draw("plan", "2025-W36", ["a"], filled.engine, ONE)
    write_backup(filled.engine, file, silent)
    draw("plan", "2025-W36", ["b"], empty, TWO)
    with pytest.raises(Forked, match="plan 2025-W36 of sampling_frames was drawn otherwise"):
        restore(empty, file, silent)
    assert Reviews(empty).head() == 0
    text = file.read_text(encoding="utf-8")
    for changed in (
        text.replace('"call_id":"a"', '"call_id":"b"'),
        text.replace('"table":"sampling_draws"', '"table":"calls"'),
        "".join(line for line in text.splitlines(keepends=True) if '"sampling_frames"' not in line),
    ):
        file.write_text(changed, encoding="utf-8")
        with pytest.raises(BadBackup, match="drawn"):
            list(read_lines(file))


def test_a_backup_of_the_first_format_is_read_too(filled: Reviews, empty: Engine, tmp_path: Path) -> None:
    file = tmp_path / "reviews.jsonl"
    write_backup(filled.engine, file, silent)
    *lines, last = file.read_text(encoding="utf-8").splitlines(keepends=True)
    end = {name: value for name, value in json.loads(last).items() if not name.startswith("draws")}
    lines[0] = lines[0].replace('"format_version":2', '"format_version":1')
    file.write_text("".join(lines) + json.dumps(end) + "\n", encoding="utf-8")
    assert restore(empty, file, silent).drawn == 0
    assert Reviews(empty).head() == filled.head()


def test_all_tables_of_evaluations_are_tables_of_the_operations_database() -> None:
    assert {table.name for table in TABLES} <= set(metadata.tables)


@pytest.mark.process
def test_postgresql_takes_the_file_reads_the_same_and_gives_it_back(
    filled: Reviews, empty: Engine, tmp_path: Path
) -> None:
    reviews_file, back = tmp_path / "reviews.jsonl", tmp_path / "back.jsonl"
    write_backup(filled.engine, reviews_file, silent)
    with postgres_server() as server, closing(open_reviews(server.url)) as there:
        restore(there.engine, reviews_file, silent)
        assert contents(there.engine) == contents(filled.engine)
        assert check_all(there.engine, silent).faults == check_end(there.engine).faults == ()
        [one] = filled.evaluations(LEAD)
        for who in (LEAD, EVALUATOR, AGENT):
            for read in (
                lambda store, who=who: store.evaluations(who, EvaluationFilter(call_ids=frozenset({CALL.call_id}))),
                lambda store, who=who: store.count_evaluations(who),
                lambda store, who=who: store.of_call(who, CALL.call_id),
                lambda store, who=who: store.evaluation(who, one.evaluation_id),
                lambda store, who=who: store.history(who, one.evaluation_id),
                lambda store, who=who: store.answers_of(who, [one.evaluation_id]),
            ):
                assert read(there) == read(filled)
        for who in (LEAD, EVALUATOR):
            assert (there.tasks(who), there.inbox(who)) == (filled.tasks(who), filled.inbox(who))
        assert there.since(LEAD, 0) == filled.since(LEAD, 0)
        submitted(there, call=OTHER_CALL)
        write_backup(there.engine, back, silent)
        with there.engine.begin() as connection:
            connection.execute(update(evaluations_state).values(score=1.0))
        assert {fault.said.partition(" of ")[0] for fault in check_all(there.engine, silent).faults} == {
            "evaluations_state has another score"
        }
        make_again(there.engine, silent)
        restore(empty, back, silent)
        assert contents(empty) == contents(there.engine)
