"""Which language a person reads the pages in.

The address says it (`lang=zh`), so that a link can; else what the person chose before in this tab; else what was
chosen in this browser (a cookie); else the browser's own language. It is asked for each text: Streamlit runs a page,
a part of it and a callback in threads of their own, and all of them know the session.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from qa_pipeline.wording.languages import ENGLISH, LANGUAGES

PARAMETER = "lang"
COOKIE = "qa_language"
_CHOSEN = "chosen_language"


def language_of_reader() -> str:
    """The code of the language; English where no page is being shown."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    for code in (chosen(), st.context.cookies.get(COOKIE)):
        if code in LANGUAGES:
            return str(code)
    return _of_browser()


def remember() -> None:
    """Keeps the address's language for the pages that the person goes to from here."""
    if (code := st.query_params.get(PARAMETER)) in LANGUAGES:
        st.session_state[_CHOSEN] = code


def choose(code: str) -> None:
    """Shows the pages in this language from now on."""
    st.session_state[_CHOSEN] = code
    st.query_params[PARAMETER] = code


def chosen() -> str | None:
    """The language that the person chose, in the address or before in this tab; None where nobody chose one."""
    code = st.query_params.get(PARAMETER) or st.session_state.get(_CHOSEN)
    return code if code in LANGUAGES else None


def _of_browser() -> str:
    code = (st.context.locale or ENGLISH).replace("_", "-").split("-")[0].lower()
    return code if code in LANGUAGES else ENGLISH
