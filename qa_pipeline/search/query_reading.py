"""Reads a search as somebody types it. Nothing is refused: what can't be understood is left out, with a notice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa_pipeline.search.folding import fold
from qa_pipeline.search.query import RULE_OUTCOMES, SCOPES, Node, Notice, NoticeKind, SearchQuery, SearchTerm

MOST_TERMS = 8
MOST_LEVELS = 20
"""A search of more words or phrases, or with more parentheses in each other, is one phrase: somebody has pasted what
was said."""

_QUOTES = {'"': '"', "“": "”", "”": "”", "„": "”", "＂": "＂", "«": "»", "「": "」", "『": "』"}
_OPEN, _CLOSE, _MINUS, _COLON = "(（", ")）", "-−－–", ":："
_SCOPE = re.compile(rf"(\w+)[{_COLON}]", re.UNICODE)
_SCOPE_NAMES = dict(zip(SCOPES, SCOPES, strict=True)) | {
    "坐席": "agent",
    "客户": "customer",
    "其他": "other",
    "编号": "id",
    "规则": "rule",
}
_EITHER = "|｜"
_ENDS_A_WORD = {*_OPEN, *_CLOSE, *_QUOTES, *_EITHER}
_TELEPHONE = re.compile(r"(?:\+\d|\(0\d+\)|0\d)[\d /.-]*(?:\(0\)[\d /.-]*)?\d(?!\w)")
_SHORTEST_TELEPHONE = 7
"""Digits: what has fewer are several numbers."""


def parse(text: str) -> SearchQuery:
    """What `text` searches for; never an error."""
    text = text.strip()
    reader = _Reader(text)
    root = reader.read()
    terms = tuple(dict.fromkeys(_terms(root)))
    if reader.is_too_deep or len(terms) > MOST_TERMS:
        phrase = _term(text, True, None)
        found = (phrase,) if phrase.words else ()
        return SearchQuery(text, found, (Notice(NoticeKind.TOO_LONG, text),), phrase if found else None)
    return SearchQuery(text, terms, tuple(dict.fromkeys(reader.notices)), root)


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of the search: "(", ")", "or", "and", "-", a scope with its colon, "word" or "phrase"."""

    kind: str
    text: str


class _Reader:
    """Recursive descent over the tokens; what fits nowhere is a word or is left out, with a notice."""

    def __init__(self, text: str) -> None:
        self.notices: list[Notice] = []
        self._tokens = list(self._tokenized(text))
        self._place = 0
        self._level = 0
        self.is_too_deep = False

    def read(self) -> Node | None:
        parts: list[Node] = []
        while self._place < len(self._tokens):
            found = self._either(None)
            parts += [found] if found else []
            if self._kind() == ")":
                self._note(NoticeKind.LONE_PARENTHESIS, self._take().text)
        return _joined("and", parts)

    def _either(self, scope: str | None) -> Node | None:
        parts = [self._all(scope)]
        while self._kind() == "or":
            word = self._take()
            after = None if self._kind() in (")", "") else self._all(scope)
            if after is None or parts[-1] is None:
                literal = _term(word.text, False, scope) if fold(word.text) else None
                self._note(NoticeKind.DANGLING_OPERATOR if literal else NoticeKind.NOTHING_TO_FIND, word.text)
                parts[-1] = _joined("and", [part for part in (parts[-1], literal, after) if part])
            else:
                parts.append(after)
        return _joined("or", [part for part in parts if part])

    def _all(self, scope: str | None) -> Node | None:
        parts: list[Node] = []
        while self._kind() not in ("or", ")", ""):
            if self._kind() == "and":
                word = self._take()
                if not parts or self._kind() in ("or", ")", "", "and"):
                    self._note(NoticeKind.DANGLING_OPERATOR, word.text)
                    parts.append(_term(word.text, False, scope))
                continue
            found = self._one(scope)
            parts += [found] if found else []
        return _joined("and", parts)

    def _one(self, scope: str | None) -> Node | None:
        self._level += 1
        try:
            if self._level > MOST_LEVELS:
                self.is_too_deep, self._place = True, len(self._tokens)
                return None
            return self._token_as_node(self._take(), scope)
        finally:
            self._level -= 1

    def _token_as_node(self, token: _Token, scope: str | None) -> Node | None:
        if (token.kind == "-" or token.kind in SCOPES) and self._kind() in ("", ")"):
            # what seemed to follow was a quote without its other half
            self._note(NoticeKind.NOTHING_TO_FIND, token.text)
            return None
        if token.kind == "-":
            found = self._one(scope)
            return ("not", (found,)) if found else None
        if token.kind == "(":
            found = self._either(scope)
            is_closed = self._kind() == ")"
            if is_closed:
                self._take()
            if found is None or not is_closed:
                kind = NoticeKind.EMPTY_PARENTHESES if is_closed else NoticeKind.LONE_PARENTHESIS
                self._note(kind, token.text + (")" if is_closed else ""))
            return found
        if token.kind in SCOPES:
            return self._one(token.kind)
        term = _term(token.text, token.kind == "phrase", scope)
        if not term.words:
            self._note(NoticeKind.NOTHING_TO_FIND, token.text or '""')
            return None
        return term

    def _kind(self) -> str:
        return self._tokens[self._place].kind if self._place < len(self._tokens) else ""

    def _take(self) -> _Token:
        self._place += 1
        return self._tokens[self._place - 1]

    def _note(self, kind: NoticeKind, part: str) -> None:
        self.notices.append(Notice(kind, part))

    def _tokenized(self, text: str) -> Iterator[_Token]:
        place = 0
        while place < len(text):
            char = text[place]
            if char.isspace():
                place += 1
            elif number := _telephone_at(text, place):
                yield _Token("word", number)
                place += len(number)
            elif char in _OPEN + _CLOSE:
                yield _Token("(" if char in _OPEN else ")", char)
                place += 1
            elif char in _MINUS and _begins_something(text, place + 1):
                yield _Token("-", char)
                place += 1
            elif char in _QUOTES and (end := text.find(_QUOTES[char], place + 1)) > 0:
                yield _Token("phrase", text[place + 1 : end])
                place = end + 1
            elif char in _QUOTES:
                self._note(NoticeKind.LONE_QUOTE, char)
                place += 1
            elif char in _EITHER:
                yield _Token("or", char)
                place += 1
            elif scope := self._scope(text, place):
                yield _Token(_SCOPE_NAMES[scope.group(1).lower()], scope.group())
                place = scope.end()
            else:
                word = _word_at(text, place)
                yield _Token({"OR": "or", "AND": "and"}.get(word, "word"), word)
                place += len(word)

    def _scope(self, text: str, place: int) -> re.Match[str] | None:
        found = _SCOPE.match(text, place)
        if found is None:
            return None
        name = found.group(1).lower()
        behind = _begins_something(text, found.end())
        if name in _SCOPE_NAMES and behind:
            return found
        if name in _SCOPE_NAMES:
            self._note(NoticeKind.DANGLING_SCOPE, found.group())
        elif _word_at(text, found.end()) in RULE_OUTCOMES:  # of rule:(greeting:miss OR closing:miss)
            return None
        elif behind and name.isalpha() and not text.startswith("//", found.end()):
            self._note(NoticeKind.UNKNOWN_SCOPE, found.group())
        return None


def _begins_something(text: str, place: int) -> bool:
    return place < len(text) and not text[place].isspace() and text[place] not in _CLOSE


def _word_at(text: str, place: int) -> str:
    end = place + 1
    while end < len(text) and not text[end].isspace() and text[end] not in _ENDS_A_WORD:
        end += 1
    return text[place:end]


def _telephone_at(text: str, place: int) -> str:
    """A number of several groups as it is dialled, which is no list of words; empty where there is none."""
    found = _TELEPHONE.match(text, place)
    number = found.group() if found else ""
    return number if sum(map(str.isdigit, number)) >= _SHORTEST_TELEPHONE else ""


def _term(text: str, is_exact: bool, scope: str | None) -> SearchTerm:
    return SearchTerm(tuple(fold(text).split()), is_exact, scope, text)


def _joined(kind: str, parts: Sequence[Node]) -> Node | None:
    return None if not parts else parts[0] if len(parts) == 1 else (kind, tuple(parts))


def _terms(node: Node | None) -> Iterator[SearchTerm]:
    if isinstance(node, SearchTerm):
        yield node
    elif node:
        for part in node[1]:
            yield from _terms(part)
