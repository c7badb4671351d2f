"""The call list below the filters: what it shows and in which order, its table, its pages, and it as a file."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

import streamlit as st

from dashboards.call_table.call_rows import with_details
from dashboards.call_table.columns import CALL, COLUMNS, USUAL, Column, columns_of
from dashboards.call_table.component import call_table
from dashboards.components import url_controls
from dashboards.exporting.routes import export_path
from dashboards.filters import SORTS, CallFilter
from dashboards.finding import LAST_PAGE, count_hits, find_calls
from dashboards.links import call_link
from dashboards.markdown import plain
from dashboards.page import Reading
from dashboards.queries import knows_repeats, knows_rules
from dashboards.search_hits import Snippet, parts_of
from dashboards.serving.access import Right, viewer
from dashboards.url_values import names_of
from qa_pipeline.published.snapshot import Row
from qa_pipeline.wording.clocks import clock
from qa_pipeline.wording.languages import t

SIZES = (20, 50, 100, 200)
"""Calls on a page of the list."""

SNIPPETS_SHOWN = 3
"""Sentences with hits in a line of the list."""


def link_to_call(call_id: str, *, at_s: float | None = None, label: str | None = None) -> None:
    """A link that opens a call, at `at_s` seconds where given."""
    page, query = call_link(call_id, at_s)
    st.page_link(page, label=f":primary[{label or plain(call_id)}]", query_params=query)


def find_page(page: Reading, chosen: CallFilter) -> list[Row]:
    """The calls of the page of the list that the URL names."""
    number = url_controls.number("page", 1, low=1, high=LAST_PAGE)
    sort, descending = _order(page)
    return find_calls(page.snapshot, chosen, sort=sort, descending=descending, page=number, size=_size())


def count_found_hits(page: Reading, chosen: CallFilter) -> int | None:
    """Hits in the calls of all pages of the list; None where nothing is searched, or in too many calls."""
    sort, descending = _order(page)
    return count_hits(page.snapshot, chosen, sort=sort, descending=descending)


def options(page: Reading) -> None:
    """What the list shows: columns, order and calls per page, beside what was found."""
    with st.popover(t("Columns and order"), icon=":material/view_column:"):
        _widget("columns", [column.key for column in _columns(page) if column.key != CALL])
        offered = [name for name in known(page, COLUMNS) if name != CALL]
        st.multiselect(t("Columns"), offered, key="control_columns", format_func=_title, on_change=_write_columns)
        sort, descending = _order(page)
        _widget("sort", sort)
        sorts = known(page, SORTS)
        st.selectbox(t("Sorted by"), sorts, key="control_sort", format_func=_title, on_change=_write, args=("sort",))
        orders = {"down": t("largest or last first"), "up": t("smallest or first first")}
        _widget("order", "down" if descending else "up")
        st.radio(
            t("Order"), list(orders), key="control_order", format_func=orders.__getitem__, on_change=_write,
            args=("order",),
        )  # fmt: skip
        _widget("size", _size())
        st.selectbox(t("Calls per page"), SIZES, key="control_size", on_change=_write, args=("size",))


def call_list(page: Reading, calls: list[Row], chosen: CallFilter) -> None:
    """The table of the calls, rows of `find_page`, and the way to its other pages."""
    columns = _columns(page)
    sort, descending = _order(page)
    rows = [call | _hits(call) for call in with_details(page.snapshot, calls, columns)]
    call_table(rows, columns, sort=sort, descending=descending, find=chosen.text, files=_files(page, chosen))
    url_controls.pages("page", -(-calls[0]["total"] // _size()))


def _files(page: Reading, chosen: CallFilter) -> dict[str, str]:
    """The list as a file by the word on its link; none for people who may not take it along."""
    if not viewer().may(Right.EXPORT):
        return {}
    sort, descending = _order(page)
    query = chosen.to_query() | {"sort": [sort], "order": ["down" if descending else "up"]}
    query["columns"] = [",".join(column.key for column in _columns(page))]
    asked = urlencode(query, doseq=True)
    return {word: f"{export_path()}/calls.{kind}?{asked}" for kind, word in (("csv", "CSV"), ("xlsx", "Excel"))}


def _hits(call: Row) -> dict[str, object]:
    """The first sentences with hits, each cut to the parts that are hits and those that aren't, and how many more."""
    snippets: list[Snippet] = call["snippets"]
    shown = [
        {
            "role": t(said.role.capitalize()),
            "clock": "" if said.at_s is None else clock(said.at_s),
            "at_s": said.at_s,
            "parts": parts_of(said.text, said.marks),
        }
        for said in snippets[:SNIPPETS_SHOWN]
    ]
    return {"hits": shown, "more_hits": max(0, len(snippets) - SNIPPETS_SHOWN)}


def known(page: Reading, names: Iterable[str]) -> list[str]:
    """Of keys of columns or orders those of which the snapshot can say something."""
    unknown = set() if knows_repeats(page.snapshot) else {"repeat"}
    unknown |= set() if knows_rules(page.snapshot) else {"rules_hit", "rules_missed"}
    return [name for name in names if name not in unknown]


def _columns(page: Reading) -> list[Column]:
    return columns_of(known(page, names_of(st.query_params.get_all("columns"))))


def _order(page: Reading) -> tuple[str, bool]:
    sort = url_controls.one_of("sort", known(page, SORTS), "date")
    return sort, url_controls.one_of("order", ["up", "down"], "down") == "down"


def _size() -> int:
    number = url_controls.number("size", SIZES[0], low=SIZES[0], high=SIZES[-1])
    return next(size for size in SIZES if size >= number)


def _title(key: str) -> str:
    return COLUMNS[key].title


def _widget(name: str, value: object) -> None:
    """Sets a control from the URL before it is drawn."""
    st.session_state[f"control_{name}"] = value


def _write(name: str) -> None:
    url_controls.set_parameters(**{name: str(st.session_state[f"control_{name}"]), "page": None})


def _write_columns() -> None:
    chosen = st.session_state["control_columns"]
    url_controls.set_parameters(columns=",".join(chosen) if chosen and chosen != list(USUAL) else None)
