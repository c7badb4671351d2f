"""Puts the inbox on its page: rows with what is known of their calls, and what the browser asks for."""

from __future__ import annotations

import datetime as dt
import functools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from dashboards.board.addresses import address
from dashboards.inbox.waiting import Kind, Waiting
from dashboards.links import CALL_PAGE, EVALUATION_PAGE
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.clocks import UNKNOWN, clock, moment
from qa_pipeline.wording.evaluations import score_text, type_label
from qa_pipeline.wording.languages import t, to_translate

BROWSER = Path(__file__).with_name("browser")
KEY = "inbox"

WORDS = {
    Kind.DUE: to_translate("To do"),
    Kind.OVERDUE: to_translate("Overdue"),
    Kind.DRAFTS: to_translate("Drafts"),
    Kind.DISPUTES: to_translate("Disputes to decide"),
    Kind.POOL: to_translate("Not assigned"),
    Kind.RELEASE: to_translate("To release"),
    Kind.OTHERS: to_translate("Assigned to others"),
    Kind.TO_ASSIGN: to_translate("For you to assign"),
}
"""Kind → its English word."""

EMPTY = {
    Kind.DUE: to_translate("Nothing is assigned to you. You can evaluate any call: open it and choose Evaluate."),
    Kind.OVERDUE: to_translate("Nothing is past its time."),
    Kind.DRAFTS: to_translate("You have no draft. What you begin and do not submit is listed here."),
    Kind.DISPUTES: to_translate("No dispute waits for you."),
    Kind.POOL: to_translate("Nothing waits for somebody to take it. A sampling plan draws calls to evaluate."),
    Kind.RELEASE: to_translate("Nothing waits to be released."),
    Kind.OTHERS: to_translate("Nothing is assigned to others."),
    Kind.TO_ASSIGN: to_translate("Nothing waits to be assigned."),
}
"""Kind → what to say where there is none of it."""

REASONS = {
    "sample": to_translate("drawn"),
    "double": to_translate("second evaluation"),
    "calibration": to_translate("calibration"),
    "manual": to_translate("assigned"),
    "dispute": to_translate("dispute"),
}
"""Why somebody is to do something → its English word."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for in the browser: to assign these tasks to somebody, or to nobody."""

    tasks: tuple[str, ...] = ()
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the inbox is drawn with: what waits, the kinds that the person has, rows of `who_took_calls` by call, titles
    of cards by their ids, people to assign to, who looks, and the time zone."""

    waiting: Sequence[Waiting]
    kinds: Sequence[Kind]
    calls: Mapping[str, Row]
    titles: Mapping[str, str]
    people: Sequence[str]
    login: str
    timezone: str


def inbox_table(shelf: Shelf) -> Wishes:
    """Draws the inbox and returns what is to be assigned."""
    now = time.time()
    render = st.components.v2.component(
        "qa_inbox", html='<div class="inbox"></div>', css=_file("inbox.css"), js=_file("inbox.js")
    )
    asked = render(
        key=KEY,
        data={
            "kinds": [
                [kind, t(WORDS[kind]), sum(kind in each.kinds for each in shelf.waiting)] for kind in shelf.kinds
            ],
            "columns": [{"key": key, "title": t(word)} for key, word in _COLUMNS],
            "rows": [_row(each, shelf, now) for each in shelf.waiting],
            "people": list(shelf.people),
            "labels": _labels(),
        },
        on_assign_change=lambda: None,
    )
    if asked.assign:
        return Wishes(tuple(map(str, asked.assign["tasks"])), asked.assign["to"] or None)
    return Wishes()


def _page_of(each: Waiting) -> str:
    """A dispute is decided on the page of its evaluation; all else is done beside the call."""
    return EVALUATION_PAGE if each.is_dispute else CALL_PAGE


_COLUMNS = (
    ("call", to_translate("Call")),
    ("what", to_translate("What")),
    ("agent", to_translate("Agent")),
    ("queue", to_translate("Queue")),
    ("card", to_translate("Scorecard")),
    ("due", to_translate("Due")),
    ("of", to_translate("Evaluator")),
)


def _row(each: Waiting, shelf: Shelf, now: float) -> dict[str, Any]:
    call = shelf.calls.get(each.call.call_id, {})
    is_late = each.due_at is not None and each.due_at < now
    agent = call.get("agent_name") or each.call.agent_id
    length = clock(call["duration_s"]) if call.get("duration_s") is not None else ""
    due = UNKNOWN if each.due_at is None else moment(dt.datetime.fromtimestamp(each.due_at, ZoneInfo(shelf.timezone)))
    state = score_text(each.score) if each.score is not None else t("begun") if each.is_begun else ""
    what = " · ".join(filter(None, (t(REASONS.get(each.reason, each.reason)), type_label(each.evaluation_type))))
    below = " · ".join(filter(None, (each.call.call_date.isoformat(), length)))
    cells = (
        _cell(each.call.call_id, below),
        _cell(what, " · ".join(filter(None, (state, each.note)))),
        _cell(agent or UNKNOWN, call.get("team") or "", "", agent),
        _cell(call.get("queue") or UNKNOWN, "", "", call.get("queue")),
        _cell(shelf.titles.get(each.card, each.card)),
        _cell(due, "", t("overdue") if is_late else "", each.due_at),
        _cell(t("you") if each.of == shelf.login else each.of or t("nobody"), "", "", each.of),
    )
    return {
        "id": each.key,
        "kinds": sorted(each.kinds),
        "call": each.call.call_id,
        "task": each.task_id,
        "assignable": each.task_id is not None and not each.is_begun,
        "is_late": is_late,
        "address": address(_page_of(each), each.query),
        "cells": cells,
    }


def _cell(text: str, *more: Any) -> list[Any]:
    """The text, below it, its mark, and what it is sorted by where that is not the text; what is empty at the end is
    left out, as there are thousands."""
    cell = [text, *more]
    while len(cell) > 1 and cell[-1] == "":
        cell.pop()
    return cell


def _labels() -> dict[str, Any]:
    return {
        "inbox": t("Inbox"),
        "kinds": t("Kinds"),
        "all": t("All"),
        "find": t("Find call, agent, queue or card"),
        "nothing_found": t("Nothing in this list has these words."),
        "empty": {"all": t("Nothing waits for you. You can evaluate any call: open it and choose Evaluate.")}
        | {str(kind): t(text) for kind, text in EMPTY.items()},
        "tick": t("Select call {call}", call="{call}"),
        "ticked": t("{n} selected", n="{n}"),
        "more": t("Show all {n}", n="{n}"),
        "assign": t("Assign"),
        "assign_to": t("Assign to"),
        "nobody": t("nobody (whoever takes it)"),
    }


@functools.cache
def _file(name: str) -> str:
    return (BROWSER / name).read_text(encoding="utf-8")
