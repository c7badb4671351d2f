"""What a rule is made of: a condition over one call, and whom and when it applies to.

A condition is one operator with what narrows it. Conditions are put together by `all`, `any` and `not`. What they mean
is in docs/rules.md; the table of docs/rules-truth.md holds the code to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator

Id = Annotated[str, StringConstraints(pattern=r"^\w[\w.-]{0,79}$")]
LANGUAGE_PATTERN = "^[a-z]{2,3}$"
Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
Share = Annotated[float, Field(gt=0, le=1)]
Percent = Annotated[float, Field(ge=0, le=100)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Speaker = Literal["agent", "customer", "other", "anyone"]
Severity = Literal["info", "low", "medium", "high", "critical"]
Emotion = Literal["surprised", "neutral", "happy", "sad", "disgusted", "angry", "fearful"]

FUZZY_AT_LEAST = 70
"""Below that almost anything is alike."""

OPERATORS = (
    "all", "any", "not", "phrases", "near", "regex", "fuzzy", "language", "emotion", "metric", "sequence", "absence",
    "rule",
)  # fmt: skip
_WITH_A_PLACE = ("phrases", "near", "regex", "fuzzy", "language", "emotion")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PhraseList(_Strict):
    """A list of phrases in a file of its own, `phrases/NAME.txt` beside the rules."""

    list: Id


def _phrase_item(value: Any) -> Any:
    if isinstance(value, str):
        if not value.strip():
            raise ValueError("a phrase is empty")
        return str(value)
    if isinstance(value, dict) and set(value) == {"list"}:
        return PhraseList(list=str(value["list"]))
    if isinstance(value, PhraseList):
        return value
    raise ValueError(f"a phrase is a text, or {{list: NAME}}; write {value} in quotes if it is said")


PhraseItem = Annotated[
    Any,
    BeforeValidator(_phrase_item),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, PhraseList.model_json_schema()]}),
]
Phrases = Annotated[tuple[PhraseItem, ...], Field(min_length=1)]


class PhraseChoice(_Strict):
    """Which of some phrases must be said: `any` of them, `all`, `none`, or `at_least` so many `of` them. `counting:
    times` counts how often any of them is said, `different` how many of them are."""

    any: Phrases | None = None
    all: Phrases | None = None
    none: Phrases | None = None
    at_least: Annotated[int | None, Field(ge=1)] = None
    of: Phrases | None = None
    counting: Literal["different", "times"] = "different"

    @model_validator(mode="after")
    def _is_one_choice(self) -> Self:
        if sum(each is not None for each in (self.any, self.all, self.none, self.of)) != 1:
            raise ValueError("write one of any, all, none, or at_least together with of")
        if (self.at_least is None) != (self.of is None):
            raise ValueError("at_least and of go together: at_least: 2, of: [...]")
        if self.counting == "times" and self.of is None:
            raise ValueError("counting belongs to at_least")
        return self

    @property
    def items(self) -> tuple[PhraseItem, ...]:
        """The phrases, whichever way they are chosen."""
        return self.any or self.all or self.none or self.of or ()


class Without(_Strict):
    """What must not be said within `words` words of a place: before it, after it, or on either side."""

    phrases: Phrases
    words: Annotated[int, Field(ge=1, le=50)] = 4
    side: Literal["before", "after", "either"] = "either"


class Near(_Strict):
    """One phrase and another with at most `within_words` words between them, in one turn, in this order or either."""

    first: Phrases
    second: Phrases
    within_words: Annotated[int, Field(ge=0, le=100)]
    order: Literal["given", "either"] = "given"


class Fuzzy(_Strict):
    """A phrase said nearly so: at least so many percent of it alike."""

    phrases: Phrases
    at_least: Annotated[float, Field(ge=FUZZY_AT_LEAST, le=100)] = 85


class Labels(_Strict):
    """Sentences with one of some labels: any, or a share of the speaking time, or so many in a row of one speaker."""

    share_at_least: Share | None = None
    run_at_least: Annotated[int | None, Field(ge=1)] = None


class LanguageIs(Labels):
    """Sentences in one of these languages."""

    among: Annotated[tuple[Language, ...], Field(min_length=1)]


class EmotionIs(Labels):
    """Sentences with one of these emotions."""

    among: Annotated[tuple[Emotion, ...], Field(min_length=1)]


class Metric(_Strict):
    """A figure of the call (docs/metrics.md) from `at_least` (included) to `below` (not included)."""

    name: Id
    at_least: Annotated[float | None, Field(allow_inf_nan=False)] = None
    below: Annotated[float | None, Field(allow_inf_nan=False)] = None

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if self.at_least is None and self.below is None:
            raise ValueError("write at_least, below or both")
        if self.at_least is not None and self.below is not None and self.at_least >= self.below:
            raise ValueError(f"at_least {self.at_least:g} is not smaller than below {self.below:g}")
        return self

    def holds(self, number: float) -> bool:
        """Whether a number is in it."""
        return (self.at_least is None or number >= self.at_least) and (self.below is None or number < self.below)


class Window(_Strict):
    """A stretch of the call: its first or last seconds or percent, or from one moment to another. `of: talk` counts
    from the first sentence to the last one instead of the whole recording."""

    first_s: Seconds | None = None
    last_s: Seconds | None = None
    first_percent: Percent | None = None
    last_percent: Percent | None = None
    from_s: Seconds | None = None
    to_s: Seconds | None = None
    from_percent: Percent | None = None
    to_percent: Percent | None = None
    of: Literal["recording", "talk"] = "recording"

    @model_validator(mode="after")
    def _is_one_stretch(self) -> Self:
        ways = [
            self.first_s is not None,
            self.last_s is not None,
            self.first_percent is not None,
            self.last_percent is not None,
            self.from_s is not None or self.to_s is not None,
            self.from_percent is not None or self.to_percent is not None,
        ]
        if sum(ways) != 1:
            raise ValueError(
                "a window is one of first_s, last_s, first_percent, last_percent, from_s with to_s, from_percent with "
                "to_percent"
            )
        for begin, end in ((self.from_s, self.to_s), (self.from_percent, self.to_percent)):
            if begin is not None and end is not None and begin >= end:
                raise ValueError(f"its begin {begin:g} is not before its end {end:g}")
        lengths = (self.first_s, self.last_s, self.first_percent, self.last_percent, self.to_s, self.to_percent)
        if 0 in lengths or self.from_percent == 100:
            raise ValueError("nothing is in this window, as it has no length")
        return self

    def span(self, begin_ms: int, end_ms: int) -> tuple[int, int]:
        """Begin and end (excluded) in ms, of a call or of its talk that lasts from `begin_ms` to `end_ms`."""
        length = end_ms - begin_ms
        if self.first_s is not None:
            return begin_ms, min(end_ms, begin_ms + _ms(self.first_s))
        if self.last_s is not None:
            return max(begin_ms, end_ms - _ms(self.last_s)), end_ms
        if self.first_percent is not None:
            return begin_ms, begin_ms + round(length * self.first_percent / 100)
        if self.last_percent is not None:
            return end_ms - round(length * self.last_percent / 100), end_ms
        if self.from_s is not None or self.to_s is not None:
            to = end_ms if self.to_s is None else min(end_ms, begin_ms + _ms(self.to_s))
            return min(begin_ms + _ms(self.from_s or 0), to), to
        first, last = self.from_percent or 0, 100 if self.to_percent is None else self.to_percent
        return begin_ms + round(length * first / 100), begin_ms + round(length * last / 100)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


class Unless(_Strict):
    """Something that takes a hit back where it occurs within so many seconds before or after it."""

    condition: Condition
    within_s: Seconds


class Sequence(_Strict):
    """What `expect` finds `order` what `anchor` finds, within so many sentences or seconds; without either, in the rest
    of the call. With `each`, for every place that the anchor finds."""

    anchor: Condition
    expect: Condition
    order: Literal["after", "before", "either"] = "after"
    within_s: Seconds | None = None
    within_sentences: Annotated[int | None, Field(ge=1)] = None
    each: bool = False

    @model_validator(mode="after")
    def _has_one_measure(self) -> Self:
        if self.within_s is not None and self.within_sentences is not None:
            raise ValueError("write within_s or within_sentences, not both")
        return self


class Condition(_Strict):
    """One operator: all, any, not, phrases, near, regex, fuzzy, language, emotion, metric, sequence, absence or rule;
    and who speaks (`role`), where (`window`), and what takes a hit back (`without`, `unless`)."""

    all: Annotated[tuple[Condition, ...] | None, Field(min_length=1)] = None
    any: Annotated[tuple[Condition, ...] | None, Field(min_length=1)] = None
    not_: Annotated[Condition | None, Field(alias="not")] = None
    phrases: PhraseChoice | None = None
    near: Near | None = None
    regex: Annotated[str | None, StringConstraints(min_length=1)] = None
    fuzzy: Fuzzy | None = None
    language: LanguageIs | None = None
    emotion: EmotionIs | None = None
    metric: Metric | None = None
    sequence: Sequence | None = None
    absence: Condition | None = None
    rule: Id | None = None
    role: Speaker = "anyone"
    window: Window | None = None
    without: Without | None = None
    unless: Unless | None = None
    if_almost_said: Literal["not_evaluated", "miss"] = "not_evaluated"

    @model_validator(mode="after")
    def _is_one_operator(self) -> Self:
        given = [name for name in OPERATORS if self._of(name) is not None]
        if len(given) != 1:
            said = "there is none" if not given else f"here are {' and '.join(given)}; put them below all: or any:"
            raise ValueError(f"a condition has one operator of {', '.join(OPERATORS)}; {said}")
        for name, where in {
            "role": _WITH_A_PLACE,
            "window": _WITH_A_PLACE,
            "without": ("phrases", "near"),
            "unless": (*_WITH_A_PLACE, "sequence"),
            "if_almost_said": ("phrases",),
        }.items():
            if name in self.model_fields_set and given[0] not in where:
                raise ValueError(f"{name} belongs to {', '.join(where)}, not to {given[0]}")
        return self

    def _of(self, operator: str) -> Any:
        return getattr(self, "not_" if operator == "not" else operator)

    @property
    def operator(self) -> str:
        """The one that it has."""
        return next(name for name in OPERATORS if self._of(name) is not None)

    def inner(self) -> Iterator[tuple[tuple[str | int, ...], Condition]]:
        """The conditions inside it with their places in the file."""
        for name in ("all", "any"):
            for number, each in enumerate(self._of(name) or ()):
                yield (name, number), each
        for name in ("not", "absence"):
            if self._of(name) is not None:
                yield (name,), self._of(name)
        if self.sequence:
            yield ("sequence", "anchor"), self.sequence.anchor
            yield ("sequence", "expect"), self.sequence.expect
        if self.unless:
            yield ("unless", "condition"), self.unless.condition

    def walk(self, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Condition]]:
        """Itself and all conditions inside it, with their places."""
        yield place, self
        for inner_place, each in self.inner():
            yield from each.walk((*place, *inner_place))

    def phrase_items(self) -> Iterator[tuple[tuple[str | int, ...], PhraseItem]]:
        """The phrases and lists that it names itself, with their places."""
        groups: list[tuple[tuple[str | int, ...], tuple[PhraseItem, ...]]] = []
        if self.phrases:
            kind = next(name for name in ("any", "all", "none", "of") if getattr(self.phrases, name) is not None)
            groups.append((("phrases", kind), self.phrases.items))
        if self.near:
            groups += [(("near", "first"), self.near.first), (("near", "second"), self.near.second)]
        if self.fuzzy:
            groups.append((("fuzzy", "phrases"), self.fuzzy.phrases))
        if self.without:
            groups.append((("without", "phrases"), self.without.phrases))
        for place, items in groups:
            for number, item in enumerate(items):
                yield (*place, number), item


class AppliesTo(_Strict):
    """Which calls a rule is for; what is left out does not matter. Of other calls the outcome is not_applicable."""

    queue: Annotated[tuple[str, ...] | None, Field(min_length=1)] = None
    direction: Annotated[tuple[Literal["inbound", "outbound", "internal"], ...] | None, Field(min_length=1)] = None
    language: Annotated[tuple[Language, ...] | None, Field(min_length=1)] = None
    min_duration_s: Seconds | None = None


class Rule(_Strict):
    """A rule. `when` is its precondition: where it does not occur, the rule is not applicable."""

    id: Id
    title: Annotated[str, StringConstraints(min_length=1)]
    owner: str | None = None
    severity: Severity = "medium"
    needs_review: bool = False
    tags: tuple[str, ...] = ()
    what_to_do: str | None = None
    applies_to: AppliesTo = AppliesTo()
    effective_from: dt.date | None = None
    effective_to: dt.date | None = None
    when: Condition | None = None
    condition: Condition

    @model_validator(mode="after")
    def _days_are_in_order(self) -> Self:
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise ValueError("effective_to lies before effective_from")
        return self

    def conditions(self) -> Iterator[tuple[tuple[str | int, ...], Condition]]:
        """All its conditions with their places in the file."""
        if self.when:
            yield from self.when.walk(("when",))
        yield from self.condition.walk(("condition",))


class RuleFile(_Strict):
    """A file with several rules."""

    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
