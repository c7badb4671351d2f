"""Which language a person reads the pages in.

The address says it (`lang=zh`), so that a link can; else what the person chose before in this tab; else what was
chosen in this browser (a cookie); else the browser's own language. It is asked for each text, of which a page may have
thousands: Streamlit runs a page, a part of it and a callback in threads of their own, and each of these remembers it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st
from starlette.requests import HTTPConnection
from streamlit.runtime.scriptrunner import ScriptRunContext, get_script_run_ctx

from qa_pipeline.wording.languages import ENGLISH, LANGUAGES

PARAMETER = "lang"
COOKIE = "qa_language"
_CHOSEN = "chosen_language"

_of_request: ContextVar[str] = ContextVar("language_of_request", default=ENGLISH)


class _OfRun(threading.local):
    """What was found in this thread, for which run of a page and at which address."""

    run: ScriptRunContext | None = None
    query = ""
    code = ENGLISH


_of_run = _OfRun()


def language_of_reader() -> str:
    """The code of the language; where no page is being shown, that of the request, else English."""
    run = get_script_run_ctx(suppress_warning=True)
    if run is None:
        return _of_request.get()
    if _of_run.run is not run or _of_run.query != run.query_string:
        _of_run.run, _of_run.query, _of_run.code = run, run.query_string, _of_page()
    return _of_run.code


def _of_page() -> str:
    for code in (chosen(), st.context.cookies.get(COOKIE)):
        if code in LANGUAGES:
            return str(code)
    return _of_browser()


@contextmanager
def answering(connection: HTTPConnection) -> Iterator[None]:
    """Within it texts are in the language of whoever made a request that no page answers."""
    named = [part.split(";")[0].strip() for part in connection.headers.get("accept-language", "").split(",")]
    wanted = (connection.query_params.get(PARAMETER), connection.cookies.get(COOKIE), *map(_main_part, named))
    before = _of_request.set(next((code for code in wanted if code in LANGUAGES), ENGLISH))
    try:
        yield
    finally:
        _of_request.reset(before)


def remember() -> None:
    """Keeps the address's language for the pages that the person goes to from here."""
    if (code := st.query_params.get(PARAMETER)) in LANGUAGES:
        st.session_state[_CHOSEN] = code
    _of_run.run = None


def choose(code: str) -> None:
    """Shows the pages in this language from now on."""
    st.session_state[_CHOSEN] = code
    st.query_params[PARAMETER] = code
    _of_run.run = None


def chosen() -> str | None:
    """The language that the person chose, in the address or before in this tab; None where nobody chose one."""
    code = st.query_params.get(PARAMETER) or st.session_state.get(_CHOSEN)
    return code if code in LANGUAGES else None


def _main_part(locale: str) -> str:
    """`zh` of `zh-CN`."""
    return locale.replace("_", "-").split("-")[0].lower()


def _of_browser() -> str:
    code = _main_part(st.context.locale or ENGLISH)
    return code if code in LANGUAGES else ENGLISH
