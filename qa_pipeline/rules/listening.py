"""A call while rules look at it: its words by role, its turns as plain text, and its evidence, each made when first
wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from qa_pipeline.rules.calls import RuleCall, RuleSentence
from qa_pipeline.rules.conditions import Speaker, Window
from qa_pipeline.rules.plain_texts import PlainText, plain, plain_turn
from qa_pipeline.rules.texts import RoleText, WordSpan
from qa_pipeline.rules.verdicts import Hit, moment_of

NO_TIMES = "no_times"

Span = tuple[int, int]


class HeardCall:
    """One call with what is made of it for matching."""

    def __init__(self, call: RuleCall) -> None:
        self.call = call
        self.has_times = call.duration_ms is not None and call.has_times
        self._plain: dict[str, list[tuple[Sequence[RuleSentence], PlainText]]] = {}

    @cached_property
    def turns(self) -> dict[str, list[Sequence[RuleSentence]]]:
        """The turns of each role, in order."""
        by_role: dict[str, list[Sequence[RuleSentence]]] = {}
        for turn in self.call.turns:
            if turn:
                by_role.setdefault(turn[0].role, []).append(turn)
        return by_role

    @cached_property
    def texts(self) -> dict[str, RoleText]:
        """The words of each role."""
        return {role: RoleText(turns) for role, turns in self.turns.items()}

    @cached_property
    def order(self) -> dict[tuple[int, int], int]:
        """Of each sentence (channel and id), the how manyeth of the call it is, by the time at which it begins."""
        said = [sentence for turn in self.call.turns for sentence in turn]
        if self.has_times:
            said.sort(key=lambda sentence: (sentence.begin_ms or 0, sentence.channel_id))
        return {(sentence.channel_id, sentence.sentence_id): place for place, sentence in enumerate(said)}

    @cached_property
    def talk(self) -> Span:
        """When the first sentence begins and the last one ends, ms; the whole recording where nothing is said."""
        said = [sentence for turn in self.call.turns for sentence in turn]
        if not said or not self.has_times:
            return 0, self.call.duration_ms or 0
        return min(each.begin_ms or 0 for each in said), max(each.end_ms or 0 for each in said)

    def roles(self, speaker: Speaker) -> tuple[str, ...]:
        """The roles that are meant. Whoever it is: agent and customer, and all others who speak."""
        if speaker != "anyone":
            return (speaker,)
        return ("agent", "customer", *(role for role in self.turns if role not in ("agent", "customer")))

    def span(self, window: Window | None) -> Span | None:
        """Begin and end of a window in this call, ms; None without one. Only of calls with times."""
        if window is None:
            return None
        return window.span(*(self.talk if window.of == "talk" else (0, self.call.duration_ms or 0)))

    def reach(self, window: Window | None) -> Span | None:
        """`span` to look in: one that goes to the end has all that comes after it too, as recognizers place last words
        a little past the end of the recording."""
        span = self.span(window)
        if window is None or span is None:
            return span
        end = self.talk[1] if window.of == "talk" else self.call.duration_ms or 0
        return (span[0], max(end, self.talk[1]) + 1) if span[1] >= end else span

    def plain_turns(self, role: str) -> list[tuple[Sequence[RuleSentence], PlainText]]:
        """The turns of a role, and their texts for regular expressions."""
        if role not in self._plain:
            self._plain[role] = [(turn, plain_turn(turn)) for turn in self.turns.get(role, ())]
        return self._plain[role]

    @cached_property
    def plain_body(self) -> str:
        """All that is said, a line for each turn."""
        turns = [turn for turns in self.turns.values() for turn in turns]
        body = "\n".join([" ".join([said.text for said in turn]) for turn in turns])
        if body.isascii():  # the same, several times as quick
            return plain(body)
        return "\n".join(text.text for role in self.turns for _, text in self.plain_turns(role))

    def hit(self, role: str, place: WordSpan) -> Hit:
        """Words of a role's text as evidence."""
        text = self.texts[role]
        first, begin, last, end = text.characters(place)
        return self.evidence(text.sentences[first : last + 1], begin, end)

    def evidence(self, sentences: Sequence[RuleSentence], begin: int, end: int) -> Hit:
        """From a character of the first of some sentences to a character of the last one."""
        first, last = sentences[0], sentences[-1]
        if first is last:
            text = first.text[begin:end]
        else:
            between = [said.text for said in sentences[1:-1]]
            text = " ".join([first.text[begin:], *between, last.text[:end]])
        return Hit(
            role=first.role,
            channel_id=first.channel_id,
            sentence_id=first.sentence_id,
            begin_char=begin,
            last_sentence_id=last.sentence_id,
            end_char=end,
            begin_ms=moment_of(first, begin),
            end_ms=moment_of(last, end, at_end=True),
            text=text,
            order=self.order[first.channel_id, first.sentence_id],
        )

    def whole_sentence(self, said: RuleSentence) -> Hit:
        """A sentence as evidence."""
        return self.evidence([said], 0, len(said.text))

    def sentences(self, roles: Sequence[str], span: Span | None) -> Iterator[RuleSentence]:
        """What some roles say, role by role; with `span`, the sentences that begin in it."""
        for role in roles:
            for turn in self.turns.get(role, ()):
                for said in turn:
                    if span is None or (said.begin_ms is not None and span[0] <= said.begin_ms < span[1]):
                        yield said

    def missing(self, role: str, span: Span | None) -> Hit:
        """That something is not said, as evidence."""
        whole = (0, self.call.duration_ms) if self.has_times else (None, None)
        begin_ms, end_ms = span or whole
        return Hit(role, None, None, None, None, None, begin_ms, end_ms, "", 0)
