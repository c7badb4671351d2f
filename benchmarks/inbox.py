"""How soon an evaluator sees the inbox, and the form of an evaluation, with very many evaluations stored.

A snapshot of calls is made, and a store with evaluations of them: one is submitted through the product's own code, the
others are its copies. The time until it is on the screen is that of a visitor with an empty browser on a server that
runs, of one whose browser has Streamlit's files from an earlier visit, and of one who goes from the inbox to a form by
a click.
"""

from __future__ import annotations

import datetime as dt
import math
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from benchmarks.browsing import CHROMIUM, chromium, seen_at, watch_for
from benchmarks.dashboards import serve
from benchmarks.snapshot import SnapshotSize, make_snapshot
from dashboards.serving.access import LOCAL_USER
from qa_pipeline.ledger.tables import open_operations
from qa_pipeline.people.roles import Role
from qa_pipeline.published.snapshot import open_newest
from qa_pipeline.reviews.opened import new_request_id
from qa_pipeline.reviews.rights import Person
from qa_pipeline.reviews.states import TaskKind
from qa_pipeline.reviews.store import Reviews, open_reviews
from qa_pipeline.reviews.values import CallRef, NewTask
from qa_pipeline.scorecards.cards import Card
from qa_pipeline.scorecards.reading import read_card

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
CALLS, SENTENCES, DAYS = 2000, 60, 60
TASKS, EVALUATORS, ROUNDS = 300, 10, 20
TARGET = "< 1"
ROWS, FORM = ".inbox tbody tr", ".form[data-ready=true]"
VIEWPORT = {"width": 1440, "height": 900}

_COPY = """
insert into evaluations_state ({columns})
with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < {count})
select {values} from evaluations_state, numbers where evaluation_id = '{model}'
"""


def inbox(evaluations: int, say: Callable[[str], None]) -> bool:
    """Measures both pages, and is always complete.

    Raises:
        ChildFailed: the server does not start.
    """
    if not CHROMIUM.exists() or not Path("/proc/self/stat").exists():
        say(f"inbox: left out, since it needs Linux and {CHROMIUM}")
        return True
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as scratch:
        home = Path(scratch, "home")
        size = SnapshotSize(CALLS, SENTENCES, DAYS, dt.datetime.now(dt.UTC).date(), 7)
        make_snapshot(home, size, lambda _: None)
        _fill(home, evaluations)
        say(f"Inbox with {TASKS} tasks and a form, {evaluations:,} evaluations stored; seconds, {ROUNDS} visits each:")
        with serve(home, Path(scratch)) as (address, _), chromium() as browser:
            _first_visit(browser, address)  # the server reads its own code once
            found = {
                "inbox, new visitor": [_first_visit(browser, address) for _ in range(ROUNDS)],
                "inbox, a browser that was here": _later_visits(browser, address),
                "form, by a click on the inbox": [_click(browser, address, number) for number in range(ROUNDS)],
            }
    for name, seconds in found.items():
        say(f"  {name:<32}{_at(seconds, 0.5):6.2f} median{_at(seconds, 0.95):8.2f} p95   target {TARGET}")
    return True


def _fill(home: Path, evaluations: int) -> None:
    card = read_card((ROOT / "samples" / "scorecards" / "service-quality.yaml").read_text(encoding="utf-8"), "card")
    with open_newest(home / "qa.duckdb", "UTC") as snapshot:
        rows = snapshot.tuples(
            "select call_id, call_date, agent_id from calls where status = 'ok' order by call_date desc, call_id limit "
            f"{TASKS}"
        )
    calls = [CallRef(*row) for row in rows]
    url = f"sqlite:///{home / 'operations.sqlite'}"
    reviews, who = open_reviews(url), Person(LOCAL_USER, Role.ADMIN)
    model = _submitted(reviews, Person("evaluator-0", Role.EVALUATOR), calls[0], card)
    names = [LOCAL_USER, None, *(f"evaluator-{number}" for number in range(EVALUATORS))]
    reviews.assign(
        who,
        [
            NewTask(
                task_id=f"plan/{call.call_id}", task_kind=TaskKind.SAMPLE, call=call, scorecard_id=card.scorecard,
                assignee=names[0] if number < ROUNDS + 10 else names[number % len(names)],
                due_at=time.time() + (number - 20) * 3600,
            )
            for number, call in enumerate(calls)
        ],
    )  # fmt: skip
    for number in range(ROUNDS):
        reviews.start(who, calls[number], card, task_id=f"plan/{calls[number].call_id}", request_id=new_request_id())
    reviews.close()
    _copy(url, model, evaluations)


def _submitted(reviews: Reviews, who: Person, call: CallRef, card: Card) -> str:
    begun = reviews.start(who, call, card, request_id=new_request_id())
    saved = reviews.answer(
        who, begun.evaluation_id, "identity", ("yes",), revision=begun.revision, request_id=new_request_id()
    )
    reviews.submit(who, begun.evaluation_id, revision=saved.revision, request_id=new_request_id())
    return begun.evaluation_id


def _copy(url: str, model: str, count: int) -> None:
    """Released copies of an evaluation, of all evaluators; of each hundred, one waits to be released."""
    engine = open_operations(url)
    with engine.begin() as connection:
        names = [row[1] for row in connection.execute(text("pragma table_info(evaluations_state)"))]
        values = {
            "evaluation_id": "printf('%032x', n)", "call_id": "'copy-' || n",
            "evaluator": f"'evaluator-' || (n % {EVALUATORS})", "updated_at": "updated_at - n * 60.0",
            "submitted_at": "submitted_at - n * 60.0",
            "state": "case when n % 100 = 0 then 'submitted' else 'released' end",
        }  # fmt: skip
        chosen = ", ".join(values.get(name, name) for name in names)
        connection.execute(text(_COPY.format(columns=", ".join(names), values=chosen, count=count, model=model)))
    engine.dispose()


def _first_visit(browser: Browser, address: str) -> float:
    page = _visitor(browser)
    seconds = _opened(page, address)
    page.context.close()
    return seconds


def _later_visits(browser: Browser, address: str) -> list[float]:
    """Each in a page and a session of its own."""
    first = _visitor(browser)
    _opened(first, address)
    found = []
    for _ in range(ROUNDS):
        page = first.context.new_page()
        found.append(_opened(page, address))
        page.close()
    first.context.close()
    return found


def _opened(page: Page, address: str) -> float:
    watch_for(page, ROWS)
    began = time.time()
    page.goto(f"{address}/inbox", wait_until="commit")
    return seen_at(page) - began


def _click(browser: Browser, address: str, number: int) -> float:
    page = _visitor(browser)
    watch_for(page, FORM)
    page.goto(f"{address}/inbox?kind=drafts", wait_until="commit")
    link = page.locator(".inbox tbody th a").nth(number)
    link.wait_for()
    page.wait_for_load_state("networkidle")
    began = time.time()
    link.click()
    seconds = seen_at(page) - began
    page.context.close()
    return seconds


def _visitor(browser: Browser) -> Page:
    page = browser.new_context(viewport=VIEWPORT).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(120_000)
    return page


def _at(seconds: Sequence[float], share: float) -> float:
    """The smallest value that this share of them does not exceed."""
    return sorted(seconds)[max(0, math.ceil(share * len(seconds)) - 1)]
