"""Texts of other systems' forms as plain ones: their editors write HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_TAG = re.compile(
    r"</?(?:p|br|div|span|b|i|u|s|em|strong|small|sub|sup|ul|ol|li|a|h[1-6]|hr|img|font|table|thead|tbody|tr|td|th|pre|"
    r"code|blockquote|script|style|iframe|svg|body|html)"
    r"(?:\s+[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+))*\s*/?>",
    re.IGNORECASE,
)
_BREAKS = frozenset(
    ("p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ul", "ol", "table", "pre", "blockquote")
)
_NOT_SHOWN = frozenset(("script", "style"))


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _NOT_SHOWN:
            self._hidden += 1
        if tag in _BREAKS:
            self.parts.append("\n")
        if tag == "li":
            self.parts.append("- ")
        target = dict(attrs).get("href") if tag == "a" else None
        if target:
            self.parts.append(f"[{target}] ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _NOT_SHOWN:
            self._hidden = max(0, self._hidden - 1)
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def plain_text(text: str) -> str:
    """The text without HTML, line by line; a text without tags of HTML stays as it is, such as "hold < 30 s"."""
    if not _TAG.search(text):
        return text
    parser = _Plain()
    parser.feed(text)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).splitlines())
    return "\n".join(line for line in lines if line)
