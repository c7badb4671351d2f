"""Links between the pages: the page's file and the URL parameters, as `st.page_link` and `st.switch_page` take them."""

from __future__ import annotations

from dashboards.filters import CallFilter

CALLS_PAGE = "app_pages/calls.py"
CALL_PAGE = "app_pages/call.py"
RULES_PAGE = "app_pages/rules.py"
GLOSSARY_PAGE = "app_pages/glossary.py"
EVALUATION_PAGE = "app_pages/evaluation.py"
EVALUATIONS_PAGE = "app_pages/evaluations.py"
INBOX_PAGE = "app_pages/inbox.py"
MY_EVALUATIONS_PAGE = "app_pages/my_evaluations.py"

Link = tuple[str, dict[str, list[str]]]
"""File of the page, and its URL parameters."""


def calls_link(chosen: CallFilter, *, sort: str | None = None, descending: bool = True) -> Link:
    """The list of the calls that `chosen` leaves, in the order `sort` (one of `filters.SORTS`) where given."""
    order = {"sort": [sort], "order": ["down" if descending else "up"]} if sort else {}
    return CALLS_PAGE, chosen.to_query() | order


def call_link(call_id: str, at_s: float | None = None, q: str | None = None) -> Link:
    """A call: at `at_s` seconds from its start, and with the hits of the search `q` marked, where given."""
    query = {"call": [call_id]}
    if at_s is not None:
        query["t"] = [f"{at_s:.3f}".rstrip("0").rstrip(".")]
    if q:
        query["q"] = [q]
    return CALL_PAGE, query


def evaluation_link(evaluation_id: str) -> Link:
    """An evaluation, with what its reader may do to it."""
    return EVALUATION_PAGE, {"evaluation": [evaluation_id]}
