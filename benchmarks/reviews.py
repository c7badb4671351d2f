"""What saving an answer takes, and what an inbox asks, with many evaluations stored: in SQLite and in PostgreSQL.

The log is filled as the product writes it, with its hashes; then evaluators answer in threads of one process, as in the
pages' server, each with a pause between two answers, and with none. Beside it, what inserting a row into a table of its
own and committing takes in the same database, in the same threads with the same pauses.
"""

from __future__ import annotations

import datetime as dt
import math
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, func, insert, select, text

from qa_pipeline.ledger.review_tables import review_log
from qa_pipeline.people.roles import Role
from qa_pipeline.reviews.chain import BEFORE_THE_FIRST, digest, hold, line_of, set_head
from qa_pipeline.reviews.checking import check_end
from qa_pipeline.reviews.json_values import answer_json, canonical
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.projection import apply_in_bulk, changes_of
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.states import LogKind, TaskKind
from qa_pipeline.reviews.store import Reviews, open_reviews
from qa_pipeline.reviews.values import CallRef, LogRow, NewTask
from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.reading import read_card
from samples.servers import has_postgres
from tests.postgres import postgres_server

QUESTIONS, EVALUATORS, CALLS_A_DAY = 8, 10, 300
ANSWERS, PAUSE_S = 40, 0.5
OPEN_TASKS, LOOKS = 300, 60
ROWS_AT_ONCE = 5000
TARGET_MS = 150
FIRST_DAY = dt.date(2025, 1, 1)

LEAD = Person("lead", Role.LEAD)
PEOPLE = [Person(f"evaluator-{number}", Role.EVALUATOR) for number in range(EVALUATORS)]

_CARD = (
    "scorecard: bench\ntitle: Bench\nscoring: by_question\nsections:\n  - id: one\n    title: One\n    questions:\n"
    + "".join(
        f"      - {{id: q{number}, text: Question {number}, not_applicable: true, options: "
        "[{id: yes, text: Yes, points: 1}, {id: no, text: No, points: 0}]}\n"
        for number in range(QUESTIONS)
    )
)


def reviews(evaluations: int, say: Callable[[str], None]) -> bool:
    """Prints milliseconds of each database, beside those of a bare insert with its commit."""
    say(f"Reviews: {evaluations:,} evaluations of {QUESTIONS} answers stored, {EVALUATORS} evaluators at work")
    with tempfile.TemporaryDirectory(prefix="qa-reviews-") as folder:
        complete = _measure("SQLite", f"sqlite:///{Path(folder, 'operations.sqlite')}", evaluations, say)
    if not has_postgres():
        say("PostgreSQL is not installed")
        return complete
    with postgres_server() as server:
        return _measure("PostgreSQL", server.url, evaluations, say) and complete


def _measure(name: str, url: str, evaluations: int, say: Callable[[str], None]) -> bool:
    opened = open_reviews(url)
    card = read_card(_CARD, "card")
    began = time.perf_counter()
    rows = fill(opened, card, evaluations)
    say(f"\n{name}: {rows:,} rows of the log written in {time.perf_counter() - began:.0f} s")
    say(f"{'ms':<52}{'p50':>9}{'p95':>9}{'÷ bare p50':>12}{'target p95':>12}")
    for label, pause_s in ((f"a pause of {PAUSE_S:g} s each", PAUSE_S), ("no pause", 0.0)):
        bare = _at_work(_bare_writers(opened.engine, pause_s))
        saved = _at_work(_answering(opened, card, pause_s))
        _row(say, f"insert and commit, {EVALUATORS} at once, {label}", bare)
        _row(say, f"an answer saved, {EVALUATORS} at once, {label}", saved, bare, f"< {TARGET_MS}")
    for label, look in _looks(opened, evaluations):
        _row(say, label, [_ms(look) for _ in range(LOOKS)])
    quick = check_end(opened.engine)
    _row(say, "the end of the log looked at, as doctor does", [_ms(lambda: check_end(opened.engine)) for _ in range(5)])
    opened.close()
    return not quick.faults


def fill(opened: Reviews, card: Card, evaluations: int) -> int:
    """Writes the log of so many released evaluations, each of a task, and returns how many rows that were."""
    seq, last_hash = 0, BEFORE_THE_FIRST
    waiting: list[LogRow] = []
    with opened.engine.begin() as connection:
        hold(connection)
        for line in _lines(card, evaluations):
            seq += 1
            line |= {"seq": seq, "previous_hash": last_hash}
            last_hash = digest(line)
            waiting.append(LogRow(**line, hash=last_hash))
            if len(waiting) == ROWS_AT_ONCE:
                _write(connection, waiting)
                waiting = []
        _write(connection, waiting)
        set_head(connection, seq, last_hash)
    if opened.engine.dialect.name == "postgresql":
        with opened.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("analyze"))  # as a server does by itself after a while
    return seq


def _write(connection: Connection, rows: Sequence[LogRow]) -> None:
    if rows:
        lines = [{**line_of(row), "payload": canonical(row.payload)} for row in rows]
        connection.execute(insert(review_log), lines)
        apply_in_bulk(connection, [change for row in rows for change in changes_of(row)])


def _lines(card: Card, evaluations: int) -> Iterator[dict[str, Any]]:
    """Rows of the log without numbers and hashes."""
    at = 1_735_700_000.0
    content = card.model_dump(mode="json", by_alias=True)
    kept = {"scorecard_id": card.scorecard, "version": card.version, "title": card.title, "content": content}
    yield _line(at, "lead", LogKind.CARD_KEPT, kept)
    for number in range(evaluations):
        at += 60.0
        call = _call(number)
        task_id = f"plan/{number}"
        who = PEOPLE[number % EVALUATORS].login
        about = {"call_date": call.call_date.isoformat(), "agent_id": call.agent_id, "scorecard_id": card.scorecard}
        common = {
            **about, "evaluation_type": "standard", "due_at": at + 7 * 86400, "sample_id": "plan",
            "inclusion_probability": 0.02, "session_id": None, "is_expert": False,
        }  # fmt: skip
        task = {**common, "task_id": task_id, "task_kind": "sample", "assignee": who, "note": None}
        yield _line(at, "lead", LogKind.TASK_ASSIGNED, task, call_id=call.call_id)
        of = {"evaluation_id": f"{number:032x}", "call_id": call.call_id}
        started = {
            **common, "revision": 1, "scorecard_version": card.version, "task_id": task_id, "supersedes": None,
            "dispute_round": 0,
        }  # fmt: skip
        yield _line(at, who, LogKind.EVALUATION_STARTED, started, **of)
        answers = []
        for place, question in enumerate(card.questions):
            answer = answer_json(("yes",) if (number + place) % 5 else ("no",))
            answers.append({"question": question.id, "answer": answer, "earned": 1.0, "possible": 1.0, "weight": 1.0})
            given = {
                "revision": 2 + place, "question": question.id, "answer": answer, "comment": None, "evidence": [],
                "seconds": 9.0, "seconds_of_question": 9.0, "seconds_spent": 9.0 * place, "shown_machine": None,
            }  # fmt: skip
            yield _line(at, who, LogKind.ANSWER_GIVEN, given, **of)
        score = {
            "score": 80.0, "score_before_fail": 80.0, "coverage": 1.0, "failed_by": [], "reason": None,
            "sections": {"one": 80.0}, "critical": {}, "answers": answers,
        }  # fmt: skip
        submitted = {"revision": 2 + QUESTIONS, "score": score, "facts": {}, "task_id": task_id}
        yield _line(at, who, LogKind.SUBMITTED, submitted, **of)
        yield _line(at, "lead", LogKind.RELEASED, {"revision": 3 + QUESTIONS, "state": "released"}, **of)


def _line(at: float, actor: str, kind: LogKind, payload: dict[str, Any], **about: str) -> dict[str, Any]:
    empty = {"evaluation_id": None, "call_id": None, "request_id": None}
    return {**empty, "at": at, "actor": actor, "kind": kind, "payload": payload, **about}


def _call(number: int) -> CallRef:
    return CallRef(f"call-{number}", FIRST_DAY + dt.timedelta(days=number // CALLS_A_DAY), f"agent-{number % 50}")


def _answering(opened: Reviews, card: Card, pause_s: float) -> list[Callable[[], Iterator[float]]]:
    """For each evaluator a draft that is answered, answer by answer, and what each took, ms."""

    def work(person: Person, number: int) -> Iterator[float]:
        call = CallRef(f"new-{new_request_id()}", FIRST_DAY, "agent-1")
        draft = opened.start(person, call, card, request_id=new_request_id())
        revision = draft.revision
        for answer in range(ANSWERS):
            _pause(pause_s, number, answer)
            began = time.perf_counter()
            saved = opened.answer(
                person, draft.evaluation_id, f"q{answer % QUESTIONS}", ("yes",), comment="Said it twice", seconds=5,
                revision=revision, request_id=new_request_id(),
            )  # fmt: skip
            yield 1000 * (time.perf_counter() - began)
            revision = saved.revision

    return [lambda person=person, number=number: work(person, number) for number, person in enumerate(PEOPLE)]  # type: ignore[misc]


def _bare_writers(engine: Engine, pause_s: float) -> list[Callable[[], Iterator[float]]]:
    """As many who insert a row and commit, and what each took, ms."""
    table = Table("bare", MetaData(), Column("id", Integer, primary_key=True), Column("words", String))
    table.create(engine, checkfirst=True)

    def work(number: int) -> Iterator[float]:
        for answer in range(ANSWERS):
            _pause(pause_s, number, answer)
            began = time.perf_counter()
            with engine.begin() as connection:
                if engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                connection.execute(insert(table).values(words="Said it twice"))
            yield 1000 * (time.perf_counter() - began)

    return [lambda number=number: work(number) for number in range(EVALUATORS)]  # type: ignore[misc]


def _pause(pause_s: float, number: int, answer: int) -> None:
    """Around that long, and not all at once."""
    time.sleep(pause_s * (0.5 + (7 * number + 3 * answer) % 10 / 10))


def _at_work(writers: Sequence[Callable[[], Iterator[float]]]) -> list[float]:
    """Lets all of them write at once, and returns what every write took, ms."""
    took: list[list[float]] = [[] for _ in writers]

    def run(place: int) -> None:
        took[place] += writers[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(writers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [one for each in took for one in each]


def _looks(opened: Reviews, evaluations: int) -> list[tuple[str, Callable[[], object]]]:
    """What an inbox and a form ask."""
    me = PEOPLE[0]
    tasks = [
        NewTask(
            task_id=f"open/{number}", task_kind=TaskKind.SAMPLE, call=_call(evaluations + number),
            scorecard_id="bench", assignee=PEOPLE[number % EVALUATORS].login if number % 3 else None,
            due_at=1_735_700_000.0 + number,
        )
        for number in range(OPEN_TASKS)
    ]  # fmt: skip
    opened.assign(LEAD, tasks)
    middle = f"{evaluations // 2:032x}"
    with opened.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(review_log)).scalar_one() == opened.head()
    return [
        ("inbox: how much waits for an evaluator", lambda: opened.inbox(me)),
        ("inbox: an evaluator's tasks, and those of nobody", lambda: opened.tasks(me)),
        ("inbox: how much waits for a lead", lambda: opened.inbox(LEAD)),
        ("inbox: everybody's tasks, as a lead sees them", lambda: opened.tasks(LEAD)),
        ("an evaluator's last 50 evaluations", lambda: opened.evaluations(me, limit=50)),
        ("everybody's last 50 evaluations", lambda: opened.evaluations(LEAD, limit=50)),
        ("an agent's last 50 evaluations", lambda: opened.evaluations(_AGENT, limit=50)),
        ("the evaluations of a call", lambda: opened.of_call(LEAD, _call(evaluations // 2).call_id)),
        ("an evaluation with its answers and its card", lambda: opened.evaluation(LEAD, middle)),
        ("what changed in the last 1,000 rows of the log", lambda: opened.since(LEAD, opened.head() - 1000)),
    ]


_AGENT = Person("agent", Role.AGENT, "agent-7")


def _ms(look: Callable[[], object]) -> float:
    began = time.perf_counter()
    look()
    return 1000 * (time.perf_counter() - began)


def _row(
    say: Callable[[str], None], label: str, took: list[float], bare: list[float] | None = None, target: str = ""
) -> None:
    p50, p95 = _at(took, 0.5), _at(took, 0.95)
    ratio = f"{p50 / _at(bare, 0.5):.1f}" if bare else ""
    say(f"{label:<52}{p50:>9.1f}{p95:>9.1f}{ratio:>12}{target:>12}")


def _at(took: list[float], share: float) -> float:
    return sorted(took)[min(math.ceil(share * len(took)), len(took)) - 1]
