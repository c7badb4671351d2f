"""English sentences of the rest of the product, known again by their form and said in the reader's language.

What fails says why in English, with its figures, for commands and logs; a page shows the same sentence to somebody who
may read another language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from qa_pipeline.wording.languages import t

REASON = "reason"
"""The place of a form that has one of the forms itself."""

WORD = "word"
"""The place of a form that has a word of the catalogue."""

_LISTS = ("names", "names_here")
"""Places that have names with "and" or "or" between the last two."""
_PLACE = re.compile(r"\\{(\w+)\\}")


class KnownForms:
    """Sentences with `{places}`, marked by `to_translate`; `places` are patterns of what may stand there, by name.
    Where several forms fit, the first one counts."""

    def __init__(self, forms: Sequence[str], places: Mapping[str, str]) -> None:
        self.forms, self._places = tuple(forms), places

    def in_words(self, said: str) -> str:
        """The sentence for whoever reads; one that is not known stays as it is."""
        for form, pattern in self._patterns:
            if found := pattern.fullmatch(said):
                places: dict[str, str] = found.groupdict()
                if REASON in places:
                    places[REASON] = self.in_words(places[REASON])
                if WORD in places:
                    places[WORD] = t(places[WORD])
                for name in places.keys() & set(_LISTS):
                    places[name] = places[name].replace(" or ", t(" or ")).replace(" and ", t(" and "))
                return t(form, **places)
        return said

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        plain = ((form, form.replace("{{", "{").replace("}}", "}")) for form in self.forms)
        return [(form, re.compile(_PLACE.sub(self._as_group, re.escape(text)), re.DOTALL)) for form, text in plain]

    def _as_group(self, place: re.Match[str]) -> str:
        return f"(?P<{place[1]}>{self._places.get(place[1], '.+?')})"
