"""Lists of phrases that a lead edits: one phrase per line, `#` begins a remark."""

from __future__ import annotations

from qa_pipeline.rules.phrases import lost_sign, phrase_words

MOST_WORDS = 40


class BadPhraseList(ValueError):
    """A list that can't be used; `faults` are sentences with file and line."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


def read_phrases(text: str, label: str) -> tuple[str, ...]:
    """The phrases of a list; `label` is the file in messages.

    Raises:
        BadPhraseList: a line has no words, loses a sign, is a whole text, or there is no phrase at all.
    """
    phrases: dict[tuple[str, ...], str] = {}
    faults = []
    for number, line in enumerate(text.splitlines(), start=1):
        phrase = line.split("#", 1)[0].strip()
        if not phrase:
            continue
        words = phrase_words(phrase)
        if not words:
            faults.append(f"{label}, line {number}: {phrase} has no words; write what is said, or delete the line.")
        elif sign := lost_sign(phrase):
            faults.append(f"{label}, line {number}: {phrase}: {sign} is no word; write what is said in its place.")
        elif len(words) > MOST_WORDS:
            faults.append(
                f"{label}, line {number}: {len(words)} words are no phrase; at most {MOST_WORDS} are looked for."
            )
        else:
            phrases.setdefault(words, phrase)
    if not phrases and not faults:
        faults.append(f"{label}: there is no phrase in it; write one per line.")
    if faults:
        raise BadPhraseList(faults)
    return tuple(phrases.values())
