"""The setting for words that shall not be written out, as the fun-asr models take it: JSON text, checked before it
is sent, because the service ignores what it does not know."""

from __future__ import annotations

import json

_LISTS = ("filter_with_signed", "filter_with_empty")
_SWITCH = "system_reserved_filter"


def require_word_filter(text: str) -> None:
    """Checks the JSON of a special word filter: `filter_with_signed` (written as signs) and `filter_with_empty` (left
    out), each `{"word_list": ["…"]}`, and `system_reserved_filter`, true or false.

    Raises:
        ValueError: not JSON, not an object, an unknown key or a value of another kind; the message names it.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ValueError(f"not JSON ({error}); write an object such as {_EXAMPLE}") from None
    if not isinstance(document, dict) or not document:
        raise ValueError(f"not a JSON object with anything in it; write one such as {_EXAMPLE}")
    for key, value in document.items():
        if key == _SWITCH:
            if not isinstance(value, bool):
                raise ValueError(f"{_SWITCH} must be true or false")
        elif key in _LISTS:
            _require_list(key, value)
        else:
            raise ValueError(f"{key!r} is not one of {', '.join((*_LISTS, _SWITCH))}")


def _require_list(key: str, value: object) -> None:
    words = value.get("word_list") if isinstance(value, dict) and set(value) == {"word_list"} else None
    if not isinstance(words, list) or not words or not all(isinstance(word, str) and word for word in words):
        raise ValueError(f'{key} must be {{"word_list": ["…"]}} with the words in it')


_EXAMPLE = '{"filter_with_signed": {"word_list": ["word"]}}'
