"""What a rule answers, in the form of a real Chromium: with evidence that plays; and nowhere while one is blind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa_pipeline.reviews.states import EvaluationType
from qa_pipeline.reviews.store import Reviews, open_reviews
from qa_pipeline.reviews.values import CallRef
from tests.dashboards.browsing import expect, serve
from tests.dashboards.conftest import rewrite
from tests.dashboards.evaluating.scene import CALL
from tests.dashboards.evaluating.test_in_browser import HERE, draft, expect_chosen, expect_state, form_of, window
from tests.dashboards.evaluating.test_routes import BY_MACHINE
from tests.dashboards.test_faces import lasting

pytestmark = pytest.mark.browser

OTHER = CallRef("c0103", CALL.call_date, "a-chen")
HIT = (
    "insert into rule_hits by name select $$c0102$$ as call_id, $$identity$$ as rule_id, $$v1$$ as rule_version, "
    "1 as hit_id, date $$2025-09-01$$ as call_date, $$hit$$ as outcome, $$customer$$ as role, 1 as channel_id, "
    "0 as sentence_id, 0 as begin_char, 0 as last_sentence_id, 3 as end_char, 4000 as begin_ms, 6000 as end_ms, "
    "$$a telling word$$ as evidence"
)


@pytest.fixture(scope="module")
def home(published_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenario, with what a machine answers to two of its calls."""
    of_one = [*BY_MACHINE, HIT]
    of_other = [text.replace("$$c0102$$", "$$c0103$$").replace("$$id$$", "$$other$$") for text in of_one]
    return rewrite(published_home, tmp_path_factory.mktemp("ruled"), *of_one, *of_other)


@pytest.fixture(scope="module")
def address(home: Path, recordings: Path) -> Iterator[str]:
    with serve(home, recordings) as found:
        yield found


@pytest.fixture
def reviews(home: Path) -> Iterator[Reviews]:
    opened = open_reviews(f"sqlite:///{home / 'operations.sqlite'}")
    yield opened
    opened.close()


def test_the_answer_of_a_rule_can_be_heard_and_counts_once_it_is_taken(
    browser: Any, address: str, reviews: Reviews
) -> None:
    with draft(reviews) as begun, window(browser) as tab:
        form = form_of(tab, address, begun)
        proposal = form.locator("[data-question=identity] .proposal")
        expect(proposal).to_contain_text("Proposal: No (the rule Asks who is calling)")
        proposal.get_by_role("button", name="Play from 0:04").click()
        sound = tab.locator(".instrument audio").element_handle()
        tab.wait_for_function("sound => sound.currentTime >= 4", arg=sound)
        assert reviews.evaluation(HERE, begun.evaluation_id).answers == {}
        proposal.get_by_role("button", name="Take it").click()
        expect_chosen(form, "identity", 2)
        expect(form.locator("[data-question=identity] > .answering > .chips .chip")).to_have_count(1)
        expect_state(form, "saved")
        assert lasting(tab) == []
        kept = reviews.evaluation(HERE, begun.evaluation_id).answers["identity"]
    assert kept.answer == kept.shown_machine == ("no",)
    assert kept.evidence[0].begin_ms == 4000


def test_a_blind_page_gets_nothing_of_a_rule(browser: Any, address: str, reviews: Reviews) -> None:
    frames: list[str] = []
    with draft(reviews, EvaluationType.BLIND, OTHER) as begun, window(browser) as tab:
        tab.on("websocket", lambda socket: socket.on("framereceived", lambda got: frames.append(str(got))))
        form = form_of(tab, address, begun)
        expect(form.locator(".blind")).to_be_visible()
        expect(form.locator("[data-question=identity] .option").first).to_be_visible()
        expect(form.locator(".proposal").first).to_be_hidden()
        seen = "".join((tab.content(), *frames))
        shadow = form.evaluate("form => form.getRootNode().textContent")
    assert frames
    for telling in ("Asks who is calling", "a telling word"):
        assert telling not in seen
        assert telling not in shadow
