"""Numbers, times and foreign text in words that are safe to put on a page.

Names, queues and messages come from phone systems and transcripts from callers: any of them may hold Markdown or
HTML. `plain` makes them inert wherever Streamlit would read Markdown; free text goes through st.text instead.
"""

from __future__ import annotations

import datetime as dt
import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SHORTCODE = re.compile(r":(?=[\w+/-]+:)")
_WORD_JOINER = "\u2060"
_NO_BREAK = "\u00a0"


def plain(text: object) -> str:
    """`text` as Markdown that shows exactly its characters, on one line.

    Icons such as `:material/x:` and `:smile:` are replaced after escapes are resolved, so an invisible word joiner
    breaks them up.
    """
    one_line = " ".join(str(text).split())
    return _PUNCTUATION.sub(r"\\\1", _SHORTCODE.sub(":" + _WORD_JOINER, one_line))


def clock(seconds: float) -> str:
    """A place in a recording: 1:05, 1:02:03."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def length(seconds: float | None) -> str:
    """How long something lasts: 45 s, 12 min, 3.4 h, never broken before its unit."""
    if seconds is None:
        return "–"
    if seconds < 120:
        return f"{seconds:.0f}{_NO_BREAK}s"
    if seconds < 7200:
        return f"{seconds / 60:.0f}{_NO_BREAK}min"
    return f"{seconds / 3600:,.1f}{_NO_BREAK}h"


def share(part: float, whole: float) -> str:
    """A share in per cent; of nothing there is none."""
    return f"{100 * part / whole:.0f}{_NO_BREAK}%" if whole else "–"


def money(usd: float) -> str:
    """US dollars, with enough digits that a small sum isn't nothing."""
    return f"${usd:,.2f}" if usd >= 1 or usd == 0 else f"${usd:.4f}"


def moment(when: dt.datetime | None) -> str:
    """Date and time to the minute."""
    return f"{when:%Y-%m-%d %H:%M}" if when else "–"


def count(number: int, thing: str) -> str:
    """1 call, 2 calls, 1,000 calls."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
