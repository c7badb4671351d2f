"""An evaluation as its page shows it: sections, answers in the card's words, comments, places that play."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from dashboards.board.addresses import address
from dashboards.links import call_link
from dashboards.palette import ROLES
from qa_pipeline.reviews.values import Evaluation, Evidence, GivenAnswer, MomentComment
from qa_pipeline.scorecards.cards import Question, Section
from qa_pipeline.scorecards.scoring import Given, NoOption
from qa_pipeline.wording.clocks import clock, moment
from qa_pipeline.wording.evaluations import NO_OPTIONS, score_text
from qa_pipeline.wording.languages import t

BROWSER = Path(__file__).with_name("browser")


def record(found: Evaluation, zone: str) -> None:
    """Draws it, with times of `zone`; a click on a place plays it in the instrument of the page."""
    css, js = ((BROWSER / f"record.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    _component(css, js)(key=f"record_{found.evaluation_id}", data=record_data(found, zone))


@functools.cache
def _component(css: str, js: str) -> Any:
    return st.components.v2.component("qa_record", html='<div class="record"></div>', css=css, js=js)


def record_data(found: Evaluation, zone: str) -> dict[str, Any]:
    """What the browser takes: all of it in words."""
    places = [place for answer in found.answers.values() for place in answer.evidence]
    return {
        "sections": [_section(found, section) for section in found.card.sections],
        "comments": [_remark(found, each, zone) for each in found.comments],
        "evidence": [{"role": place.role, "sentence_ids": list(place.sentence_ids)} for place in places],
        "labels": {"comments": t("Comments")},
    }


def _section(found: Evaluation, section: Section) -> dict[str, Any]:
    score = found.sections.get(section.id)
    return {
        "title": section.title,
        "score": "" if score is None else score_text(score),
        "questions": [_question(found, question) for question in section.questions],
    }


def _question(found: Evaluation, question: Question) -> dict[str, Any]:
    given = found.answers.get(question.id)
    answer = NoOption.UNANSWERED if given is None else given.answer
    is_failed = question.id in found.failed_by
    return {
        "text": question.text,
        "answer": answer_words(question, answer),
        "points": _points(given),
        "tone": "bad" if is_failed else "",
        "tags": _tags(question, given, is_failed=is_failed),
        "comment": (given.comment or "") if given else "",
        "places": [_place(found.call.call_id, place) for place in given.evidence] if given else [],
        "is_disputed": question.id in found.dispute_questions,
        "note": t("disputed") if question.id in found.dispute_questions else "",
    }


def answer_words(question: Question, answer: Given) -> str:
    """An answer as the card words it."""
    if isinstance(answer, NoOption):
        return t(NO_OPTIONS[answer.value])
    if isinstance(answer, tuple):
        texts = {option.id: option.text for option in question.options}
        return t(", ").join(texts.get(option, option) for option in answer) or t("none of them")
    if isinstance(answer, dt.date):
        return answer.isoformat()
    return answer if isinstance(answer, str) else f"{answer:g}"


def _points(given: GivenAnswer | None) -> str:
    if given is None or given.earned is None or given.possible is None:
        return ""
    return t("{earned} of {possible} points", earned=f"{given.earned:g}", possible=f"{given.possible:g}")


def _tags(question: Question, given: GivenAnswer | None, *, is_failed: bool) -> list[str]:
    tags = [t("automatic fail")] if is_failed else []
    if given is not None and given.shown_machine is not None:
        tags.append(t("the machine's answer was shown"))
    if question.bonus:
        tags.append(t("bonus"))
    if question.excluded:
        tags.append(t("not scored"))
    return tags


def _place(call_id: str, place: Evidence) -> dict[str, Any]:
    begin = place.begin_ms or 0
    role = ROLES[place.role].label if place.role in ROLES else ""
    at = clock(begin / 1000)
    return {
        "label": f"▶ {at} {role}".strip(),
        "name": t("Play {at} {role}", at=at, role=role).strip(),
        "at_ms": begin,
        "href": address(*call_link(call_id, begin / 1000)),
    }


def _remark(found: Evaluation, each: MomentComment, zone: str) -> dict[str, Any]:
    texts: Mapping[str, str] = {question.id: question.text for question in found.card.questions}
    about = [texts.get(each.question, each.question)] if each.question else []
    place = None if each.moment_ms is None else _place(found.call.call_id, Evidence(begin_ms=each.moment_ms))
    by = [*about, each.actor, moment(dt.datetime.fromtimestamp(each.at, ZoneInfo(zone)))]
    return {"text": each.text, "by": " · ".join(by), "at_ms": each.moment_ms, "place": place}
