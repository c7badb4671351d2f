"""The language in which a person reads: every text of a page is written in English and looked up when it is shown.

`zh.po` beside this module is the catalogue of Simplified Chinese, a gettext file that translators' tools (Poedit,
Weblate) open. It is part of the package like the code and read once, as it is: nothing is compiled. A text without a
translation is shown in English.

Who reads is known by the pages alone (`dashboards.language`), so they say how to ask for it; commands, logs and data
never ask, and are English.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import polib

ENGLISH = "en"
LANGUAGES: dict[str, str] = {ENGLISH: "English", "zh": "中文"}
"""Code (as in `lang=` of an address) → the language's own name."""

BCP47 = {ENGLISH: "en", "zh": "zh-CN"}
"""Code → what browsers and screen readers call the language."""


def _nobody_reads() -> str:
    return ENGLISH


_ask: Callable[[], str] = _nobody_reads


def ask_for_language(ask: Callable[[], str]) -> None:
    """Takes `ask` for the language of whoever reads; it is called for every text, in the thread that shows it."""
    global _ask
    _ask = ask


def language() -> str:
    """The code of the language that texts are shown in here and now."""
    return _ask()


def t(text: str, /, **values: object) -> str:
    """An English text in the reader's language, its `{places}` filled.

    Write the text out where it is said (`t("Queue {name}", name=queue)`): a test collects it from there. Without
    values nothing is filled, so a word out of the data may have braces of its own.
    """
    found = _catalogue(language()).get(text) or text
    return found.format_map(values) if values else found


def tn(one: str, many: str, n: int, /, **values: object) -> str:
    """A text about `n` things, `{n}` among its places: `tn("{n} call", "{n} calls", calls)`.

    English has two forms, which differ in more than the noun where a verb follows; a language may have one or more.
    """
    found = _catalogue(language()).get(one) or (one if n == 1 else many)
    return found.format_map({"n": f"{n:,}", **values})


def as_sentence(text: str) -> str:
    """A reason or remark that begins small as a sentence of its own."""
    return t("{sentence}.", sentence=text[:1].upper() + text[1:])


def to_translate(text: str) -> str:
    """Marks an English text that stands in a table and goes through `t` when it is shown; gives it back unchanged."""
    return text


@functools.cache
def _catalogue(code: str) -> dict[str, str]:
    """English → translation. A language of more than one plural form would need its rule here; Chinese has one."""
    file = Path(__file__).with_name(f"{code}.po")
    if code == ENGLISH or code not in LANGUAGES:
        return {}
    entries = polib.pofile(str(file), encoding="utf-8").translated_entries()
    return {entry.msgid: entry.msgstr_plural[0] if entry.msgid_plural else entry.msgstr for entry in entries}
