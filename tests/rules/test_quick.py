"""What is skipped because its words are not said comes to what it would have come to, whatever is said."""

from __future__ import annotations

import random
from collections.abc import Callable

from qa_pipeline.rules.calls import RuleCall, RuleSentence
from qa_pipeline.rules.evaluation import outcomes_of
from qa_pipeline.rules.quick import QuickBook
from qa_pipeline.rules.reading import read_book
from qa_pipeline.rules.verdicts import Outcome

WORDS = ("my", "bill", "card", "no", "not", "double", "four", "4", "cancel", "cancelled", "我", "要", "退", "款", "the")
CALLS, RULES = 60, 80


def _phrase(chance: random.Random) -> str:
    words = chance.choices(WORDS, k=chance.randint(1, 4))
    return " ".join(word + "*" * (chance.random() < 0.2) for word in words)


def _condition(chance: random.Random, number: int) -> str:
    phrases = ", ".join(f'"{_phrase(chance)}"' for _ in range(3))
    role = chance.choice(("agent", "customer", "anyone"))
    window = chance.choice(("", ", window: {first_s: 20}", ", window: {last_s: 15}"))
    match number % 5:
        case 0:
            return f"{{phrases: {{any: [{phrases}]}}, role: {role}{window}}}"
        case 1:
            return f"{{phrases: {{none: [{phrases}]}}, role: {role}{window}}}"
        case 2:
            return f'{{near: {{first: ["{_phrase(chance)}"], second: [{phrases}], within_words: 4}}, role: {role}}}'
        case 3:
            return f"{{phrases: {{at_least: 2, of: [{phrases}], counting: times}}, role: {role}{window}}}"
    return (
        f"{{phrases: {{any: [{phrases}]}}, role: {role}, "
        f"unless: {{condition: {{phrases: {{any: [{phrases}]}}, role: anyone}}, within_s: 5}}}}"
    )


def _call(chance: random.Random, number: int) -> RuleCall:
    turns = [
        [
            RuleSentence(
                sentence_id=place, channel_id=role == "agent", role=role, begin_ms=place * 4000,
                end_ms=place * 4000 + 3000, text=" ".join(chance.choices(WORDS, k=chance.randint(1, 7))),
            )
        ]
        for place, role in enumerate(chance.choices(("agent", "customer"), k=10))
    ]  # fmt: skip
    return RuleCall(f"c{number}", turns, 40_000)


def test_many_rules_at_once_come_to_what_each_comes_to_by_itself() -> None:
    chance = random.Random(1)
    rules = [f"- {{id: r{place}, title: R, condition: {_condition(chance, place)}}}" for place in range(RULES)]
    book = read_book({"rules": "\n".join(["rules:", *rules])})
    quick = QuickBook(book)
    of_calls = [(quick.outcomes(call), outcomes_of(call, book)) for call in (_call(chance, n) for n in range(CALLS))]
    assert [at_once for at_once, _ in of_calls] == [one_by_one for _, one_by_one in of_calls]
    counted: Callable[[Outcome], int] = [each.outcome for _, found in of_calls for each in found].count
    assert min(map(counted, (Outcome.HIT, Outcome.MISS, Outcome.NOT_EVALUATED))) > 100
