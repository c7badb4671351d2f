"""Puts the table on a page, and the browser's wishes into the URL."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dashboards.call_table.columns import Cell, Column
from dashboards.components import url_controls
from dashboards.links import call_link
from dashboards.palette import Mark
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.languages import t

BROWSER = Path(__file__).with_name("browser")
KEY = "call_table"


def call_table(
    calls: Sequence[Row], columns: Sequence[Column], *, sort: str, descending: bool, find: str, files: dict[str, str]
) -> None:
    """The table. A click on a heading sorts by it, on a call opens it; `files` are addresses of the whole list as a
    file, by the word on their link, to which the browser adds the calls that somebody has ticked.

    `find` is the search that is carried to a call.
    """
    render = st.components.v2.component("qa_call_table", html="", css=_file("table.css"), js=_file("table.js"))
    render(
        key=KEY,
        data={
            "columns": [_heading(column, sort, descending=descending) for column in columns],
            "rows": [_row(call, columns, find) for call in calls],
            "files": files,
            "labels": {
                "calls": t("Calls"),
                "all": t("Select all calls of this page"),
                "one": t("Select call {call}", call="{call}"),
                "selected": t("{n} selected", n="{n}"),
                "clear": t("Clear selection"),
                "whole": t("All calls of the list"),
                "agent": t("Agent"),
                "customer": t("Customer"),
                "more": t("{n} more", n="{n}"),
                "between": t("some left out"),
            },
        },
        on_sort_change=_sort,
    )


def _sort() -> None:
    """Before the page runs again, so that it reads the new order from the URL."""
    asked = st.session_state[KEY].sort
    if asked:
        url_controls.set_parameters(sort=asked["key"], order="down" if asked["falls"] else "up", page=None)


def _heading(column: Column, sort: str, *, descending: bool) -> dict[str, Any]:
    is_sorted = column.key == sort
    return {
        "key": column.key,
        "title": column.title,
        "about": t(column.about) if column.about else "",
        "number": column.is_number,
        "sorted": ("descending" if descending else "ascending") if is_sorted else "none",
        "falls": not descending if is_sorted else column.falls_first,
    }


def _row(call: Row, columns: Sequence[Column], find: str) -> dict[str, Any]:
    return {
        "id": call["call_id"],
        "address": _address(call["call_id"], None, find),
        "cells": [_cell(column.show(call)) for column in columns],
        "hits": [
            {
                "role": hit["role"],
                "clock": hit["clock"],
                "at_s": hit["at_s"],
                "address": _address(call["call_id"], hit["at_s"], find),
                "parts": hit["parts"],
            }
            for hit in call.get("hits", ())
        ],
        "more": call.get("more_hits", 0),
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {"text": cell.text, "below": cell.below, "leads": cell.leads, "marks": [_mark(mark) for mark in cell.marks]}


def _mark(mark: Mark | None) -> dict[str, str] | None:
    return None if mark is None else {"word": mark.label, "colour": mark.colour}


def _address(call_id: str, at_s: float | None, find: str) -> str:
    """The call's page as a link that a browser can open in a tab of its own, relative to the list."""
    _, query = call_link(call_id, at_s, find or None)
    return f"call?{urlencode(query, doseq=True)}"


@functools.cache
def _file(name: str) -> str:
    return (BROWSER / name).read_text(encoding="utf-8")
