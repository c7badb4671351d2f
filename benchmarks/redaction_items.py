"""The labelled dialogues of tests/privacy and cards with a misheard digit, and how much of them is masked."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_pipeline.privacy.detection import personal_spans
from qa_pipeline.privacy.sentences import SaidSentence, Span

FOLDER = Path(__file__).parents[1] / "tests" / "privacy"
FILES = ("items_known.txt", "items_held_out.txt", "items_edges.txt")
"""Written before the detector; written after it, before it was first run; written to find what it gets wrong."""
LANGUAGES = ("en", "zh", "ja", "es", "fr", "de")

_MARKED = re.compile(r"\{(\w+)\|([^}]*)\}")
_ROLES = {"A": "agent", "C": "customer"}
_WORD = re.compile(r"\d|[A-Za-zÀ-ɏ]+|[^\W\d_]")
_SMALL_WORDS = frozenset(("the", "of", "le", "de", "del", "el", "la", "en", "on"))
"""Words of a marked date that say nothing by themselves."""

SEED = 14


@dataclass(frozen=True)
class Marked:
    """Letters of a sentence that must be masked, with their kind."""

    sentence: int
    begin: int
    end: int
    kind: str


@dataclass(frozen=True)
class Item:
    """A dialogue and what is personal in it."""

    name: str
    said: tuple[SaidSentence, ...]
    marked: tuple[Marked, ...]

    @property
    def language(self) -> str:
        """Its language, by its name."""
        return self.name[:2]


@dataclass(frozen=True)
class Score:
    """Of an item: letters and digits that must be masked, those of them that are, and masked ones that should stay."""

    item: Item
    wanted: int
    masked: int
    over: int
    left: tuple[str, ...]
    """Words that should be masked and are not, and such that should not be, with a + before."""


def read_items(name: str) -> list[Item]:
    """The items of a file."""
    found: list[Item] = []
    title, lines = "", list[str]()
    for line in [*(FOLDER / name).read_text(encoding="utf-8").splitlines(), "== "]:
        if line.startswith("== "):
            if lines:
                found.append(_item(title, lines))
            title, lines = line.removeprefix("== "), []
        elif line.strip() and not line.startswith("#"):
            lines.append(line)
    return found


def _item(title: str, lines: Sequence[str]) -> Item:
    said, marked = [], []
    for number, line in enumerate(lines):
        role, _, text = line.partition(": ")
        plain, at = "", 0
        for match in _MARKED.finditer(text):
            plain += text[at : match.start()]
            marked.append(Marked(number, len(plain), len(plain) + len(match[2]), match[1]))
            plain, at = plain + match[2], match.end()
        plain += text[at:]
        said.append(SaidSentence(_ROLES[role], plain, title[:2], number * 3000, number * 3000 + 2500))
    return Item(title, tuple(said), tuple(marked))


def score(item: Item) -> Score:
    """What the detector makes of an item."""
    spans = [span for span in personal_spans(item.said) if span.kind != "order_number"]
    wanted, masked, over, left = 0, 0, 0, list[str]()
    for number, sentence in enumerate(item.said):
        must = [each for each in item.marked if each.sentence == number]
        for match in _WORD.finditer(sentence.text):
            is_wanted = any(each.begin <= match.start() and match.end() <= each.end for each in must)
            is_masked = any(_covers(span, number, match) for span in spans)
            is_small = match[0].casefold() in _SMALL_WORDS
            if is_wanted and not is_small:
                wanted, masked = wanted + 1, masked + is_masked
                left += [] if is_masked else [match[0]]
            elif is_masked and not is_wanted and not is_small:
                over += 1
                left.append(f"+{match[0]}")
    return Score(item, wanted, masked, over, tuple(left))


def _covers(span: Span, number: int, match: re.Match[str]) -> bool:
    return span.sentence == number and span.begin <= match.start() and match.end() <= span.end


DIGITS_OF = {
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "zh": list("零一二三四五六七八九"),
    "ja": list("〇一二三四五六七八九"),
    "es": ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
    "fr": ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"],
    "de": ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"],
}


def garbled_cards(count: int, seed: int = SEED) -> Iterator[Item]:
    """Card numbers with one digit misheard, left out, doubled or added, read out in turn as people do: in groups with
    the other side's murmurs, at once, in figures or in words."""
    chance = random.Random(seed)
    for number in range(count):
        digits = _garbled(_card(chance), chance)
        language = chance.choice(list(DIGITS_OF))
        groups = [digits[at : at + 4] for at in range(0, len(digits), 4)]
        shown = [_shown(group, language, chance) for group in groups]
        yield _card_item(f"{language} garbled {number}", shown, language, chance)


def _card(chance: random.Random) -> str:
    body = [int(char) for char in chance.choice(("4", "51", "55", "2221", "62"))]
    body += [chance.randrange(10) for _ in range(15 - len(body))]
    total = sum(sum(divmod(digit * 2, 10)) if place % 2 == 0 else digit for place, digit in enumerate(body))
    return "".join(map(str, [*body, -total % 10]))


def _garbled(digits: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(digits))
    other = chance.choice([char for char in "0123456789" if char != digits[at]])
    return chance.choice(
        (
            digits[:at] + other + digits[at + 1 :],
            digits[:at] + digits[at + 1 :],
            digits[:at] + digits[at] + digits[at:],
            digits[:at] + other + digits[at:],
        )
    )


def _shown(group: str, language: str, chance: random.Random) -> str:
    if chance.random() < 0.5:
        return group
    words = [DIGITS_OF[language][int(char)] for char in group]
    return ("" if language in ("zh", "ja") else " ").join(words)


_ASKING = {
    "en": ("Could I have your card number?", "It's ", ("uh-huh", "okay", "mm-hm")),
    "zh": ("请说一下您的卡号。", "好的，", ("嗯", "好的", "嗯嗯")),
    "ja": ("カード番号をお願いします。", "はい、", ("はい", "ええ", "はい")),
    "es": ("¿Me dice su número de tarjeta?", "Es el ", ("sí", "vale", "ajá")),
    "de": ("Ihre Kartennummer, bitte?", "Das ist die ", ("ja", "gut", "mhm")),
    "fr": ("Votre numéro de carte ?", "C'est le ", ("oui", "d'accord", "très bien")),
}


def _card_item(name: str, groups: Sequence[str], language: str, chance: random.Random) -> Item:
    question, begin, murmurs = _ASKING[language]
    if chance.random() < 0.5:
        return _item(name, [f"A: {question}", f"C: {begin}{{card|{', '.join(groups)}}}."])
    lines = [f"A: {question}"]
    for place, group in enumerate(groups):
        lines.append(f"C: {'' if place else begin}{{card|{group}}}")
        lines.append(f"A: {chance.choice(murmurs)}")
    return _item(name, lines)


def share_masked(scores: Iterable[Score]) -> float:
    """How much of what must be masked is."""
    found = list(scores)
    return sum(each.masked for each in found) / max(1, sum(each.wanted for each in found))
