"""Foreign text that is safe to put on a page.

Names, queues and messages come from phone systems and transcripts from callers: any of them may hold Markdown or
HTML. `plain` makes them inert wherever Streamlit would read Markdown; free text goes through st.text instead.
"""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SHORTCODE = re.compile(r":(?=[\w+/-]+:)")
_WORD_JOINER = "\u2060"


def plain(text: object) -> str:
    """`text` as Markdown that shows exactly its characters, on one line.

    Icons such as `:material/x:` and `:smile:` are replaced after escapes are resolved, so an invisible word joiner
    breaks them up.
    """
    one_line = " ".join(str(text).split())
    return _PUNCTUATION.sub(r"\\\1", _SHORTCODE.sub(":" + _WORD_JOINER, one_line))
